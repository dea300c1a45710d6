"""What is asked at the door first: the password. Each guess is counted (`core.services.throttle`), each failure
recorded, and no answer tells whether an account exists. The second factor is in `core.web.second_factor`."""

from __future__ import annotations

import hmac
from collections.abc import Iterable
from hashlib import sha256
from typing import Any

from flask import Response, after_this_request, current_app, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_security import (
    ChangePasswordForm,
    LoginForm,
    PasswordUtil,
    SQLAlchemyUserDatastore,
    VerifyForm,
    current_user,
)
from wtforms import EmailField
from wtforms.validators import DataRequired, Length

from core.config import Settings
from core.data.engine import reading, writing
from core.data.models import User
from core.data.queries.people import places_of
from core.data.types import utcnow
from core.errors import Invalid
from core.extensions import db
from core.services import accounts, passwords, throttle
from core.services.audit import record
from core.services.throttle import Gate, sign_in_gates
from core.web.errors import sentence
from core.web.sessions import current_session


def settings() -> Settings:
    found: Settings = current_app.extensions["settings"]
    return found


def key(purpose: bytes) -> bytes:
    """A key that only this instance has: what is hashed with it cannot be tried out on a stolen database."""
    return hmac.new(settings().master_key, b"accounts|" + purpose, sha256).digest()


# ── counting guesses ─────────────────────────────────────────────────────────────────────────────────────────────────
def held_up(form: Any, gates: Iterable[Gate]) -> bool:
    """Count a try. True if it has come too soon: the form then says how long to wait, and the answer is 429."""
    db.session.rollback()  # nothing of the request is written yet; its transaction must not stand in the way
    with writing(), db.engine.begin() as connection:
        wait = throttle.enter(connection, gates, key(b"throttle"), utcnow())
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


def remote() -> str:
    return request.remote_addr or ""


def failed(what: str, user: User | None, email: str = "") -> None:
    """Put a failed try on the trail. An unknown address is kept as a keyed hash: it may be a mistyped password."""
    detail: dict[str, Any] = {"what": what}
    if user is None:
        detail["address"] = hmac.new(key(b"audit"), email.encode(), sha256).hexdigest()[:16]
    record(db.session, "account.refused", user, detail=detail, success=False)


# ── password ─────────────────────────────────────────────────────────────────────────────────────────────────────────
def right_password(user_id: int | None, stored: str | None, password: str, gates: Iterable[Gate]) -> bool:
    """Whether the password is the one behind `stored`; the tries before a right one are forgotten with the commit of
    the request. Slow by design, so no transaction is open meanwhile."""
    db.session.rollback()
    if not passwords.verify(stored, password):
        return False
    throttle.forgive(db.session.connection(), gates, key(b"throttle"))
    throttle.sweep(db.session.connection(), utcnow())
    if stored and passwords.is_outdated(stored):
        db.session.get_one(User, user_id).password = passwords.hash_password(password)
    return True


def str_strip(text: str | None) -> str | None:
    return text.strip() if text else text


class SignInForm(LoginForm):
    """E-mail and password. Every way to fail takes the same time and gets the same sentence."""

    email = EmailField(filters=[str_strip], validators=[DataRequired(), Length(max=255)])
    remember = None  # a cookie that outlives the session could not be ended from here

    def validate(self, **kwargs: Any) -> bool:
        if not super(LoginForm, self).validate(**kwargs):
            return self._refuse(_("请输入邮箱和密码。"))
        email, password = self.email.data.lower(), self.password.data
        gates = sign_in_gates(email, remote())
        if held_up(self, gates):
            return False
        with reading():
            user = accounts.find_user(db.session, email)
            usable = user is not None and user.active and not (user.demonstration and settings().production)
            user_id, stored = (user.id, user.password if usable else None) if user is not None else (None, None)
        right = right_password(user_id, stored, password, gates)
        user = db.session.get(User, user_id) if user_id is not None else None
        if not right or user is None:
            failed("password", user, email)
            return self._refuse(_("邮箱或密码不正确。请检查后再试；仍不能登录时，请联系本单位的管理员。"))
        # The second factor is asked next: what is known so far must not hang on a session planted by someone else.
        current_session().renew()
        self.next.data = self.next.data or url_for("home.index")  # else the way on is the sign-in page itself
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
        gates = sign_in_gates(user.email, remote())
        user_id, stored, password = user.id, user.password, form.password.data or ""
        if held_up(form, gates):
            return False
        if right_password(user_id, stored, password, gates):
            return True
        failed("password", db.session.get(User, user_id))
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
        judge = current_app.extensions["security"].password_util
        wrong, self.new_password.data = judge.validate(self.new_password.data, False, user=current_user)
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


class Datastore(SQLAlchemyUserDatastore):
    """Accounts in our session. One commit a request, made by `core.web.commit`."""

    def commit(self) -> None:
        self.db.session.flush()
