"""What is asked at the door second: a code of the authenticator, or one of ten recovery codes. Each works once."""

from __future__ import annotations

import hmac
import time
from hashlib import sha256
from typing import Any

from flask_babel import gettext as _
from flask_security import (
    MfRecoveryCodesUtil,
    MfRecoveryForm,
    Totp,
    TwoFactorRescueForm,
    TwoFactorSetupForm,
    TwoFactorVerifyCodeForm,
)
from passlib.exc import UsedTokenError
from passlib.totp import TotpMatch
from sqlalchemy import or_, select, update
from wtforms import RadioField, StringField

from core.data.models import User
from core.extensions import db
from core.services import throttle
from core.services.audit import record
from core.services.throttle import CODE, Gate
from core.web.sign_in import failed, held_up, key, settings

STEP = 30  # seconds a code of the authenticator lasts (RFC 6238)


class OneTimeCodes(Totp):
    """Codes of the authenticator; each opens the door once, also when it comes twice at one moment."""

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
        step = max(int(time.time()) // STEP, (user.tf_last_step or 0) + 1)
        return str(source.generate(time=step * STEP).token)


class CodeForm(TwoFactorVerifyCodeForm):
    """A code of the authenticator, at sign-in and at set-up."""

    def validate(self, **kwargs: Any) -> bool:
        assert self.user is not None
        user, gates = self.user, (Gate(CODE, str(self.user.id)),)
        if held_up(self, gates):
            return False
        if super().validate(**kwargs):
            # In the transaction of the sign-in: a code that counts as used is a code that opened the door.
            throttle.forgive(db.session.connection(), gates, key(b"throttle"))
            return True
        if not self.is_setup:
            failed("code", user)
        self.code.errors = [_("验证码不正确或已用过。请等应用显示下一个验证码后再输入。")]
        return False


class SetUpForm(TwoFactorSetupForm):
    """One button, one method."""

    setup = StringField()


class NoRescueForm(TwoFactorRescueForm):
    """Lost telephone: recovery codes, or two colleagues. The library's own way (mail to an administrator) is closed."""

    help_setup = RadioField(choices=[])


class RecoveryForm(MfRecoveryForm):
    def validate(self, **kwargs: Any) -> bool:
        assert self.user is not None
        user, gates = self.user, (Gate(CODE, str(self.user.id)),)
        if held_up(self, gates):
            return False
        if super().validate(**kwargs):
            throttle.forgive(db.session.connection(), gates, key(b"throttle"))
            return True
        failed("recovery code", user)
        self.code.errors = [_("恢复码不正确或已用过。请换一个。")]
        return False


class RecoveryCodes(MfRecoveryCodesUtil):
    """Kept as keyed hashes, shown only when they are made."""

    @staticmethod
    def _hash(code: str) -> str:
        plain = "".join(c for c in code.lower() if c.isalnum())
        return hmac.new(key(b"recovery"), plain.encode(), sha256).hexdigest()

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
