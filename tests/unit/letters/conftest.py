"""Letters made once for all tests of this folder: rendering one takes a quarter of a second."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from core.letters.cms import load_roots
from core.letters.context import LetterContext
from core.letters.devca import ensure_dev_ca
from core.letters.render import render
from core.letters.sign import Signer, certify
from tests.unit.letters.samples import CENTRE, RARE, award, refusal


@dataclass(frozen=True)
class Made:
    """A letter with what it was made from."""

    context: LetterContext
    capsule: bytes
    unsigned: bytes
    pdf: bytes


@pytest.fixture(scope="session")
def signing(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of a development authority and signer."""
    folder = tmp_path_factory.mktemp("signing")
    ensure_dev_ca(folder)
    return folder


@pytest.fixture(scope="session")
def signer(signing: Path) -> Signer:
    return Signer.load(signing)


@pytest.fixture(scope="session")
def roots(signing: Path) -> tuple[bytes, ...]:
    return load_roots([signing / "ca.cert.pem"])


@pytest.fixture(scope="session")
def letters(signer: Signer) -> dict[str, Made]:
    """One letter of each kind."""
    cases = {
        "award": award(),
        "rare": award(name=RARE, issuer=CENTRE, sample=True, seq=14),
        "refusal": refusal(),
    }
    made = {}
    for name, (context, capsule) in cases.items():
        unsigned = render(context, capsule)
        made[name] = Made(context, capsule, unsigned, certify(unsigned, signer))
    return made
