"""Flask-Security set to our rules. What it stores is in `core.data.models.accounts`, what it asks in
`core.web.sign_in`; here both are tied to the application, and each outcome to the session and the trail."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import structlog
from flask import Flask, abort, g, redirect, request, session, url_for
from flask_babel import lazy_gettext as _
from flask_login import user_logged_out
from flask_security import (
    RoleMixin,
    Security,
    current_user,
    password_changed,
    tf_disabled,
    tf_profile_changed,
    user_authenticated,
)
from flask_security.utils import set_request_attr
from sqlalchemy import select
from werkzeug.wrappers import Response

import core
from core.config import Settings, UnsafeSettings
from core.data.asker import Asker, Reach
from core.data.models import PRIVILEGED_ROLES, User
from core.data.queries.people import who
from core.extensions import db
from core.services import passwords
from core.services.audit import record
from core.services.mail import FileMailer, Mailer, SmtpMailer
from core.web import recovery, second_factor, sign_in
from core.web.access import PUBLIC, SIGNED_IN, Access, declare, is_local
from core.web.sessions import PRIVILEGED_ABSOLUTE, PRIVILEGED_IDLE, current_session, end_sessions, sweep

log = structlog.get_logger()

MESSAGES = {
    "PASSWORD_CHANGE": (_("密码已修改。其他设备上的登录已全部退出。"), "success"),
    "PASSWORD_NOT_PROVIDED": (_("请输入密码。"), "error"),
    "RETYPE_PASSWORD_MISMATCH": (_("两次输入的新密码不一致。"), "error"),
    "TWO_FACTOR_LOGIN_SUCCESSFUL": (_("您已登录。"), "success"),
    "TWO_FACTOR_CHANGE_METHOD_SUCCESSFUL": (_("两步验证已设置好。请领取恢复码，手机丢失时用。"), "success"),
    "TWO_FACTOR_DISABLED": (_("两步验证已停用。"), "success"),
    "TWO_FACTOR_PERMISSION_DENIED": (_("请先输入邮箱和密码。"), "warning"),
    "TWO_FACTOR_INVALID_TOKEN": (_("验证码不正确或已用过。请重新扫码，输入应用显示的新验证码。"), "error"),
    "TWO_FACTOR_METHOD_NOT_AVAILABLE": (_("您的岗位必须使用两步验证，不能停用。"), "error"),
    "TWO_FACTOR_SETUP_EXPIRED": (_("设置超时，请重新开始。"), "error"),
    "REAUTHENTICATION_SUCCESSFUL": (_("身份已确认，请继续。"), "info"),
    "REFRESH": (_("请再输入一次密码，确认是您本人。"), "info"),
    "LOGIN": (_("请先登录。"), "info"),
    "ANONYMOUS_USER_REQUIRED": (_("您已经登录。"), "info"),
}
CONFIG: dict[str, Any] = {
    "SECURITY_URL_PREFIX": "/account",
    "SECURITY_STATIC_FOLDER": None,
    "SECURITY_PASSWORD_HASH": "argon2",
    "SECURITY_PASSWORD_SCHEMES": ["argon2"],
    # Plain argon2id as in `core.services.passwords`: no pepper, which would be one more key that must never be lost.
    "SECURITY_PASSWORD_SINGLE_HASH": {"argon2"},
    "SECURITY_PASSWORD_HASH_PASSLIB_OPTIONS": {
        "argon2__memory_cost": passwords.MEMORY_KIB,
        "argon2__time_cost": passwords.PASSES,
        "argon2__parallelism": passwords.LANES,
    },
    "SECURITY_PASSWORD_LENGTH_MIN": passwords.SHORTEST,
    "SECURITY_EMAIL_VALIDATOR_ARGS": {"check_deliverability": False, "test_environment": True},
    "SECURITY_JOIN_USER_ROLES": False,  # roles come from memberships
    "SECURITY_REGISTERABLE": False,  # by invitation only
    "SECURITY_CHANGEABLE": True,
    "SECURITY_SEND_PASSWORD_CHANGE_EMAIL": False,
    "SECURITY_POST_CHANGE_VIEW": "auth.account",
    "SECURITY_TWO_FACTOR": True,
    "SECURITY_TWO_FACTOR_ENABLED_METHODS": ["authenticator"],
    "SECURITY_TWO_FACTOR_AUTHENTICATOR_VALIDITY": second_factor.STEP,  # one step early or late
    "SECURITY_TWO_FACTOR_ALWAYS_VALIDATE": True,
    "SECURITY_TWO_FACTOR_RESCUE_EMAIL": False,
    "SECURITY_TWO_FACTOR_POST_SETUP_VIEW": "security.mf_recovery_codes",
    "SECURITY_TOTP_ISSUER": "Hongcai",
    "SECURITY_MULTI_FACTOR_RECOVERY_CODES": True,
    "SECURITY_MULTI_FACTOR_RECOVERY_CODES_N": 10,
    "SECURITY_FRESHNESS": timedelta(minutes=30),
    "SECURITY_FRESHNESS_GRACE_PERIOD": timedelta(minutes=10),
    "SECURITY_RETURN_GENERIC_RESPONSES": True,
    "SECURITY_API_ENABLED_METHODS": ["session"],
    "SECURITY_CACHE_CONTROL": {"no-store": None},  # None: the bare directive; the default writes "no-store=True"
    "SECURITY_POST_LOGIN_VIEW": "/",
    "SECURITY_POST_LOGOUT_VIEW": "/",
    **{f"SECURITY_MSG_{key}": value for key, value in MESSAGES.items()},
    **recovery.CONFIG,
}
CLOSED: Access = frozenset()
# Which of Flask-Security's pages are used, and by whom; any other it may bring is closed.
PAGES: dict[str, Access] = {
    "login": PUBLIC,
    "logout": PUBLIC,
    "two_factor_token_validation": PUBLIC,
    "mf_recovery": PUBLIC,
    "forgot_password": PUBLIC,
    "reset_password": PUBLIC,
    "two_factor_setup": SIGNED_IN,
    "two_factor_setup_validate": SIGNED_IN,
    "mf_recovery_codes": SIGNED_IN,
    "change_password": SIGNED_IN,
    "verify": SIGNED_IN,
}


class NoRoles(RoleMixin):
    """Roles are memberships here; Flask-Security only wants a type to ask."""


def init_app(app: Flask) -> None:
    app.config.update(CONFIG)
    # One for each application, because what it is told below would otherwise pile up on one for all.
    security = Security(
        app,
        sign_in.Datastore(db, User, NoRoles),
        login_form=sign_in.SignInForm,
        two_factor_setup_form=second_factor.SetUpForm,
        two_factor_rescue_form=second_factor.NoRescueForm,
        verify_form=sign_in.ConfirmForm,
        forgot_password_form=recovery.ForgotForm,
        reset_password_form=recovery.ResetForm,
        mail_util_cls=recovery.Post,
        change_password_form=sign_in.NewPasswordForm,
        two_factor_verify_code_form=second_factor.CodeForm,
        mf_recovery_form=second_factor.RecoveryForm,
        totp_cls=second_factor.OneTimeCodes,
        mf_recovery_codes_util_cls=second_factor.RecoveryCodes,
        password_util_cls=sign_in.Passwords,
    )
    security.want_json(lambda request: False)
    app.login_manager.user_loader(_load_user)  # type: ignore[attr-defined]
    app.login_manager.request_loader(lambda request: None)  # type: ignore[attr-defined]  # no tokens, only sessions
    for endpoint in app.view_functions:
        blueprint, _dot, name = endpoint.rpartition(".")
        if blueprint == "security":
            declare(app, {endpoint: PAGES.get(name, CLOSED)})
    app.extensions["mailer"] = mailer(app.extensions["settings"])
    _follow(app)
    recovery.init_app(app, security)

    @app.before_request
    def only_forms_of_ours() -> Response | None:
        if request.blueprint != "security":
            return None
        if request.is_json:
            abort(415)
        if not all(is_local(target) for target in request.values.getlist("next") if target):
            abort(400)
        done = current_user.is_authenticated and session.get("tf_state") != "validating_profile"
        if request.endpoint == "security.two_factor_token_validation" and done:
            # Someone went back to the page of the code. The library would sign them out.
            return redirect(url_for("home.index"))
        return None

    @security.tf_token_validation_context_processor
    def hint() -> dict[str, Any]:
        waiting = db.session.scalars(select(User).where(User.fs_uniquifier == session.get("tf_user_id"))).one_or_none()
        return {"demonstration_code": security.totp_factory.hint(waiting) if waiting is not None else None}

    @security.mf_recovery_codes_context_processor
    def left() -> dict[str, Any]:
        return {"codes_left": len(current_user.mf_recovery_codes or [])}


def new_totp_secret(app: Flask) -> str:
    """An encrypted TOTP secret for `core.services.accounts.make_user`, to enrol a demonstration account."""
    with app.app_context():
        return str(app.extensions["security"].totp_factory.generate_totp_secret())


def mailer(settings: Settings) -> Mailer | None:
    """Where mail goes. None in production without a mail server: then a link is only shown to who asked for it."""
    if settings.smtp_url:
        try:
            return SmtpMailer.from_url(settings.smtp_url)
        except ValueError as error:
            raise UnsafeSettings([f"HONGCAI_SMTP_URL cannot be used: {error}."]) from None
    return None if settings.production else FileMailer(settings.var / "mail")


def _load_user(uniquifier: str) -> User | None:
    """Who a session belongs to, if it still opens anything. One that does not is ended, or a visit would revive it."""
    user, work = who(db.session, uniquifier, core.today().date())
    if user is not None and user.active and not (user.demonstration and sign_in.settings().production):
        g.work = work
        g.memberships = [(w.membership, w.lent) for w in work]
        privileged = any(m.role in PRIVILEGED_ROLES for m, _lent in g.memberships)
        if not (privileged and current_session().outlived(PRIVILEGED_IDLE, PRIVILEGED_ABSOLUTE)):
            set_request_attr("fs_authn_via", "session")
            set_request_attr("fs_paa", session.get("fs_paa", 0))
            return user
    current_session().abandon()
    return None


def _follow(app: Flask) -> None:
    """What follows from each outcome: a new session, others ended, a line on the trail."""

    @user_authenticated.connect_via(app, weak=False)
    def signed_in(sender: Flask, user: User, authn_via: list[str] | None = None, **_: object) -> None:
        current_session().renew(restart=True)
        session["user_pk"] = user.id
        g.asker = db.session.info["asker"] = Asker(Reach.NOBODY, user_id=user.id)
        if authn_via != ["change"]:
            record(db.session, "account.signed_in", user, detail={"second_factor": bool(user.tf_primary_method)})
        sweep()

    @user_logged_out.connect_via(app, weak=False)
    def signed_out(sender: Flask, user: User, **_: object) -> None:
        record(db.session, "account.signed_out", user)
        current_session().abandon()

    @password_changed.connect_via(app, weak=False)
    def new_password(sender: Flask, user: User, **_: object) -> None:
        record(db.session, "account.password_changed", user, detail={"sessions_ended": _end_others(user)})

    @tf_profile_changed.connect_via(app, weak=False)
    def new_second_factor(sender: Flask, user: User, **_: object) -> None:
        user.mf_recovery_codes = []  # they stood in for the authenticator that was replaced
        record(db.session, "account.second_factor_set", user, detail={"sessions_ended": _end_others(user)})

    @tf_disabled.connect_via(app, weak=False)
    def no_second_factor(sender: Flask, user: User, **_: object) -> None:
        user.mf_recovery_codes = []
        record(db.session, "account.second_factor_removed", user, detail={"sessions_ended": _end_others(user)})


def _end_others(user: User) -> int:
    """End every session of the user; this browser goes on with a new one."""
    current_session().renew()
    return end_sessions(user.id)
