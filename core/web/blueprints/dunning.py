"""催缴: whom to ask now, all in one go, the letters that were sent, and the operator's own rule."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, current_app, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as BaseResponse

from core.data.asker import Reach
from core.data.models import OPERATOR_ROLES, TENANT_ROLES, DunningHow, Operator, Role
from core.data.queries import dunnings
from core.errors import DomainError, NotFound
from core.extensions import db
from core.services import dunning
from core.web import dunning_words as words
from core.web import papers
from core.web.access import roles
from core.web.forms.dunning import RuleForm
from core.web.views import arrears as view

blueprint = Blueprint("dunning", __name__)
READERS = (*OPERATOR_ROLES, *TENANT_ROLES)
SHOWN = 50  # rows of whom to ask; the sums are of all


@blueprint.get("/dunning")
@roles(*OPERATOR_ROLES)
def index() -> str:
    rule = dunning.rule_of(db.session, g.asker.operator_id)
    found = dunning.due(db.session, rule, g.today, held=True)
    holds = dunning.holds(db.session, g.asker.operator_id, g.today)
    due = [(it, dunning.addresses(db.session, it.tenant, g.today)) for it in found if it.tenant.id not in holds]
    return render_template(
        "arrears/dunning.html",
        due=due,
        shown=SHOWN,
        held=[(it, holds[it.tenant.id]) for it in found if it.tenant.id in holds],
        counts=[(word, sum(it.level is level for it, _to in due)) for level, word in words.LEVELS.items()],
        mailed=sum(bool(to) for _it, to in due),
        total=sum(it.total_fen for it, _to in due),
        mailer=current_app.extensions["mailer"] is not None,
        rule=rule,
        words=words,
    )


@blueprint.post("/dunning/letters")
@roles(*OPERATOR_ROLES)
def send_all() -> BaseResponse:
    """Ask all who were on the page that the reader confirmed, and are to be asked still."""
    seen = {int(value) for value in request.form.getlist("tenant") if value.isdecimal() and value.isascii()}
    made = dunning.send_all(db.session, g.asker.operator_id, g.today, seen)
    printed = sum(it.how is DunningHow.PRINT for it in made)
    flash(
        _("已发出%(n)s份：邮件%(mail)s份，待打印%(print)s份。", n=len(made), mail=len(made) - printed, print=printed),
        "success",
    )
    return redirect(url_for("dunning.letters", how="print" if printed else None))


@blueprint.get("/dunning/letters")
@roles(*READERS)
def letters() -> str:
    return render_template("arrears/letters.html", page=view.letters().page(), own=g.asker.reach is Reach.OPERATOR)


@blueprint.get("/dunning/letters/export")
@roles(*READERS)
def export() -> Response:
    return view.letters().file()


@blueprint.get("/dunning/letters/<int:dunning_id>")
@roles(*READERS)
def paper(dunning_id: int) -> Response:
    made = dunnings.one(db.session, dunning_id)
    if made is None:
        raise NotFound("没有这份催缴函，或您无权查看")
    operator = db.session.get_one(Operator, made.operator_id)
    return papers.paper(
        "dunning", title=made.number, author=operator.name, on=made.sent_on, letter=dunning.letter_of(made),
        operator=operator, preview=False,
    )  # fmt: skip


@blueprint.get("/dunning/rules")
@roles(*OPERATOR_ROLES)
def rules() -> str:
    rule = dunning.rule_of(db.session, g.asker.operator_id)
    return _rules(RuleForm(formdata=None, obj=rule))


@blueprint.post("/dunning/rules")
@roles(Role.OPERATOR_MANAGER)
def set_rules() -> Any:
    form = RuleForm()
    if form.validate():
        try:
            values = {field.short_name: field.data for field in form if field.short_name != "csrf_token"}
            dunning.set_rule(db.session, g.asker.operator_id, **values)
            flash(_("催缴规则已保存。"), "success")
            return redirect(url_for("dunning.index"))
        except DomainError as error:
            db.session.rollback()
            form.say(error)
    return _rules(form), 422


def _rules(form: RuleForm) -> str:
    return render_template("arrears/rules.html", form=form, may_set=g.asker.may(Role.OPERATOR_MANAGER))
