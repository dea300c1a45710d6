"""One draft of a district's parameters: written, checked against golden cases, handed over, published."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, g, jsonify, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from core.data.models import DISTRICT_ROLES, DraftState, ParameterDraft
from core.errors import Conflict, DomainError, NotFound
from core.extensions import db
from core.policy import LoadedPolicy
from core.services.imports.problems import CellError
from core.services.imports.values import to_fen
from core.services.parameters import drafting, publishing, rows
from core.services.parameters.file import written
from core.services.parameters.golden import Key
from core.services.parameters.golden import Row as Golden
from core.services.rights import PARAMETER_DRAFTERS, PARAMETER_PUBLISHERS
from core.web.access import roles
from core.web.errors import sentence
from core.web.formats import money
from core.web.forms.accounts import ReasonForm
from core.web.forms.parameters import DraftForm, row_forms, sent_rows
from core.web.templating import language
from core.web.views import parameters as view

blueprint = Blueprint("parameter_drafts", __name__)
DRAFT = "/policies/<key>/parameters/drafts/<int:draft_id>"


@blueprint.get(DRAFT)
@roles(*DISTRICT_ROLES)
def show(key: str, draft_id: int) -> str:
    return _draft_page(*_draft(key, draft_id))


@blueprint.post(DRAFT)
@roles(*PARAMETER_DRAFTERS)
def save(key: str, draft_id: int) -> Any:
    """Keep what was typed. `act` may also add a row, or take one off; a script that saves by itself gets JSON."""
    loaded, found = _draft(key, draft_id)
    form, typed, act = DraftForm(), sent_rows(), request.form.get("act", "")
    if act.startswith("remove-") and act.removeprefix("remove-").isdigit():
        typed = [row for number, row in enumerate(typed) if number != int(act.removeprefix("remove-"))]
    if act == "add":
        name = request.form.get("add", "")
        typed.append(rows.blank(name if name in loaded.card.parameters.units else "") | _checked_today())
    by_itself = "X-Autosave" in request.headers
    try:
        drafting.save(
            db.session, found, version=_version(), rows=typed, note=form.note.data or "",
            correction=form.correction.data,
        )  # fmt: skip
    except DomainError as error:
        db.session.rollback()
        if by_itself:
            return jsonify(errors={error.field or "version": sentence(error)}), error.status
        form.form_errors.append(sentence(error))
        return _draft_page(*_draft(key, draft_id), form=form, typed=typed), error.status
    if by_itself:
        return jsonify(version=found.version)
    if not act:
        flash(_("草案已保存。"), "success")
    return _to(found, f"rows-{len(typed) - 1}" if act == "add" else "rows")


@blueprint.post(f"{DRAFT}/golden")
@roles(*PARAMETER_DRAFTERS)
def accept(key: str, draft_id: int) -> Any:
    """What the author expects of golden cases; where that is not what comes out, both are shown."""
    loaded, found = _draft(key, draft_id)
    amounts: dict[Key, int] = {}
    mistakes: dict[str, str] = {}
    for field, text in request.form.items():
        months, _colon, case = field.removeprefix("expect-").partition(":")
        if field.startswith("expect-") and text.strip():
            try:
                amounts[Key(case, int(months))] = to_fen(text)
            except (CellError, ValueError) as error:
                mistakes[f"{months}:{case}"] = str(error)
    wrong = drafting.accept(db.session, found, loaded, version=_version(), amounts=amounts, today=g.today)
    mistakes |= {f"{row.key.months}:{row.key.case}": _otherwise(row) for row, _amount in wrong}
    if not mistakes:
        if amounts:
            flash(_("已记下%(n)s个黄金案例的应得金额，都与核算一致。", n=len(amounts)), "success")
        return _to(found, "check")
    return _draft_page(loaded, found, mistakes=mistakes)


def _otherwise(row: Golden) -> str:
    now = money(row.now.amount_fen, language())
    return _("与核算结果不一致（现为%(now)s）：要么金额写错，要么草案有误", now=now)


@blueprint.post(f"{DRAFT}/submission")
@roles(*PARAMETER_DRAFTERS)
def submit(key: str, draft_id: int) -> Any:
    loaded, found = _draft(key, draft_id)
    try:
        drafting.submit(db.session, found, loaded, version=_version(), today=g.today)
    except Conflict as error:
        db.session.rollback()
        return _draft_page(*_draft(key, draft_id), problem=sentence(error)), error.status
    flash(_("已提交，等待另一位有权公布的人核对。"), "success")
    return _to(found)


@blueprint.post(f"{DRAFT}/return")
@roles(*PARAMETER_DRAFTERS)
def give_back(key: str, draft_id: int) -> Any:
    """To its author: by the author, who takes it back, or by the second person with a reason."""
    _loaded, found = _draft(key, draft_id)
    if found.author_id == g.asker.user_id:
        drafting.take_back(db.session, found, version=_version())
        flash(_("已收回，可以继续修改。"), "success")
    else:
        form = ReasonForm()
        drafting.give_back(db.session, found, version=_version(), reason=form.reason.data or "")
        flash(_("已退回起草人。"), "success")
    return _to(found)


@blueprint.post(f"{DRAFT}/discarding")
@roles(*PARAMETER_DRAFTERS)
def discard(key: str, draft_id: int) -> Response:
    _loaded, found = _draft(key, draft_id)
    drafting.discard(db.session, found, version=_version())
    flash(_("草案已作废。"), "success")
    return redirect(url_for("parameters.index", key=key))


@blueprint.get(f"{DRAFT}/file")
@roles(*DISTRICT_ROLES)
def file(key: str, draft_id: int) -> Response:
    """All values as they would be published, to try with `assess --params`."""
    loaded, found = _draft(key, draft_id)
    checked = drafting.check(db.session, found, loaded, g.today)
    return view.file(
        written(drafting.require_readable(checked).values, [f"{key}: draft {found.id}"]), f"{key}-draft-{found.id}"
    )


# ── publishing ──────────────────────────────────────────────────────────────────────────────────────────────────────


@blueprint.get(f"{DRAFT}/publication")
@roles(*PARAMETER_PUBLISHERS)
def preview(key: str, draft_id: int) -> str:
    return _preview_page(*_draft(key, draft_id))


@blueprint.post(f"{DRAFT}/publication")
@roles(*PARAMETER_PUBLISHERS)
def publish(key: str, draft_id: int) -> Any:
    loaded, found = _draft(key, draft_id)
    try:
        row = publishing.publish(
            db.session,
            found,
            loaded,
            version=_version(),
            seen=request.form.get("seen", ""),
            confirmed=request.form.get("confirmed") == "yes",
            today=g.today,
        )
    except DomainError as error:
        db.session.rollback()
        return _preview_page(*_draft(key, draft_id), problem=sentence(error)), error.status
    flash(_("已公布（第%(n)s次），从各值的起始日期起适用。", n=row.number), "success")
    return redirect(url_for("parameters.index", key=key, _anchor="history"))


# ── pages and pieces ────────────────────────────────────────────────────────────────────────────────────────────────


def _draft(key: str, draft_id: int) -> tuple[LoadedPolicy, ParameterDraft]:
    found = drafting.load(db.session, draft_id)
    if found.policy_key != key:
        raise NotFound("没有这份参数草案，或您无权查看")
    return view.loaded_policy(key), found


def _version() -> int | None:
    return request.form.get("version", type=int)


def _checked_today() -> dict[str, str]:
    return {"checked_on": g.today.isoformat()}


def _to(found: ParameterDraft, anchor: str | None = None) -> Response:
    return redirect(url_for("parameter_drafts.show", key=found.policy_key, draft_id=found.id, _anchor=anchor))


def _draft_page(
    loaded: LoadedPolicy,
    found: ParameterDraft,
    *,
    form: DraftForm | None = None,
    typed: list[dict[str, str]] | None = None,
    mistakes: dict[str, str] | None = None,
    problem: str = "",
) -> str:
    own = found.author_id == g.asker.user_id
    checked = drafting.check(db.session, found, loaded, g.today)
    choices = view.choices(loaded)
    data = {"version": found.version, "note": found.note, "correction": found.correction or ""}
    return render_template(
        "parameters/draft.html",
        loaded=loaded,
        draft=found,
        row=view.draft_rows([found])[0],
        own=own,
        editable=own and found.state is DraftState.DRAFT and g.asker.may(*PARAMETER_DRAFTERS),
        may_publish=not own and g.asker.may(*PARAMETER_PUBLISHERS),
        form=form or DraftForm(formdata=None, data=data),
        rows=row_forms(typed if typed is not None else found.rows, choices, checked.reading.problems),
        choices=choices,
        checked=checked,
        problems=view.problems(checked.reading, found, loaded),
        values=view.draft_values(checked.reading.values, loaded),
        report=view.report(checked.report, loaded) if checked.report else None,
        mistakes=mistakes or {},
        typed=request.form,
        problem=problem,
    )  # fmt: skip


def _preview_page(loaded: LoadedPolicy, found: ParameterDraft, *, problem: str = "") -> str:
    if found.author_id == g.asker.user_id:
        problem = problem or _("起草和公布须由不同的人办理；请另一位有权公布的人核对后公布")
    shown = publishing.preview(db.session, found, loaded, g.today)
    return render_template(
        "parameters/publication.html",
        loaded=loaded,
        draft=found,
        row=view.draft_rows([found])[0],
        preview=view.preview(shown, loaded),
        report=view.report(shown.checked.report, loaded) if shown.checked.report else None,
        ready=found.state is DraftState.SUBMITTED and shown.checked.green and found.author_id != g.asker.user_id,
        problem=problem,
    )
