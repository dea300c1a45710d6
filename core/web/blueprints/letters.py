"""通知书: the list, one letter with its proof, and the file as it was signed."""

from __future__ import annotations

import json
from collections import Counter
from io import BytesIO
from pathlib import Path
from typing import Any

from flask import Blueprint, Response, current_app, flash, g, redirect, render_template, request, send_file, url_for
from flask_babel import gettext as _

from core.data.asker import Reach
from core.data.models import DISTRICT_ROLES, TENANT_ROLES, Letter, LetterKind, LetterStatus, Role
from core.data.queries import audit as trail
from core.data.queries import letters as reading
from core.errors import DomainError, NotFound
from core.extensions import db
from core.letters.store import Store
from core.services import letters, replacements, ties
from core.services.transparency import proofs
from core.web import replay_words
from core.web.access import roles
from core.web.downloads import harmless
from core.web.forms.replacements import ReplacementForm, ReplacementOpinionForm
from core.web.forms.replays import RULES
from core.web.listing import BulkAction, Column, Filter, Input, Option
from core.web.views import case_papers, verification
from core.web.views import replays as replayed
from core.web.views.case_page import policy_titles, registry
from core.web.views.lists import Shown, Table, as_is

blueprint = Blueprint("letters", __name__)
READERS = (*TENANT_ROLES, *DISTRICT_ROLES)


def _columns() -> tuple[Column, ...]:
    shown = [
        Column("number", _("文号"), kind="code", sortable=True, primary=True),
        Column("tenant", _("单位"), sortable=True),
        Column("policy", _("政策")),
        Column("kind_word", _("种类")),
        Column("issued_on", _("日期"), kind="date", sortable=True),
        Column("amount_fen", _("金额（元）"), kind="money", sortable=True),
        Column("status_word", _("状态")),
    ]
    if g.asker.reach is Reach.DISTRICT:
        shown.insert(2, Column("operator", _("运营机构"), phone=False))
    return tuple(shown)


def _table() -> Table:
    titles = policy_titles()
    kinds = {LetterKind.AWARD: _("核定"), LetterKind.REFUSAL: _("不予核定")}
    statuses = {LetterStatus.ISSUED: _("已发出"), LetterStatus.NUMBERED: _("制作中"), LetterStatus.VOID: _("作废")}

    def row(r: Any) -> Shown:
        return as_is(r) | {
            "policy": titles.get(r.policy_key, r.policy_key),
            "kind_word": kinds[r.kind],
            "status_word": _("已撤销") if r.revoked else statuses[r.status],
        }

    return Table(
        "letters",
        _("通知书"),
        reading.listing(),
        _columns(),
        (
            Filter("kind", _("种类"), [Option(k.value, word) for k, word in kinds.items()]),
            Filter("status", _("状态"), [Option(s.value, word) for s, word in statuses.items()]),
            Filter("policy", _("政策"), [Option(key, title) for key, title in titles.items()]),
        ),
        sort="-issued_on",
        search=_("文号、单位、申请编号"),
        row=row,
        href=lambda r: url_for("letters.show", letter_id=r["id"]),
        export="letters.export",
        bulk=_bulk(),
    )


def _bulk() -> tuple[BulkAction, ...]:
    """What auditors and the district may do with picked letters."""
    if not g.asker.may(*replayed.READERS):
        return ()
    how = Input("rules", _("用什么规则"), [Option(value, str(word)) for value, word in RULES])
    return (BulkAction("replay", _("重算所选"), "replays.letters", icon="refresh", inputs=(how,), submit=_("重算")),)


@blueprint.get("/letters")
@roles(*READERS)
def index() -> str:
    return render_template("letter/index.html", page=_table().page())


@blueprint.get("/letters/export")
@roles(*READERS)
def export() -> Response:
    return _table().file()


@blueprint.get("/letters/<int:letter_id>")
@roles(*READERS)
def show(letter_id: int) -> str:
    return _page(_letter(letter_id))


@blueprint.post("/letters/<int:letter_id>/replacement")
@roles(*replacements.ASKERS)
def ask_replacement(letter_id: int) -> Any:
    """Ask that the letter be replaced."""
    form = ReplacementForm()
    if form.validate():
        try:
            replacements.ask(db.session, _letter(letter_id), form.cause.data, form.reason.data)
            flash(_("已申请补发，由审批人确认。"), "success")
            return redirect(url_for("letters.show", letter_id=letter_id))
        except DomainError as error:
            db.session.rollback()
            form.say(error)
    return _page(_letter(letter_id), form=form), 422


