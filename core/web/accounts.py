"""Sign-in: Flask-Security set to our rules. What it stores is in `core.data.models.accounts`."""

from __future__ import annotations

from datetime import timedelta

from flask import Flask
from flask_security import RoleMixin, SQLAlchemyUserDatastore, user_authenticated

from core.data.models import User
from core.extensions import db, security
from core.web.access import PUBLIC, SIGNED_IN, declare
from core.web.sessions import current_session

CONFIG = {
    "SECURITY_URL_PREFIX": "/account",
    "SECURITY_STATIC_FOLDER": None,
    "SECURITY_PASSWORD_HASH": "argon2",
    "SECURITY_PASSWORD_LENGTH_MIN": 12,
    "SECURITY_PASSWORD_NORMALIZE_FORM": "NFKC",
    "SECURITY_EMAIL_VALIDATOR_ARGS": {"check_deliverability": False, "test_environment": True},
    "SECURITY_JOIN_USER_ROLES": False,  # roles come from memberships
    "SECURITY_REGISTERABLE": False,  # by invitation only
    "SECURITY_CHANGEABLE": True,
    "SECURITY_SEND_PASSWORD_CHANGE_EMAIL": False,
    "SECURITY_RECOVERABLE": False,
    "SECURITY_TWO_FACTOR": True,
    "SECURITY_TWO_FACTOR_ENABLED_METHODS": ["authenticator"],
    "SECURITY_TWO_FACTOR_ALWAYS_VALIDATE": True,
    "SECURITY_TWO_FACTOR_RESCUE_EMAIL": False,
    "SECURITY_TOTP_ISSUER": "Hongcai",
    "SECURITY_MULTI_FACTOR_RECOVERY_CODES": True,
    "SECURITY_FRESHNESS": timedelta(minutes=30),
    "SECURITY_RETURN_GENERIC_RESPONSES": True,
    "SECURITY_POST_LOGIN_VIEW": "/",
    "SECURITY_POST_LOGOUT_VIEW": "/",
    "SECURITY_UNAUTHORIZED_VIEW": None,
    "SECURITY_USE_REGISTER_V2": True,
    "SECURITY_I18N_DOMAIN": "flask_security",
}
# Flask-Security's pages that need no session; all its others are for people signed in.
OPEN = frozenset({"login", "logout", "two_factor_token_validation", "two_factor_rescue", "mf_recovery", "verify"})


class NoRoles(RoleMixin):
    """Roles are memberships here; Flask-Security only wants a type to ask."""


def init_app(app: Flask) -> None:
    app.config.update(CONFIG)
    security.init_app(app, SQLAlchemyUserDatastore(db, User, NoRoles))
    for endpoint in app.view_functions:
        blueprint, _, name = endpoint.rpartition(".")
        if blueprint == "security":
            declare(app, {endpoint: PUBLIC if name in OPEN else SIGNED_IN})

    @user_authenticated.connect_via(app)
    def signed_in(sender: Flask, user: User, **_: object) -> None:
        session = current_session()
        session["user_pk"] = user.id
        session.rotate()
