"""People who sign in, what they may do and for whom, and the sessions that can be ended at once."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from flask_security import AsaList, UserMixin
from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, text
from sqlalchemy.ext.mutable import MutableList
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core import today
from core.data.base import Base, Unscoped
from core.data.types import UTCDateTime, choice, utcnow


class Role(StrEnum):
    """What a membership lets a person do. Rights are listed in one table: `core.services.rights`."""

    FOUNDER = "founder"
    TENANT_MEMBER = "tenant_member"
    OPERATOR_MANAGER = "operator_manager"
    OPERATOR_STAFF = "operator_staff"
    WINDOW = "window"  # 总窗
    FIRST_REVIEWER = "first_reviewer"  # 专窗 初审
    SECOND_REVIEWER = "second_reviewer"  # 复审
    APPROVER = "approver"
    PAYER = "payer"
    AUDITOR = "auditor"
    DISTRICT_ADMIN = "district_admin"
    PLATFORM_ADMIN = "platform_admin"  # 系统管理员: one of three, see docs/adr/0011
    EXPERT = "expert"  # 评审专家: scores the cases given to them, and sees nothing else
    SECURITY_ADMIN = "security_admin"  # 安全管理员: accounts and posts
    AUDIT_ADMIN = "audit_admin"  # 审计管理员: what administrators and auditors did; changes nothing


TENANT_ROLES = frozenset({Role.FOUNDER, Role.TENANT_MEMBER})
OPERATOR_ROLES = frozenset({Role.OPERATOR_MANAGER, Role.OPERATOR_STAFF})
DISTRICT_ROLES = frozenset(
    {
        Role.WINDOW,
        Role.FIRST_REVIEWER,
        Role.SECOND_REVIEWER,
        Role.APPROVER,
        Role.PAYER,
        Role.AUDITOR,
        Role.DISTRICT_ADMIN,
    }
)
# 三员: who runs the instance, who gives rights, who looks at what both did. Nobody holds two of them.
OFFICERS = frozenset({Role.PLATFORM_ADMIN, Role.SECURITY_ADMIN, Role.AUDIT_ADMIN})
# Roles that move money, read across operators or run the platform sign in with a second factor.
PRIVILEGED_ROLES = OFFICERS | {Role.SECOND_REVIEWER, Role.APPROVER, Role.PAYER, Role.AUDITOR, Role.DISTRICT_ADMIN}
_OFFICE_HELD = "ended_at is null and role in ('audit_admin', 'platform_admin', 'security_admin')"


class Texts(AsaList):
    """A list kept as text. It has no state, so statements with it may be cached; Flask-Security forgot to say so."""

    cache_ok = True


class User(UserMixin, Unscoped, Base):
    """A person who signs in. The columns with `tf_`, `mf_` and `fs_` are Flask-Security's."""

    __tablename__ = "users"

    id: Mapped[int] = mapped_column(primary_key=True)  # said again, because Flask-Security types it as a bare int
    email: Mapped[str] = mapped_column(String(255), unique=True)
    name: Mapped[str] = mapped_column(String(60))
    password: Mapped[str | None] = mapped_column(String(255))
    active: Mapped[bool] = mapped_column(default=True)
    fs_uniquifier: Mapped[str] = mapped_column(String(64), unique=True)
    confirmed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    tf_primary_method: Mapped[str | None] = mapped_column(String(64))
    tf_totp_secret: Mapped[str | None] = mapped_column(String(255))
    tf_last_step: Mapped[int | None]  # the time step of the last code used: a code opens the door once
    mf_recovery_codes: Mapped[list[str] | None] = mapped_column(MutableList.as_mutable(Texts()))
    locale: Mapped[str] = mapped_column(String(16), default="zh_Hans_CN")
    demonstration: Mapped[bool] = mapped_column(default=False)  # refused at sign-in in production
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)

    memberships: Mapped[list[Membership]] = relationship(
        back_populates="user", foreign_keys="Membership.user_id", order_by="Membership.id"
    )

    @property
    def roles(self) -> list[object]:
        """Flask-Security asks at each request. Rights come from one membership at a time (`core.web.access`)."""
        return []

    def check_tf_required_setup(self) -> bool:
        """Flask-Security asks whether this user must keep a second factor once it is set up."""
        day = today().date()
        return any(m.role in PRIVILEGED_ROLES and m.running_on(day) for m in self.memberships)


