"""The signature itself: a CMS container of the one shape a letter has, checked to the last bit.

Sources: RFC 5652 (CMS), RFC 5035 (signing-certificate-v2), ETSI EN 319 142-1 (PAdES baseline), RFC 3161 (time stamps).
Anything beyond that shape is refused, because what nobody checks, somebody can change. The path to a trusted root is
looked at elsewhere (`core.letters.paths`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import new as new_hash
from pathlib import Path
from typing import Any

from asn1crypto import algos, cms, pem, tsp
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

_HASHES: dict[str, hashes.HashAlgorithm] = {h.name: h for h in (hashes.SHA256(), hashes.SHA384(), hashes.SHA512())}
_ATTRIBUTES = {"content_type", "message_digest", "signing_certificate_v2"}
_STAMP_ATTRIBUTES = {"signing_time", "signing_certificate", "cms_algorithm_protection"}
_MAX_CERTIFICATES = 8
UNREADABLE = (
    *(ValueError, TypeError, UnsupportedAlgorithm),
    *(x509.InvalidVersion, x509.DuplicateExtension, x509.UnsupportedGeneralNameType),
)
"""What reading a key or certificate raises that is none, or none we know."""


class RootsError(ValueError):
    """A file holds no certificate that can be read. `file`: which; the message says what to do, in English."""

    def __init__(self, file: Path) -> None:
        super().__init__(f"{file} holds no certificate that can be read: give a PEM or DER certificate")
        self.file = file


class SignatureError(Exception):
    """The signature is not intact, or not of the shape a letter has. The message says what, in English."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """An intact RFC 3161 time stamp on a signature. Says nothing about trust (`core.letters.timing`)."""

    at: datetime
    service: asn1_x509.Certificate
    others: tuple[asn1_x509.Certificate, ...]


@dataclass(frozen=True, slots=True)
class Signed:
    """An intact signature: what it was made with. Says nothing about trust."""

    signer: asn1_x509.Certificate
    others: tuple[asn1_x509.Certificate, ...]
    stamp: Stamp | None

    @property
    def name(self) -> str:
        """Common name of the signer."""
        return common_name(self.signer)

    @property
    def begins(self) -> datetime:
        """First instant of the signer's certificate (aware)."""
        start: datetime = self.signer["tbs_certificate"]["validity"]["not_before"].native
        return start

    @property
    def until(self) -> datetime:
        """Last instant of the signer's certificate (aware)."""
        end: datetime = self.signer["tbs_certificate"]["validity"]["not_after"].native
        return end


def open_signature(der: bytes, digest: bytes) -> Signed:
    """The signature in `der`, if it is intact and signs the content with that SHA-256. Raises SignatureError."""
    try:
        data = cms.ContentInfo.load(der, strict=True)["content"]
        signer, others, info = _intact(data, digest, _ATTRIBUTES)
        if data["encap_content_info"]["content_type"].native != "data" or _rebuilt(data, signer) != der:
            raise SignatureError("it is not written in the one form that a letter's signature has")
        return Signed(signer, others, _time_stamp(info))
    except SignatureError:
        raise
    except (*UNREADABLE, KeyError, AttributeError, IndexError) as error:
        raise SignatureError(f"its bytes cannot be read ({type(error).__name__})") from error


