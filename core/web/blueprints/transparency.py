"""日志核验: the signed heads of the log, what an auditor takes along, and whether what they hold still holds."""

from __future__ import annotations

from io import BytesIO
from tempfile import TemporaryFile
from typing import Any

from flask import Blueprint, Response, current_app, g, render_template, send_file

from core.config import ROOT, Settings
from core.data.models import Role
from core.errors import DomainError, Invalid, NotFound
from core.extensions import db
from core.services.keys import trust
from core.services.transparency import keeping, proofs, revoked
from core.services.transparency.tree import size_of
from core.transparency.note import NoteError
from core.web.access import auditors_may, public, roles
from core.web.downloads import TAKEN_LOG, trace
from core.web.forms.transparency import HeldForm

blueprint = Blueprint("transparency", __name__)
READERS = (Role.AUDITOR, Role.DISTRICT_ADMIN, Role.AUDIT_ADMIN)
SHOWN = 20  # heads on the page
SCRIPT = ROOT / "scripts" / "verify_log.py"


@blueprint.get("/log")
@roles(*READERS)
def index() -> str:
    return _page(HeldForm())


@blueprint.post("/log/comparison")
@roles(*READERS)
@auditors_may
def compare() -> Any:
    """Compare a head that was kept elsewhere with the newest one. Changes nothing."""
    form = HeldForm()
    if form.validate():
        try:
            text = form.text()
            if not text.strip():
                raise Invalid("请粘贴签名点全文，或选择签名点文件", field="note")
            return _page(form, found=proofs.compare(db.session, text, _keys()))
        except NoteError as error:
            form.say(Invalid("签名点不能核对：%(why)s", field="note", why=error.zh))
        except DomainError as error:
            form.say(error)
    return _page(form), 422


def _page(form: HeldForm, found: proofs.Comparison | None = None) -> str:
    return render_template(
        "transparency/index.html",
        form=form,
        found=found,
        newest=keeping.newest(db.session),
        heads=keeping.recent(db.session, SHOWN),
        size=size_of(db.session),
        keys=[str(key) for key in _keys()],
    )


@blueprint.get("/log/checkpoint")
@public
def checkpoint() -> Response:
    """The newest signed head, for anybody who keeps it."""
    return _attached(_newest().note.encode(), "text/plain", f"checkpoint-{g.today:%Y%m%d}")


@blueprint.get("/revocations")
@public
def revocations() -> Response:
    """The newest signed list of the letters that no longer stand."""
    found = revoked.newest(db.session)
    if found is None:
        raise NotFound("还没有签发撤销列表，请平台管理人员运行 hongcai letters revocations")
    return _attached(found.note.encode(), "text/plain; charset=utf-8", f"revocations-{found.id}.txt")


@blueprint.get("/log/keys")
@public
def public_keys() -> Response:
    """The public keys of the log, the oldest first."""
    return Response("".join(f"{key}\n" for key in _keys()), mimetype="text/plain")


@blueprint.get("/log/hashes")
@roles(*READERS)
def hashes() -> Response:
    """The hashes under the newest head, to be kept beside it as FILE.hashes."""
    head = _newest()
    trace(TAKEN_LOG, {"what": "hashes", "size": head.size})
    body = b"".join(proofs.hashes(db.session, head.size))
    return _attached(body, "application/octet-stream", f"checkpoint-{g.today:%Y%m%d}.hashes")


@blueprint.get("/log/entries")
@roles(Role.AUDITOR, Role.DISTRICT_ADMIN)
def entries() -> Response:
    """The entries of the reader's district, one a line."""
    trace(TAKEN_LOG, {"what": "entries"})
    kept = TemporaryFile()  # noqa: SIM115 - closed when it was sent
    kept.writelines(proofs.lines(db.session, g.asker.district_id, reader=g.asker))
    kept.seek(0)
    name = f"entries-{g.today:%Y%m%d}.jsonl"
    return send_file(kept, mimetype="application/x-ndjson", as_attachment=True, download_name=name)


@blueprint.get("/log/verify_log.py")
@public
def script() -> Response:
    """The single file that checks all of it."""
    return _attached(SCRIPT.read_bytes(), "text/x-python", SCRIPT.name)


def _newest() -> Any:
    head = keeping.newest(db.session)
    if head is None:
        raise NotFound("日志还没有签名点，请平台管理人员运行 hongcai audit checkpoint")
    return head


def _keys() -> list[Any]:
    settings: Settings = current_app.extensions["settings"]
    return trust.log_keys(settings.signing)


def _attached(body: bytes, media_type: str, name: str) -> Response:
    return send_file(BytesIO(body), mimetype=media_type, as_attachment=True, download_name=name)
