"""密钥: what letters and the log are signed with, for those who may replace it; and what is published of it."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, current_app, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as BaseResponse

from core.config import Settings
from core.data.models import SigningKey
from core.errors import DomainError, NotFound
from core.extensions import db
from core.letters import keylist
from core.letters.roots import as_pem
from core.services import jobs
from core.services import keys as acts
from core.services.keys import trust
from core.services.letters import SIGN
from core.services.rights import KEY_CONFIRMERS, KEY_PROPOSERS
from core.web.access import public, roles
from core.web.forms.keys import ProposalForm, RetirementForm, WithdrawalForm
from core.web.views.keys import page

blueprint = Blueprint("signing_keys", __name__)
KEEPERS = tuple(KEY_PROPOSERS | KEY_CONFIRMERS)


@blueprint.get("/admin/keys")
@roles(*KEEPERS)
def index() -> str:
    return _page()


@blueprint.post("/admin/keys/proposals")
@roles(*KEY_PROPOSERS)
def propose() -> Any:
    form = ProposalForm()
    form.offer(_settings().signing)
    if form.validate():
        purpose, place = form.chosen()
        try:
            acts.propose(db.session, _settings(), purpose, place, form.reason.data or "")
            return _done(_("已提出，等待另一位管理员确认；确认之前仍用原密钥。"))
        except DomainError as error:
            db.session.rollback()
            form.say(error)
    return _page(proposal=form), 422


@blueprint.post("/admin/keys/records")
@roles(*KEY_PROPOSERS)
def adopt() -> BaseResponse:
    """Write down what signs already, so that it can be given up at once."""
    made = acts.adopt(db.session, _settings())
    return _done(_("已登记，可以办理更换或停用。") if made else _("没有需要登记的密钥。"))


@blueprint.post("/admin/keys/<int:signing_key_id>/confirmation")
@roles(*KEY_CONFIRMERS)
def confirm(signing_key_id: int) -> BaseResponse:
    key = acts.confirm(db.session, _settings(), acts.by_id(db.session, signing_key_id))
    _publish_soon(key)
    return _done(_("已确认，从下一份起使用新密钥；等待签发的已重新排队。"))


@blueprint.post("/admin/keys/<int:signing_key_id>/withdrawal")
@roles(*KEEPERS)
def withdraw(signing_key_id: int) -> Any:
    form = WithdrawalForm()
    try:
        key = acts.withdraw(db.session, acts.by_id(db.session, signing_key_id), form.why.data or "")
    except DomainError as error:
        if isinstance(error, NotFound):
            raise
        db.session.rollback()
        form.say(error)
        return _page(withdrawal=form), error.status
    own = key.ended_by_id == key.proposed_by_id
    return _done(_("已撤回，仍用原密钥。") if own else _("已退回，仍用原密钥。"))


@blueprint.post("/admin/keys/<int:signing_key_id>/retirement")
@roles(*KEY_PROPOSERS)
def retire(signing_key_id: int) -> Any:
    key, form = acts.by_id(db.session, signing_key_id), RetirementForm()
    if form.validate():
        try:
            acts.retire(db.session, _settings(), key, form.cause.data, form.since.data, form.why.data or "")
            _publish_soon(key)
            return _done(_("已停用。换用新密钥之前暂停签发，等待的不会丢失。"))
        except DomainError as error:
            db.session.rollback()
            form.say(error)
    return _page(retirement=form, retiring=signing_key_id), 422


@blueprint.get("/keys/statement")
@public
def statement() -> Response:
    """What is said of all keys, signed by the log's: for `hongcai verify --keys`."""
    file = _settings().signing / keylist.NAME
    if not file.exists():
        raise NotFound("密钥公告还没有签名，请平台管理人员运行 hongcai keys statement")
    return _text(file.read_text(), keylist.NAME)


@blueprint.get("/keys/roots")
@public
def roots_() -> Response:
    """All trusted root certificates in one file: for `hongcai verify --trust`."""
    return _text(as_pem(trust.roots(_settings())), "roots.pem")


def _publish_soon(key: SigningKey) -> None:
    """The log's job signs what changed, and with it what is published of the keys."""
    since = f":{key.since:%Y%m%dT%H}" if key.since is not None else ""  # the day may be moved later on
    jobs.enqueue(db.session(), SIGN, key=f"{SIGN}:key{key.id}:{key.state}{since}")


def _settings() -> Settings:
    settings = current_app.extensions["settings"]
    assert isinstance(settings, Settings)
    return settings


def _done(said: str) -> BaseResponse:
    flash(said, "success")
    return redirect(url_for("signing_keys.index"))


def _text(body: str, name: str) -> Response:
    return Response(body, mimetype="text/plain", headers={"Content-Disposition": f'attachment; filename="{name}"'})


def _page(**forms: Any) -> str:
    return render_template("admin/keys.html", **page(db.session, _settings(), **forms))