def _rebuilt(data: cms.SignedData, signer: asn1_x509.Certificate) -> bytes:
    """The container written anew from the parts that are vouched for.

    Certificates, signed attributes, content and signature are checked each; all else has one spelling. If this is what
    is in the file, there is no bit in it that could be another one.
    """
    (info,) = data["signer_infos"]
    algorithm, mechanism = info["digest_algorithm"], info["signature_algorithm"]
    oid = algos.DigestAlgorithmId(algorithm["algorithm"].native).dump()
    null = b"\x05\x00"
    # Of the two ways to name RSA only rsaEncryption is taken: the other differs in one byte and means the same.
    suffix = null if mechanism["algorithm"].native == "rsassa_pkcs1v15" else b""
    if algorithm.dump() not in (_tlv(0x30, oid), _tlv(0x30, oid + null)):
        return b""
    if mechanism.dump() != _tlv(0x30, mechanism["algorithm"].dump() + suffix):
        return b""
    tbs = signer["tbs_certificate"]
    body = (
        _tlv(0x02, b"\x01")
        + _tlv(0x30, tbs["issuer"].dump() + tbs["serial_number"].dump())
        + algorithm.dump()
        + _tlv(0xA0, info["signed_attrs"].contents)
        + mechanism.dump()
        + _tlv(0x04, info["signature"].native)
    )
    if info["unsigned_attrs"]:
        body += _tlv(0xA1, info["unsigned_attrs"].contents)
    content = data["encap_content_info"]
    kind = content["content_type"].native
    inner = b"" if kind == "data" else _tlv(0xA0, _tlv(0x04, content["content"].contents))
    signed_data = (
        _tlv(0x02, b"\x01" if kind == "data" else b"\x03")
        + _tlv(0x31, algorithm.dump())
        + _tlv(0x30, cms.ContentType(kind).dump() + inner)
        + _tlv(0xA0, b"".join(choice.chosen.dump() for choice in data["certificates"]))
        + _tlv(0x31, _tlv(0x30, body))
    )
    return _tlv(0x30, cms.ContentType("signed_data").dump() + _tlv(0xA0, _tlv(0x30, signed_data)))


def _tlv(tag: int, value: bytes) -> bytes:
    """One DER value: tag, shortest length, contents."""
    size = len(value)
    if size < 0x80:
        return bytes((tag, size)) + value
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 + len(length))) + length + value


def _intact(
    data: cms.SignedData, digest: bytes, allowed: set[str]
) -> tuple[asn1_x509.Certificate, tuple[asn1_x509.Certificate, ...], cms.SignerInfo]:
    """Signer, other certificates and signer info of a SignedData whose content has that digest (of its algorithm)."""
    infos, certificates = data["signer_infos"], [choice.chosen for choice in data["certificates"]]
    if len(infos) != 1 or not 1 <= len(certificates) <= _MAX_CERTIFICATES or data["crls"].native:
        raise SignatureError("it does not hold exactly one signer with a certificate")
    for certificate in certificates:
        _ = certificate.native  # all of it now: what is read only when it is asked for would fail there
    (info,) = infos
    algorithm = info["digest_algorithm"]["algorithm"].native
    if algorithm not in _HASHES or [a["algorithm"].native for a in data["digest_algorithms"]] != [algorithm]:
        raise SignatureError(f"its digest algorithm {algorithm} is not accepted")
    signer = _signer(info, certificates)
    attributes = {attribute["type"].native: attribute["values"] for attribute in info["signed_attrs"]}
    if (
        len(attributes) != len(info["signed_attrs"])
        or not {"content_type", "message_digest"} <= set(attributes) <= allowed
    ):
        raise SignatureError("its signed attributes are not those of a letter")
    if any(len(values) != 1 for values in attributes.values()):
        raise SignatureError("one of its attributes has several values")
    if attributes["content_type"][0].native != data["encap_content_info"]["content_type"].native:
        raise SignatureError("it signs another kind of content")
    if attributes["message_digest"][0].native != digest:
        raise SignatureError("the file was changed after it was signed")
    _bound(attributes, signer)
    _verify(info, signer)
    others = tuple(certificate for certificate in certificates if certificate.dump() != signer.dump())
    _authentic(signer, others)
    return signer, others, info


def _signer(info: cms.SignerInfo, certificates: list[asn1_x509.Certificate]) -> asn1_x509.Certificate:
    sid = info["sid"].chosen.dump()
    for certificate in certificates:
        tbs = certificate["tbs_certificate"]
        if sid == _tlv(0x30, tbs["issuer"].dump() + tbs["serial_number"].dump()):
            return certificate
    raise SignatureError("the signer's certificate is not in it")


def _bound(attributes: dict[str, Any], signer: asn1_x509.Certificate) -> None:
    """The signature names the very certificate it was made with (so that no other can be put in its place)."""
    if "signing_certificate_v2" in attributes:
        first = attributes["signing_certificate_v2"][0]["certs"][0]
        algorithm = first["hash_algorithm"]["algorithm"].native
    elif "signing_certificate" in attributes:  # older time stamp services (RFC 2634)
        first, algorithm = attributes["signing_certificate"][0]["certs"][0], "sha1"
    else:
        raise SignatureError("it does not name its certificate")
    if new_hash(algorithm, signer.dump()).digest() != first["cert_hash"].native:
        raise SignatureError("its certificate was exchanged")


