"""通知书: the list, one letter with its proof, and the file as it was signed."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, send_file, url_for
from flask_babel import gettext as _

from core.data.models import DISTRICT_ROLES, TENANT_ROLES, LetterStatus, Role
from core.errors import DomainError, NotFound
from core.extensions import db
from core.services import letter_search, replacements
from core.services.transparency import proofs
from core.web.access import roles
from core.web.downloads import harmless
from core.web.forms.letters import PersonForm
from core.web.forms.replacements import ReplacementForm, ReplacementOpinionForm
from core.web.views import audit_packs, letter_file, letter_list

blueprint = Blueprint("letters", __name__)
READERS = (*TENANT_ROLES, *DISTRICT_ROLES)


@blueprint.get("/letters")
@roles(*READERS)
def index() -> str:
    return _index(PersonForm(formdata=None))


@blueprint.get("/letters/export")
@roles(*READERS)
def export() -> Response:
    return letter_list.table().file()


@blueprint.post("/letters/person")
@roles(Role.AUDITOR)
def by_person() -> Any:
    """To the letters that rest on a person's insured months. The address has a keyed hash of the number."""
    form = PersonForm()
    if form.validate():
        try:
            index = letter_search.by_person(db.session, form.id_type.data, form.id_number.data)
            return redirect(url_for("letters.index", person=index))
        except DomainError as error:
            form.say(error)
    return _index(form), 422


def _index(form: PersonForm) -> str:
    table = letter_list.table()
    return render_template(
        "letter/index.html",
        page=table.page(),
        sums=letter_list.sums(table),
        year=letter_list.year(),
        person=form if letter_list.may_find_persons() else None,
        tones=letter_list.TONES,
    )


@blueprint.get("/letters/<int:letter_id>")
@roles(*READERS)
def show(letter_id: int) -> str:
    return letter_file.page(letter_file.letter_of(letter_id))


@blueprint.post("/letters/<int:letter_id>/replacement")
@roles(*replacements.ASKERS)
def ask_replacement(letter_id: int) -> Any:
    """Ask that the letter be replaced."""
    form = ReplacementForm()
    if form.validate():
        try:
            replacements.ask(db.session, letter_file.letter_of(letter_id), form.cause.data, form.reason.data)
            flash(_("已申请补发，由审批人确认。"), "success")
            return redirect(url_for("letters.show", letter_id=letter_id))
        except DomainError as error:
            db.session.rollback()
            form.say(error)
    return letter_file.page(letter_file.letter_of(letter_id), form=form), 422


@blueprint.post("/letters/<int:letter_id>/replacement/decision")
@roles(*replacements.DECIDERS)
def decide_replacement(letter_id: int) -> Any:
    """Confirm that it be replaced, or not."""
    form, granted = ReplacementOpinionForm(), request.form.get("granted") == "yes"
    if form.validate():
        try:
            letter = letter_file.letter_of(letter_id)
            replacements.decide(db.session, letter, granted=granted, opinion=form.opinion.data or "")
            flash(
                _("已确认补发，新的通知书正在制作，做好后原通知书作废。") if granted else _("已决定不补发。"), "success"
            )
            return redirect(url_for("letters.show", letter_id=letter_id))
        except DomainError as error:
            db.session.rollback()
            form.say(error)
    return letter_file.page(letter_file.letter_of(letter_id), opinion=form), 422


@blueprint.get("/letters/<int:letter_id>/file")
@roles(*READERS)
def file(letter_id: int) -> Response:
    """The stored bytes, as signed, for ever the same."""
    letter = letter_file.letter_of(letter_id)
    return harmless(letter_file.path_of(letter), "application/pdf", f"{letter.number}.pdf")


@blueprint.get("/letters/<int:letter_id>/proof")
@roles(*READERS)
def proof(letter_id: int) -> Response:
    """That the letter is in the transparency log, to be kept beside the file: `FILE.pdf.proof`."""
    letter = letter_file.letter_of(letter_id)
    if letter.status is not LetterStatus.ISSUED:
        raise NotFound("只有发出的通知书才有日志证明；作废的，请看代替它的通知书")
    body = BytesIO(proofs.of_letter(db.session, letter))
    name = f"{letter.number}.pdf.proof"
    return send_file(body, mimetype="application/json", as_attachment=True, download_name=name)


@blueprint.get("/letters/<int:letter_id>/pack")
@roles(Role.AUDITOR, Role.DISTRICT_ADMIN)
def pack(letter_id: int) -> Response:
    """What proves the letter, in one ZIP for people without an account."""
    letter = letter_file.letter_of(letter_id)
    return audit_packs.send([letter], letter.number)


@blueprint.get("/letters/<int:letter_id>/capsule")
@roles(*READERS)
def capsule(letter_id: int) -> Response:
    """The decision capsule, in its canonical bytes."""
    letter = letter_file.letter_of(letter_id)
    response = Response(letter.decision.capsule, mimetype="application/json")
    response.headers["Content-Disposition"] = f'attachment; filename="capsule-{letter.decision_id}.json"'
    return response
