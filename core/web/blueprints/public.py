"""Pages for anyone: check a letter."""

from __future__ import annotations

from flask import Blueprint, render_template, request

from core.data.asker import Asker, asking
from core.data.models import Letter, RevocationNote
from core.data.queries import letters
from core.errors import Invalid
from core.extensions import db, limiter
from core.letters.numbering import normalise_check_code
from core.services import letters as standings
from core.services import replacements
from core.services.transparency import revoked
from core.web.access import public
from core.web.headers import allow_camera
from core.web.views import verification

blueprint = Blueprint("public", __name__)


@blueprint.route("/verify", methods=["GET", "POST"])
@public
@limiter.limit("30/minute", methods=["POST"])
def verify() -> str | tuple[str, int]:
    """Drop a letter, or type the code on it. The file is looked at and not kept."""
    allow_camera()
    if request.method == "GET":
        code = request.args.get("code", "")
        return render_template("public/verify.html", result=None, rows=[], listed=_listed(), **_by_code(code))
    sent = request.files.get("file")
    body = sent.read(verification.LARGEST + 1) if sent and sent.filename else b""
    if not body:
        raise Invalid("没有收到文件，请选择通知书的PDF原件", field="file")
    if len(body) > verification.LARGEST:
        raise Invalid("文件超过20MB，不会是本系统的通知书", field="file")
    result = verification.verify(db.session, body)
    return render_template(
        "public/verify.html",
        result=result,
        rows=verification.rows(result),
        replaced_by=verification.replaced_by(db.session, result),
        listed=_listed(),
        code="",
        found=None,
        standing=verification.standing(db.session, result),
    )


def _listed() -> RevocationNote | None:
    """The list of letters that no longer stand, to take along."""
    return revoked.newest(db.session)


def _by_code(code: str) -> dict[str, object]:
    """What the public may know of a letter by its check code: number, recipient, amount, date."""
    wanted = normalise_check_code(code) if code else ""
    with asking(db.session, Asker.system("verification")):
        letter = letters.by_check_code(db.session, wanted) if wanted else None
        found = standing = None
        if letter is not None:
            found = {
                "number": letter.number,
                "tenant": letter.tenant.name,
                "amount_fen": letter.amount_fen,
                "issued_on": letter.issued_on,
                "status": letter.status.value,
                "sha256": letter.file_sha256,
                "replaced_by": _replaced_by(letter),
            }
            standing = standings.standing(db.session, letter)
    return {"code": code, "found": found, "standing": standing}


def _replaced_by(letter: Letter) -> str:
    """The number of the letter that is in force in its place."""
    new = replacements.successor(db.session, letter)
    return new.number if new is not None else ""
