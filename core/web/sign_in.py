"""What is asked at the door: password, code, recovery code. Each guess is counted (`core.services.throttle`), each
outcome recorded, and no answer tells whether an account exists."""

from __future__ import annotations

import hmac
import time
from collections.abc import Iterable
from hashlib import sha256
from typing import Any

from flask import Response, after_this_request, current_app, request
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_security import (
    ChangePasswordForm,
    LoginForm,
    MfRecoveryCodesUtil,
    MfRecoveryForm,
    PasswordUtil,
    SQLAlchemyUserDatastore,
    Totp,
    TwoFactorVerifyCodeForm,
    VerifyForm,
    current_user,
)
from passlib.exc import UsedTokenError
from passlib.totp import TotpMatch
from sqlalchemy import or_, select, update

from core.config import Settings
from core.data.engine import reading, writing
from core.data.models import User
from core.data.queries.people import places_of
from core.data.types import utcnow
from core.errors import Invalid
from core.extensions import db, security
from core.services import accounts, passwords, throttle
from core.services.audit import record
from core.services.throttle import CODE, Gate, sign_in_gates
from core.web.errors import sentence
from core.web.sessions import current_session

CODE_STEP = 30  # seconds a code of the authenticator lasts (RFC 6238)


def settings() -> Settings:
    found: Settings = current_app.extensions["settings"]
    return found


def _key(purpose: bytes) -> bytes:
    """A key that only this instance has: what is hashed with it cannot be tried out on a stolen database."""
    return hmac.new(settings().master_key, b"accounts|" + purpose, sha256).digest()


