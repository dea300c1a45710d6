"""An issued paper of the procedure, for the worlds of the access matrix."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.data import models as m
from core.letters.store import Store

NAMES = ("case_paper",)


def rows(session: Session, letters: Path, letter: m.Letter, mark: str) -> dict[str, Any]:
    """By the parameter that a route calls it by, without `_id`; every text carries `mark`."""
    asked = select(m.CasePaper).where(m.CasePaper.case_id == letter.case_id)
    paper = session.scalars(asked.order_by(m.CasePaper.id).limit(1)).one()
    body = f"%PDF-1.7 {mark} paper".encode()
    paper.issuer_id, paper.year, paper.seq, paper.number = letter.issuer_id, 2026, 1, f"{mark}受〔2026〕1号"
    paper.issued_on, paper.status, paper.content = letter.issued_on, m.PaperStatus.ISSUED, {"number": paper.number}
    paper.file_sha256, paper.file_size = Store(letters).put(body), len(body)
    session.flush()
    return {"case_paper": paper}


BODIES: dict[str, Any] = {
    "letters.ask_replacement": lambda w: {"cause": "lost", "reason": "邮寄途中遗失"},
    "letters.decide_replacement": lambda w: {"granted": "no", "opinion": "不同意"},
}