@blueprint.post("/letters/<int:letter_id>/replacement/decision")
@roles(*replacements.DECIDERS)
def decide_replacement(letter_id: int) -> Any:
    """Confirm that it be replaced, or not."""
    form, granted = ReplacementOpinionForm(), request.form.get("granted") == "yes"
    if form.validate():
        try:
            letter = _letter(letter_id)
            replacements.decide(db.session, letter, granted=granted, opinion=form.opinion.data or "")
            flash(
                _("已确认补发，新的通知书正在制作，做好后原通知书作废。") if granted else _("已决定不补发。"), "success"
            )
            return redirect(url_for("letters.show", letter_id=letter_id))
        except DomainError as error:
            db.session.rollback()
            form.say(error)
    return _page(_letter(letter_id), opinion=form), 422


def _letter(letter_id: int) -> Letter:
    """The letter, for whoever may read its case. Raises `NotFound`, `Tied`."""
    letter = letters.load(db.session, letter_id)
    if g.asker.reach is Reach.DISTRICT:
        ties.refuse(db.session, letter.case, g.asker)
    return letter


def _page(letter: Letter, **forms: Any) -> str:
    """The letter, the lines of its verification, its capsule, its trail, and what replaces it."""
    result = None
    if letter.status is LetterStatus.ISSUED:
        result = verification.verify(db.session, _path(letter).read_bytes())
    sealed = json.loads(letter.decision.capsule)
    return render_template(
        "letter/show.html",
        letter=letter,
        evidence=_evidence(sealed),
        card=registry().get(letter.case.policy_key).card if letter.case.policy_key in registry() else None,
        standing=letters.standing(db.session, letter),
        result=result,
        rows=verification.rows(result) if result else [],
        capsule=sealed,
        replayed=replayed.of_letter(letter),
        replay_words=replay_words,
        replacement=case_papers.replacement(letter, **forms),
        events=trail.of_subject(db.session, g.asker, "letter", letter.id),
        auditing=Role.AUDITOR in g.asker.roles or g.asker.reach is Reach.DISTRICT,
    )


def _evidence(capsule: dict[str, Any]) -> dict[str, Any]:
    """The lines this decision spent, and how many others it looked at, by source grade."""
    used = {use["line"]: use["amount_fen"] for use in capsule["uses"]}
    rows = [e | {"amount_fen": used[e["line"]]} for e in capsule["evidence"] if e["line"] in used]
    seen = Counter(e["grade"] for e in capsule["evidence"] if e["line"] not in used)
    return {"used": rows, "seen": sorted(seen.items())}


@blueprint.get("/letters/<int:letter_id>/file")
@roles(*READERS)
def file(letter_id: int) -> Response:
    """The stored bytes, as signed, for ever the same."""
    letter = _letter(letter_id)
    return harmless(_path(letter), "application/pdf", f"{letter.number}.pdf")


@blueprint.get("/letters/<int:letter_id>/proof")
@roles(*READERS)
def proof(letter_id: int) -> Response:
    """That the letter is in the transparency log, to be kept beside the file: `FILE.pdf.proof`."""
    letter = _letter(letter_id)
    if letter.status is not LetterStatus.ISSUED:
        raise NotFound("只有发出的通知书才有日志证明；作废的，请看代替它的通知书")
    body = BytesIO(proofs.of_letter(db.session, letter))
    name = f"{letter.number}.pdf.proof"
    return send_file(body, mimetype="application/json", as_attachment=True, download_name=name)


@blueprint.get("/letters/<int:letter_id>/capsule")
@roles(*READERS)
def capsule(letter_id: int) -> Response:
    """The decision capsule, in its canonical bytes."""
    letter = _letter(letter_id)
    response = Response(letter.decision.capsule, mimetype="application/json")
    response.headers["Content-Disposition"] = f'attachment; filename="capsule-{letter.decision_id}.json"'
    return response


def _path(letter: Letter) -> Path:
    if letter.file_sha256 is None:  # a void one keeps its file
        raise NotFound("通知书还在制作中，通常几秒钟即可完成，请稍后刷新")
    path = Store(current_app.extensions["settings"].letters).path(letter.file_sha256)
    if not path.exists():
        raise NotFound("通知书文件不在存储中，请联系平台管理人员从备份恢复")
    return path