class Membership(Unscoped, Base):
    """One role for one tenant, operator, department or the platform, from a day to a day.

    The scope columns that the role does not use are NULL. Ended, never deleted: the trail needs them.
    """

    __tablename__ = "memberships"
    __table_args__ = (
        CheckConstraint("ends_on is null or ends_on >= starts_on", name="range"),
        Index(  # what the services refuse with a sentence, whatever happens at one moment
            "uq_memberships_one_office",
            "user_id",
            unique=True,
            sqlite_where=text(_OFFICE_HELD),
            postgresql_where=text(_OFFICE_HELD),
        ),
    )

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    role: Mapped[Role] = choice(Role, index=True)
    district_id: Mapped[int | None] = mapped_column(ForeignKey("districts.id"), index=True)
    department_id: Mapped[int | None] = mapped_column(ForeignKey("departments.id"))
    operator_id: Mapped[int | None] = mapped_column(ForeignKey("operators.id"), index=True)
    tenant_id: Mapped[int | None] = mapped_column(ForeignKey("tenants.id"), index=True)
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]
    # Ended by hand, felt at the next request; `ends_on` alone runs to the end of its day.
    ended_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    end_reason: Mapped[str | None] = mapped_column(String(200))

    user: Mapped[User] = relationship(back_populates="memberships", foreign_keys=[user_id])

    def running_on(self, day: date) -> bool:
        """Whether it gives rights on `day`. The same in SQL: `core.data.queries.people.running`."""
        return self.ended_at is None and self.starts_on <= day and (self.ends_on is None or day <= self.ends_on)


class Invitation(Unscoped, Base):
    """A membership offered by e-mail. Only the hash of its token is kept; it works once and not for long."""

    __tablename__ = "invitations"

    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    email: Mapped[str] = mapped_column(String(255), index=True)
    role: Mapped[Role] = choice(Role)
    district_id: Mapped[int | None] = mapped_column(ForeignKey("districts.id"))
    department_id: Mapped[int | None] = mapped_column(ForeignKey("departments.id"))
    operator_id: Mapped[int | None] = mapped_column(ForeignKey("operators.id"), index=True)
    tenant_id: Mapped[int | None] = mapped_column(ForeignKey("tenants.id"), index=True)
    invited_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)
    expires_at: Mapped[datetime] = mapped_column(UTCDateTime)
    accepted_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class Delegation(Unscoped, Base):
    """Leave: from a day to a day, another person of the same district acts in one's role. Acts carry both ids."""

    __tablename__ = "delegations"
    __table_args__ = (
        CheckConstraint("ends_on >= starts_on", name="range"),
        CheckConstraint("from_user_id <> to_user_id", name="two_people"),
    )

    membership_id: Mapped[int] = mapped_column(ForeignKey("memberships.id"), index=True)
    from_user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    to_user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    reason: Mapped[str] = mapped_column(String(200))
    revoked_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    membership: Mapped[Membership] = relationship()


class UserSession(Unscoped, Base):
    """A signed-in browser. The cookie holds a random value, this row its SHA-256: ending the row ends the session."""

    __tablename__ = "user_sessions"

    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"), index=True)
    data: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)
    seen_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)
    ended_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    remote: Mapped[str | None] = mapped_column(String(64))
    agent: Mapped[str | None] = mapped_column(String(200))


class Throttle(Unscoped, Base):
    """Failed tries of one kind from one place or at one account. Kept here so that restarts and workers agree.

    `key` is a keyed hash: the table holds neither e-mail addresses nor whether they have an account.
    """

    __tablename__ = "throttles"

    key: Mapped[str] = mapped_column(String(64), unique=True)
    failures: Mapped[int]
    tried_at: Mapped[datetime] = mapped_column(UTCDateTime)
    retry_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
