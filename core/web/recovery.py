"""A forgotten password: a link by mail, good for one hour and one use. It opens no door by itself: whoever follows it
signs in afterwards, with the second factor where there is one.

No answer tells whether an account exists, and no mail takes longer to send than none: it goes out on a thread.
"""

from __future__ import annotations

from datetime import timedelta
from threading import Thread
from typing import Any

import structlog
from flask import Flask, current_app
from flask_babel import lazy_gettext as _
from flask_security import ForgotPasswordForm, MailUtil, ResetPasswordForm, password_reset
from flask_security.signals import reset_password_instructions_sent
from wtforms import EmailField
from wtforms.validators import DataRequired, Length

from core.data.after_commit import after_commit
from core.data.models import User
from core.extensions import db
from core.services import accounts, mail
from core.services.audit import record
from core.services.throttle import recovery_gates
from core.web import sign_in
from core.web.sessions import end_sessions

log = structlog.get_logger()

MESSAGES = {
    "PASSWORD_RESET_REQUEST": (
        _(
            "如果这个邮箱开通了账户，重设密码的邮件已经发出，一小时内有效。没有收到时，请查看垃圾邮件，或联系本单位管理员。"
        ),
        "info",
    ),
    "INVALID_RESET_PASSWORD_TOKEN": (_("这个链接已经用过，或不完整。请重新申请一封邮件。"), "error"),
    "PASSWORD_RESET_EXPIRED": (_("这个链接已超过一小时，不能再用。请重新申请一封邮件。"), "error"),
    "PASSWORD_RESET_NO_LOGIN": (_("密码已重设，所有设备上的登录已退出。请用新密码登录。"), "success"),
}
CONFIG: dict[str, Any] = {
    "SECURITY_RECOVERABLE": True,
    "SECURITY_RESET_PASSWORD_WITHIN": timedelta(hours=1),
    "SECURITY_AUTO_LOGIN_AFTER_RESET": False,
    "SECURITY_SEND_PASSWORD_RESET_NOTICE_EMAIL": False,
    "SECURITY_EMAIL_PLAINTEXT": True,
    "SECURITY_EMAIL_HTML": False,
    "SECURITY_EMAIL_SUBJECT_PASSWORD_RESET": _("宏才：重设密码"),
    **{f"SECURITY_MSG_{key}": value for key, value in MESSAGES.items()},
}


class ForgotForm(ForgotPasswordForm):
    """One address. An unknown one fails in silence: the page says the same for all."""

    email = EmailField(filters=[sign_in.str_strip], validators=[DataRequired(), Length(max=255)])

    def validate(self, **kwargs: Any) -> bool:
        if not super(ForgotPasswordForm, self).validate(**kwargs):
            return False
        email = self.email.data.lower()
        if sign_in.held_up(self, recovery_gates(email, sign_in.remote())):
            return False
        user = accounts.find_user(db.session, email)
        usable = user is not None and user.active and not (user.demonstration and sign_in.settings().production)
        if not usable or current_app.extensions["mailer"] is None:
            self.email.errors = [""]
            return False
        self.user = user
        return True


class ResetForm(ResetPasswordForm):
    """The new password, twice; judged by `sign_in.Passwords`."""


class Post(MailUtil):
    """Flask-Security's mails, through our port and after the commit."""

    def send_mail(
        self,
        template: str,
        subject: str,
        recipient: Any,
        sender: Any,
        body: str | None,
        html: str | None,
        **kwargs: Any,
    ) -> None:
        mailer: mail.Mailer = current_app.extensions["mailer"]
        message = mail.compose(recipient, str(subject), body or "")

        def send() -> None:
            try:
                mailer.send(message)
            except OSError as error:
                log.warning("mail not sent", template=template, error=type(error).__name__)

        after_commit(db.session(), lambda: Thread(target=send, daemon=True).start())


def init_app(app: Flask, security: Any) -> None:
    @security.forgot_password_context_processor
    def possible() -> dict[str, Any]:
        return {"mail_works": app.extensions["mailer"] is not None}

    @security.mail_context_processor
    def links() -> dict[str, Any]:
        # The address of the instance, never that of the request: a link must not lead where somebody made up.
        return {"base_url": sign_in.settings().base_url}

    @reset_password_instructions_sent.connect_via(app, weak=False)
    def asked(sender: Flask, user: User, **_: object) -> None:
        record(db.session, "account.reset_asked", user)

    @password_reset.connect_via(app, weak=False)
    def done(sender: Flask, user: User, **_: object) -> None:
        record(db.session, "account.password_reset", user, detail={"sessions_ended": end_sessions(user.id)})