def _verify(info: cms.SignerInfo, signer: asn1_x509.Certificate) -> None:
    algorithm = _HASHES[info["digest_algorithm"]["algorithm"].native]
    message = _tlv(0x31, info["signed_attrs"].contents)  # signed as a SET, kept as [0]: RFC 5652, 5.4
    mechanism = info["signature_algorithm"]
    key = _pyca(signer).public_key()
    try:
        if isinstance(key, ec.EllipticCurvePublicKey) and mechanism.signature_algo == "ecdsa":
            if mechanism.hash_algo != algorithm.name:
                raise SignatureError("its algorithms do not agree")
            key.verify(info["signature"].native, message, ec.ECDSA(algorithm))
        elif isinstance(key, rsa.RSAPublicKey) and mechanism["algorithm"].native == "rsassa_pkcs1v15":
            key.verify(info["signature"].native, message, padding.PKCS1v15(), algorithm)
        else:
            raise SignatureError(f"its algorithm {mechanism['algorithm'].native} is not accepted")
    except InvalidSignature:
        raise SignatureError("it was not made with the key of its certificate, or was changed") from None


def _authentic(signer: asn1_x509.Certificate, others: tuple[asn1_x509.Certificate, ...]) -> None:
    """Every further certificate leads up from the signer: one that hangs loose could be changed unnoticed."""
    loose, current = list(others), signer
    while loose:
        issuer = next((c for c in loose if c.subject == current.issuer), None)
        if issuer is None:
            raise SignatureError("it holds a certificate that has nothing to do with the signer")
        try:
            _pyca(current).verify_directly_issued_by(_pyca(issuer))
        except (InvalidSignature, ValueError, TypeError):
            raise SignatureError("a certificate in it was changed") from None
        loose.remove(issuer)
        current = issuer


def _time_stamp(info: cms.SignerInfo) -> Stamp | None:
    """The RFC 3161 time stamp on this signature. Raises SignatureError for a stamp of something else."""
    unsigned = list(info["unsigned_attrs"] or [])
    if not unsigned:
        return None
    if (
        len(unsigned) > 1
        or unsigned[0]["type"].native != "signature_time_stamp_token"
        or len(unsigned[0]["values"]) != 1
    ):
        raise SignatureError("it has unsigned attributes other than one time stamp")
    token = unsigned[0]["values"][0]["content"]
    content: tsp.TSTInfo = token["encap_content_info"]["content"].parsed
    imprint = content["message_imprint"]
    stamped = new_hash(imprint["hash_algorithm"]["algorithm"].native, info["signature"].native).digest()
    if stamped != imprint["hashed_message"].native:
        raise SignatureError("its time stamp belongs to another signature")
    algorithm = token["signer_infos"][0]["digest_algorithm"]["algorithm"].native
    digest = new_hash(algorithm, token["encap_content_info"]["content"].contents).digest()
    service, others, _ = _intact(token, digest, _ATTRIBUTES | _STAMP_ATTRIBUTES)
    kind = cms.CMSAttributeType("signature_time_stamp_token").dump()
    if _tlv(0x30, kind + _tlv(0x31, _rebuilt(token, service))) != info["unsigned_attrs"].contents:
        raise SignatureError("its time stamp is not written in the one form that it can have")
    return Stamp(content["gen_time"].native, service, others)


def load_roots(paths: Sequence[Path]) -> tuple[bytes, ...]:
    """Certificates (DER) of PEM or DER files. Raises RootsError for a file that holds none, OSError."""
    roots: list[bytes] = []
    for path in paths:
        data = path.read_bytes()
        try:
            found = [der for _, _, der in pem.unarmor(data, multiple=True)] if pem.detect(data) else [data]
            for der in found:
                root = asn1_x509.Certificate.load(der, strict=True)
                _ = root.native, _pyca(root).subject  # now, and not where it is asked for
                roots.append(root.dump())
        except UNREADABLE as error:
            raise RootsError(path) from error
    return tuple(dict.fromkeys(roots))


def common_name(certificate: asn1_x509.Certificate) -> str:
    """Common name of a certificate's subject, else the whole name."""
    return str(certificate.subject.native.get("common_name") or certificate.subject.human_friendly)


def _pyca(certificate: asn1_x509.Certificate) -> x509.Certificate:
    return x509.load_der_x509_certificate(certificate.dump())