# ── counting guesses ─────────────────────────────────────────────────────────────────────────────────────────────────
def held_up(form: Any, gates: Iterable[Gate]) -> bool:
    """Count a try. True if it has come too soon: the form then says how long to wait, and the answer is 429."""
    db.session.rollback()  # nothing of the request is written yet; its transaction must not stand in the way
    with writing(), db.engine.begin() as connection:
        wait = throttle.enter(connection, gates, _key(b"throttle"), utcnow())
    seconds = -(-int(wait.total_seconds() * 1000) // 1000)
    if seconds <= 0:
        return False
    form.form_errors.append(
        ngettext("尝试过于频繁。请在 %(num)d 秒后再试。", "尝试过于频繁。请在 %(num)d 秒后再试。", seconds)
    )

    @after_this_request
    def too_many(response: Response) -> Response:
        response.status_code, response.headers["Retry-After"] = 429, str(seconds)
        return response

    return True


def _remote() -> str:
    return request.remote_addr or ""


def _failed(what: str, user: User | None, email: str = "") -> None:
    """Put a failed try on the trail. An unknown address is kept as a keyed hash: it may be a mistyped password."""
    detail: dict[str, Any] = {"what": what}
    if user is None:
        detail["address"] = hmac.new(_key(b"audit"), email.encode(), sha256).hexdigest()[:16]
    record(db.session, "account.refused", user, detail=detail, success=False)


# ── password ─────────────────────────────────────────────────────────────────────────────────────────────────────────
def right_password(user_id: int | None, stored: str | None, password: str, gates: Iterable[Gate]) -> bool:
    """Whether the password is the one behind `stored`; the tries before a right one are forgotten. Slow by design, so
    no transaction is open meanwhile."""
    db.session.rollback()
    if not passwords.verify(stored, password):
        return False
    with writing(), db.engine.begin() as connection:
        throttle.forgive(connection, gates, _key(b"throttle"))
        throttle.sweep(connection, utcnow())
    if stored and passwords.is_outdated(stored):
        db.session.get_one(User, user_id).password = passwords.hash_password(password)
    return True


class SignInForm(LoginForm):
    """E-mail and password. Every way to fail takes the same time and gets the same sentence."""

    remember = None  # a cookie that outlives the session could not be ended from here

    def validate(self, **kwargs: Any) -> bool:
        if not super(LoginForm, self).validate(**kwargs):
            return self._refuse(_("请输入邮箱和密码。"))
        email, password = self.email.data.strip().lower(), self.password.data
        gates = sign_in_gates(email, _remote())
        if held_up(self, gates):
            return False
        with reading():
            user = accounts.find_user(db.session, email)
            usable = user is not None and user.active and not (user.demonstration and settings().production)
            user_id, stored = (user.id, user.password if usable else None) if user is not None else (None, None)
        right = right_password(user_id, stored, password, gates)
        user = db.session.get(User, user_id) if user_id is not None else None
        if not right or user is None:
            _failed("password", user, email)
            return self._refuse(_("邮箱或密码不正确。请检查后再试；仍不能登录时，请联系本单位的管理员。"))
        # The second factor is asked next: what is known so far must not hang on a session planted by someone else.
        current_session().renew()
        self.user, self.user_authenticated = user, True
        return True

    def _refuse(self, message: str) -> bool:
        self.email.errors, self.password.errors = [], []
        if not (self.csrf_token and self.csrf_token.errors if "csrf_token" in self else False):
            self.form_errors.append(message)
        return False


class _OwnPassword:
    """Forms in which someone signed in gives their password once more; guesses count as at the door."""

    def _right(self, form: Any, user: User) -> bool:
        gates = sign_in_gates(user.email, _remote())
        user_id, stored, password = user.id, user.password, form.password.data or ""
        if held_up(form, gates):
            return False
        if right_password(user_id, stored, password, gates):
            return True
        _failed("password", db.session.get(User, user_id))
        form.password.errors = [_("密码不正确。")]
        return False


class ConfirmForm(_OwnPassword, VerifyForm):
    def validate(self, **kwargs: Any) -> bool:
        return super(VerifyForm, self).validate(**kwargs) and self._right(self, self.user)


class NewPasswordForm(_OwnPassword, ChangePasswordForm):
    def validate(self, **kwargs: Any) -> bool:
        if not super(ChangePasswordForm, self).validate(**kwargs):
            return False
        if not self._right(self, current_user._get_current_object()):
            return False
        if passwords.normalise(self.password.data) == passwords.normalise(self.new_password.data):
            self.new_password.errors = [_("新密码与现在的密码相同。请换一个。")]
            return False
        wrong, self.new_password.data = security.password_util.validate(
            self.new_password.data, False, user=current_user
        )
        self.new_password.errors = wrong or []
        return not wrong


class Passwords(PasswordUtil):
    """Our judgement of passwords, where Flask-Security asks for one."""

    def normalize(self, password: str) -> str:
        return passwords.normalise(password)

    def validate(self, password: str, is_register: bool, **kwargs: Any) -> tuple[list[str] | None, str]:
        user: User = kwargs["user"]
        about = (user.email, user.name, *places_of(db.session, user.memberships).values())
        try:
            return None, passwords.check(password, about=about)
        except Invalid as error:
            return [sentence(error)], password


# ── second factor ────────────────────────────────────────────────────────────────────────────────────────────────────
class OneTimeCodes(Totp):
    """Codes of the authenticator; each opens the door once, also when it comes twice at one moment."""

    def get_last_counter(self, user: User) -> int | None:
        return user.tf_last_step

    def set_last_counter(self, user: User, match: TotpMatch) -> None:
        later = or_(User.tf_last_step.is_(None), User.tf_last_step < match.counter)
        done = db.session.execute(update(User).where(User.id == user.id, later).values(tf_last_step=match.counter))
        if done.rowcount != 1:  # type: ignore[attr-defined]
            raise UsedTokenError

    def hint(self, user: User) -> str | None:
        """The code a demonstration account may use now, so that a visitor needs no authenticator. Never in production,
        never for anyone else."""
        if settings().production or not user.demonstration or not user.tf_totp_secret:
            return None
        source = self._totp.from_source(user.tf_totp_secret)
        step = max(int(time.time()) // CODE_STEP, (user.tf_last_step or 0) + 1)
        return str(source.generate(time=step * CODE_STEP).token)


class CodeForm(TwoFactorVerifyCodeForm):
    """A code of the authenticator, at sign-in and at set-up."""

    def validate(self, **kwargs: Any) -> bool:
        assert self.user is not None
        user, gates = self.user, (Gate(CODE, str(self.user.id)),)
        if held_up(self, gates):
            return False
        if super().validate(**kwargs):
            # In the transaction of the sign-in: a code that counts as used is a code that opened the door.
            throttle.forgive(db.session.connection(), gates, _key(b"throttle"))
            return True
        if not self.is_setup:
            _failed("code", user)
        self.code.errors = [_("验证码不正确或已用过。请等应用显示下一个验证码后再输入。")]
        return False


class RecoveryForm(MfRecoveryForm):
    def validate(self, **kwargs: Any) -> bool:
        assert self.user is not None
        user, gates = self.user, (Gate(CODE, str(self.user.id)),)
        if held_up(self, gates):
            return False
        if super().validate(**kwargs):
            throttle.forgive(db.session.connection(), gates, _key(b"throttle"))
            return True
        _failed("recovery code", user)
        self.code.errors = [_("恢复码不正确或已用过。请换一个。")]
        return False


class RecoveryCodes(MfRecoveryCodesUtil):
    """Kept as keyed hashes, shown only when they are made."""

    @staticmethod
    def _hash(code: str) -> str:
        plain = "".join(c for c in code.lower() if c.isalnum())
        return hmac.new(_key(b"recovery"), plain.encode(), sha256).hexdigest()

    def create_recovery_codes(self, user: User) -> list[str]:
        codes: list[str] = super().create_recovery_codes(user)
        record(db.session, "account.recovery_codes_made", user, detail={"codes": len(codes)})
        return codes

    def _encrypt_codes(self, codes: list[str]) -> list[str]:
        return [self._hash(code) for code in codes]

    def get_recovery_codes(self, user: User) -> list[str]:
        return []

    def check_recovery_code(self, user: User, code: str) -> bool:
        # Locked until the end of the request, so that a code which comes twice is found once.
        held = db.session.scalars(select(User.mf_recovery_codes).where(User.id == user.id).with_for_update()).one()
        return self._hash(code) in (held or [])

    def delete_recovery_code(self, user: User, code: str) -> bool:
        left = [kept for kept in user.mf_recovery_codes or [] if kept != self._hash(code)]
        user.mf_recovery_codes = left
        record(db.session, "account.recovery_code_used", user, detail={"left": len(left)})
        return True


class Datastore(SQLAlchemyUserDatastore):
    """Accounts in our session. One commit a request, made by `core.web.commit`."""

    def commit(self) -> None:
        self.db.session.flush()
