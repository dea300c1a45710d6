"""The design language on one page: every component in every state. Mounted in development only."""

from __future__ import annotations

from types import SimpleNamespace

from flask import Blueprint, abort, flash, render_template, request
from flask_wtf import FlaskForm
from werkzeug.datastructures import MultiDict
from wtforms import PasswordField, RadioField, SelectChoice, StringField, SubmitField

from core.web import design_samples as samples
from core.web.access import public
from core.web.listing import ListState

blueprint = Blueprint("design", __name__, url_prefix="/design")
ERRORS = (400, 401, 403, 404, 405, 409, 413, 422, 429, 500, 503)
SECURITY_PAGES = (
    "login_user",
    "two_factor_setup",
    "two_factor_verify_code",
    "mf_recovery",
    "mf_recovery_codes",
    "change_password",
    "forgot_password",
    "reset_password",
    "verify",
    "logout_user",
)


@blueprint.get("/")
@public
def index() -> str:
    """All components; `?notice=1` adds one flashed message of each kind."""
    if request.args.get("notice"):
        flash("申请已提交，编号 示申〔2026〕0012。", "success")
        flash("还有 2 项材料未交，请在 3月20日前补齐。", "warning")
        flash("没有办成：资金池余额不足。请联系区级管理员。", "error")
    bad = samples.SampleForm(MultiDict({"bad-company": "", "bad-rent": "九百"}), prefix="bad-", meta={"csrf": False})
    bad.validate()
    good = samples.SampleForm(
        None, meta={"csrf": False}, company="青禾智造（示例）有限公司", form="有限责任公司", payer="tenant"
    )
    return render_template("design/index.html", s=samples, good=good, bad=bad, errors=ERRORS, security=SECURITY_PAGES)


@blueprint.get("/list")
@public
def listing() -> str:
    """The list component alive, in the frame of an operator."""
    state = ListState.read(request.args, samples.COLUMNS, samples.FILTERS, default_sort="name")
    return render_template("design/list.html", page=samples.tenant_page(state), shell=samples.SHELL)


@blueprint.get("/case")
@public
def case() -> str:
    """A reviewer's case page put together from the components."""
    return render_template("design/case.html", s=samples, shell=samples.SHELL)


@blueprint.get("/errors/<int:code>")
@public
def error(code: int) -> tuple[str, int]:
    """An error page as it is shown."""
    if code not in ERRORS:
        abort(404)
    return render_template("errors/error.html", code=code, message=None, request_id="4f6c1f0e9a"), code


@blueprint.get("/security/<name>")
@public
def security(name: str) -> str:
    """A sign-in page with an empty form in place of flask-security's."""
    if name not in SECURITY_PAGES:
        abort(404)
    return render_template(f"security/{name}.html", **_security_context(name))


class _Form(FlaskForm):
    """The fields flask-security's forms have, under their names; labels are ours in the templates."""

    username = StringField("Username")
    password = PasswordField("Password")
    password_confirm = PasswordField("Retype Password")
    new_password = PasswordField("New Password")
    new_password_confirm = PasswordField("Retype Password")
    code = StringField("Code")
    email = StringField("Email")
    setup = RadioField("Setup", choices=[SelectChoice("authenticator", "Authenticator")])
    submit = SubmitField("Submit")
    show_codes = SubmitField("Show")
    generate_new_codes = SubmitField("Generate")


def _security_context(name: str) -> dict[str, object]:
    form = _Form(meta={"csrf": False})
    if request.args.get("error"):
        form.password.errors = ["用户名或密码不正确。"]
        form.code.errors = ["验证码不正确或已过期。"]
    names = (
        f"{name}_form",
        "two_factor_verify_code_form",
        "two_factor_setup_form",
        "login_user_form",
        "verify_form",
        "logout_form",
    )
    return {
        **dict.fromkeys(names, form),
        "url_for_security": lambda endpoint, **_: f"#{endpoint}",
        "security": SimpleNamespace(
            recoverable=True, multi_factor_recovery_codes=True, two_factor=True, changeable=True
        ),
        "identity_attributes": ["email"],
        "active_password": True,
        "current_user": SimpleNamespace(tf_primary_method="authenticator", is_authenticated=True),
        "mail_works": True,
        "codes_left": 7,
        "has_recovery_codes": True,
        "choices": ["authenticator"],
        "primary_method": "",
        "chosen_method": "authenticator" if request.args.get("chosen") else None,
        "authr_qrcode": _QR,
        "authr_key": "JBSW Y3DP EHPK 3PXP JBSW Y3DP",
        "authr_issuer": "Hongcai",
        "authr_username": "lin@example.com",
        "recovery_codes": ["b6f2-9k1d-x0qa", "t4mm-21vc-8rza", "w9se-77yu-pl3d", "c0de-5hjk-1n2m"]
        if request.args.get("codes")
        else None,
    }


# a grey square where the real page has the authenticator's code
_QR = (
    "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 9 9'%3E"
    "%3Cpath fill='%23999' d='M0 0h9v9H0z'/%3E%3C/svg%3E"
)
