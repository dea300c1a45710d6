"""Which root certificates this instance trusts: its own, those in `roots/` beside its keys, those its settings name."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import serialization

from core.letters.devca import ROOT_CERT

FOLDER = "roots"  # in the folder of the keys: for a new authority no setting has to be changed


def trusted_roots(signing: Path, named: Sequence[Path] = ()) -> tuple[Path, ...]:
    """The files, as `core.letters.cms.load_roots` takes them."""
    own = signing / ROOT_CERT
    return (*((own,) if own.exists() else ()), *sorted((signing / FOLDER).glob("*.pem")), *named)


def as_pem(roots: Sequence[bytes]) -> str:
    """The certificates (DER) in one text, each after the name of whose it is."""
    certificates = [x509.load_der_x509_certificate(root) for root in roots]
    parts = [
        f"# {it.subject.rfc4514_string()}\n{it.public_bytes(serialization.Encoding.PEM).decode()}"
        for it in certificates
    ]
    return "".join(parts)
