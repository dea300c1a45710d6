"""文书 of the procedure as files: from plain content to an unsigned PDF/A-3 with that content attached.

The same press, signature and check as for letters (`render`, `certify`, `verify_letter`); inside is no decision but
`paper.json`, the canonical JSON of what the paper says, whose digest is printed on the page.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

import rfc8785

from core.letters.assets import printable
from core.letters.contents import PAPER_NAME, Contents, Inside, page_texts, parse_capsule
from core.letters.render import filled, printed, refuse_false
from core.letters.typeset import digest16, paper_values


def paper_html(content: Mapping[str, Any], raw: bytes) -> str:
    digest = "sha256:" + hashlib.sha256(raw).hexdigest()
    return filled(f"papers/case/{content['kind']}.html", paper_values(content, digest16(digest)))


def render_paper(content: Mapping[str, Any]) -> bytes:
    """The unsigned paper; the same content gives the same bytes. Raises LetterRefusedError, also where the printed
    page, read back, does not say what the content says."""
    raw = rfc8785.dumps(dict(content))
    inside = Inside(
        title=content["title"],
        number=content["number"],
        issuer=content["issuer"],
        addressee=content["to"],
        attached=raw,
        name=PAPER_NAME,
        description="文书内容：本文书所载的全部事项",
    )
    pdf = printed(paper_html(content, raw), inside, on=date.fromisoformat(content["issued_on"]))
    refuse_false(
        Contents(
            title=inside.title,
            number=inside.number,
            issuer=inside.issuer,
            payee=inside.addressee,
            signed_at="",
            capsule=parse_capsule(raw),
            capsule_bytes=raw,
            pages=page_texts(pdf),
            paper=True,
        )
    )
    return pdf


def unprintable(content: Any) -> str:
    """The characters in it that no font of ours can print, or that cannot be seen."""
    known = printable()
    return "".join(sorted({char for text in _texts(content) for char in text if ord(char) not in known}))


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _texts(item)
