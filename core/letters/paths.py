"""Whether a certificate leads to a trusted root, validated by pyhanko-certvalidator (RFC 5280), without a network."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Sequence
from datetime import datetime

from asn1crypto import x509 as asn1_x509
from pyhanko_certvalidator import CertificateValidator, ValidationContext
from pyhanko_certvalidator.errors import PathBuildingError, PathValidationError, ValidationError

from core.letters.cms import Signed, Stamp


def path_problem(signed: Signed, roots: Sequence[bytes], at: datetime) -> str | None:
    """Why the signer does not lead to one of the roots (DER) at that time; None if it does."""
    others = tuple(certificate.dump() for certificate in signed.others)
    return _path_problem(signed.signer.dump(), others, tuple(roots), _rounded(at))


def stamp_problem(stamp: Stamp, roots: Sequence[bytes]) -> str | None:
    """Why the time stamp's service is not one that leads to the roots and may stamp; None if it is."""
    purposes = stamp.service.extended_key_usage_value
    if purposes is None or "time_stamping" not in purposes.native:
        return "its certificate is not for time stamps"
    others = tuple(certificate.dump() for certificate in stamp.others)
    return _path_problem(stamp.service.dump(), others, tuple(roots), _rounded(stamp.at))


def _rounded(at: datetime) -> datetime:
    """To the minute, so that many letters ask the same."""
    return at.replace(second=0, microsecond=0)


@functools.lru_cache(maxsize=256)  # an auditor checks many letters of few signers
def _path_problem(signer: bytes, others: tuple[bytes, ...], roots: tuple[bytes, ...], at: datetime) -> str | None:
    load = asn1_x509.Certificate.load
    context = ValidationContext(
        trust_roots=[load(root) for root in roots], moment=at, allow_fetching=False, revocation_mode="soft-fail"
    )
    certificate = load(signer)
    validator = CertificateValidator(
        certificate, intermediate_certs=[load(other) for other in others], validation_context=context
    )
    try:
        asyncio.run(validator.async_validate_path())
    except (PathBuildingError, PathValidationError, ValidationError) as error:
        return str(error)
    # Signing certificates are issued for either purpose; without the extension for any (RFC 5280, 4.2.1.3).
    usage = certificate.key_usage_value
    if usage is not None and not usage.native & {"digital_signature", "non_repudiation"}:
        return "its certificate is not for signing"
    return None
