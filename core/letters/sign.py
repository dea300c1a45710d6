"""Certifying a letter: a PAdES signature that allows no change afterwards, in the file's one and only revision.

An incremental signature would leave the unsigned letter inside the file as a first revision. Here the file is written
anew with the signature in it, so that "one revision, signed from the first byte to the last" can be demanded of every
letter (core.letters.verify). qpdf writes the file and pyHanko makes the signature: pyHanko's own way (copy into a new
writer, then sign) gives the same in 110 ms instead of 25, with larger files, PDF 2.0 and changed metadata.
"""

from __future__ import annotations

import asyncio
import hashlib
import io
import os
import zlib
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pikepdf
from asn1crypto import algos
from asn1crypto import keys as asn1_keys
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding
from pyhanko.sign import signers
from pyhanko.sign.general import SigningError as PyHankoError
from pyhanko_certvalidator.registry import SimpleCertificateStore

from core.letters.appearance import draw
from core.letters.cms import SignatureError, Signed, Stamp, open_signature
from core.letters.devca import ROOT_NAME
from core.letters.errors import SigningError
from core.letters.keyfiles import Key, read_key, require_valid
from core.letters.keylist import fingerprint_of
from core.letters.paths import stamp_problem
from core.letters.stamping import Stamper, TimeStampUnavailableError

FIELD = "Signature"

# Hexadecimal digits kept free for the signature: asking pyHanko to estimate costs a second signature. A P-256
# signature with its certificate takes 2,100, a time stamp with its chain up to 14,000 more.
_RESERVED, _RESERVED_TIMESTAMPED = 6_144, 24_576

# The signed range is known only when the file is written: numbers of full width stand in for it.
_PLACEHOLDERS = (1_000_000_001, 1_000_000_002, 1_000_000_003)
_BYTE_RANGE = b"[ 0 %d %d %d ]" % _PLACEHOLDERS


class _LoadedKeySigner(signers.SimpleSigner):
    """A SimpleSigner that parses its key once, not once per signature."""

    def __init__(self, key: Key, **arguments: Any) -> None:
        super().__init__(**arguments)
        self._key = key

    def sign_raw(self, data: bytes, digest_algorithm: str) -> bytes:
        """The signature over `data` (ECDSA or RSA PKCS #1 v1.5)."""
        algorithm = getattr(hashes, digest_algorithm.upper())()
        if isinstance(self._key, ec.EllipticCurvePrivateKey):
            return self._key.sign(data, ec.ECDSA(algorithm))
        return self._key.sign(data, padding.PKCS1v15(), algorithm)


@dataclass(frozen=True, slots=True)
class Signer:
    """A key with its certificate, ready to sign. Load it once per process.

    `pyhanko` may be any pyHanko signer, for instance one on a PKCS#11 token.
    """

    pyhanko: signers.Signer
    certificate: x509.Certificate
    timestamper: Stamper | None = field(default=None, repr=False)
    """RFC 3161 service: asked while signing, never after."""

    @property
    def name(self) -> str:
        """Whose certificate it is."""
        return _common_name(self.certificate.subject)

    @property
    def fingerprint(self) -> str:
        """By which its certificate is known (`core.letters.keylist`)."""
        return fingerprint_of(self.certificate.public_bytes(serialization.Encoding.DER))

    @property
    def development(self) -> bool:
        """Whether the certificate comes from the authority that `ensure_dev_ca` makes."""
        return _common_name(self.certificate.issuer) == ROOT_NAME

    @classmethod
    def load(cls, directory: Path, *, passphrase: bytes | None = None, timestamper: Stamper | None = None) -> Signer:
        """The signer in `directory`: signer.key.pem with signer.cert.pem (chain below it), or signer.p12.

        Raises SigningError naming the file, the reason and the remedy: missing, readable by others, wrong passphrase,
        key and certificate that don't belong together, an expired certificate.
        """
        key, certificates = read_key(Path(directory), passphrase)
        certificate = certificates[0]
        if certificate.public_key() != key.public_key():
            raise SigningError(
                f"key and certificate in {directory} do not belong together: put in the matching pair",
                f"{directory.name}里的私钥和证书不是一对，请放入配套的私钥和证书",
            )
        require_valid(certificate, directory)
        loaded = _LoadedKeySigner(
            key,
            signing_cert=_asn1(certificate),
            signing_key=asn1_keys.PrivateKeyInfo.load(
                key.private_bytes(
                    serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
                )
            ),
            cert_registry=_store(certificates[1:]),
            # RSA by its plain name, the one spelling that a letter's signature may have (core.letters.cms).
            signature_mechanism=None
            if isinstance(key, ec.EllipticCurvePrivateKey)
            else algos.SignedDigestAlgorithm({"algorithm": "rsassa_pkcs1v15"}),
            # The root is what a verifier must already have: inside the file it proves nothing.
            embed_roots=False,
        )
        return cls(pyhanko=loaded, certificate=certificate, timestamper=timestamper)


def certify(pdf: bytes, signer: Signer, *, at: datetime | None = None) -> bytes:
    """The letter, signed: one revision, certified with "no changes allowed" (DocMDP level 1), PAdES, SHA-256.

    `pdf` must have the empty signature field that `render` makes; `at` is the time of signing (aware; default: now).
    Raises SigningError; a time stamp that was asked for and could not be had is an error too, not a letter without one.
    """
    at = (at or datetime.now(UTC)).astimezone(UTC)
    try:
        data = bytearray(_with_placeholder(pdf, signer, at))
        start = data.index(b"/Contents <" + b"0" * 64) + len(b"/Contents ")
        end = data.index(b">", start) + 1
        _put(data, _BYTE_RANGE, f"[ 0 {start} {end} {len(data) - end} ]".encode())
        digest = hashlib.sha256(data[:start])
        digest.update(data[end:])
        signing = signer.pyhanko.async_sign(digest.digest(), "sha256", use_pades=True, timestamper=signer.timestamper)
        cms: bytes = asyncio.run(signing).dump()
        if len(cms) * 2 > end - start - 2:
            raise ValueError(
                f"the signature has {len(cms)} bytes and the file keeps {(end - start - 2) // 2} free for it"
            )
        signed = open_signature(cms, digest.digest())  # what would not verify is not issued
        if signer.timestamper and (problem := stamp_problem(_stamp_of(signed), signer.timestamper.roots)):
            raise ValueError(f"the time stamp service {signer.timestamper.host} is not trusted: {problem}")
        data[start + 1 : start + 1 + len(cms) * 2] = cms.hex().encode()
    except TimeStampUnavailableError:
        raise
    except (pikepdf.PdfError, PyHankoError, SignatureError, ValueError, OSError) as error:
        raise SigningError(
            f"the letter could not be signed with the certificate of {signer.name}: {error}",
            f"通知书无法用“{signer.name}”的证书签名：{error}",
        ) from error
    return bytes(data)


def prove(signer: Signer) -> Signed:
    """Sign a number that was never seen before, as a letter is signed, and check it as a letter is checked. Raises
    SigningError where key and certificate do not serve."""
    digest = hashlib.sha256(os.urandom(32)).digest()
    try:
        cms: bytes = asyncio.run(signer.pyhanko.async_sign(digest, "sha256", use_pades=True)).dump()
        return open_signature(cms, digest)
    except (PyHankoError, SignatureError, ValueError, OSError) as error:
        raise SigningError(
            f"a trial signature with the certificate of {signer.name} does not verify: {error}",
            f"用“{signer.name}”的证书试签没有通过：{error}",
        ) from error


def _stamp_of(signed: Signed) -> Stamp:
    if signed.stamp is None:
        raise ValueError("the time stamp that was asked for is not in it")
    return signed.stamp


def _with_placeholder(pdf: bytes, signer: Signer, at: datetime) -> bytes:
    """The letter written anew, with everything of the signature in it but the signature."""
    with pikepdf.open(io.BytesIO(pdf)) as document:
        root = document.Root
        fields = (
            [f for f in root.AcroForm.Fields if f.get("/T") == FIELD and "/V" not in f] if "/AcroForm" in root else []
        )
        if len(fields) != 1 or document.is_encrypted:
            raise ValueError(f"it has no empty signature field named {FIELD}: it does not come from `render`")
        (widget,) = fields
        left, bottom, right, top = (float(edge) for edge in widget.Rect)
        widget.AP = pikepdf.Dictionary(
            N=document.make_indirect(_appearance(document, signer, at, right - left, top - bottom))
        )
        widget.V = document.make_indirect(
            pikepdf.Dictionary(
                Type=pikepdf.Name.Sig,
                Filter=pikepdf.Name("/Adobe.PPKLite"),
                SubFilter=pikepdf.Name("/ETSI.CAdES.detached"),
                M=pikepdf.String(at.strftime("D:%Y%m%d%H%M%SZ")),
                Name=pikepdf.String(signer.name),
                Reference=[_no_changes()],
                ByteRange=[0, *_PLACEHOLDERS],
                Contents=pikepdf.String(bytes((_RESERVED_TIMESTAMPED if signer.timestamper else _RESERVED) // 2)),
            )
        )
        root.Perms = pikepdf.Dictionary(DocMDP=widget.V)
        out = io.BytesIO()
        document.save(
            out,
            object_stream_mode=pikepdf.ObjectStreamMode.generate,
            stream_decode_level=pikepdf.StreamDecodeLevel.none,
            deterministic_id=True,
            fix_metadata_version=False,
        )
    return out.getvalue()


def _no_changes() -> pikepdf.Dictionary:
    """Signature reference for DocMDP level 1 (ISO 32000-1, 12.8.2.2)."""
    name = pikepdf.Name
    params = pikepdf.Dictionary(Type=name.TransformParams, P=1, V=name("/1.2"))
    return pikepdf.Dictionary(Type=name.SigRef, TransformMethod=name.DocMDP, TransformParams=params)


def _appearance(document: pikepdf.Pdf, signer: Signer, at: datetime, width: float, height: float) -> pikepdf.Stream:
    content = zlib.compress(draw(signer.name, at, width, height))
    return pikepdf.Stream(
        document,
        content,
        Type=pikepdf.Name.XObject,
        Subtype=pikepdf.Name.Form,
        BBox=[0, 0, round(width, 2), round(height, 2)],
        Resources=pikepdf.Dictionary(),
        Filter=pikepdf.Name.FlateDecode,
    )


def _put(data: bytearray, pattern: bytes, value: bytes) -> None:
    """Replace the one occurrence of `pattern` by `value`, padded to the same length."""
    if data.count(pattern) != 1 or len(value) > len(pattern):
        raise ValueError("the place for the signed range was not found: the PDF writer has changed")
    at = data.index(pattern)
    data[at : at + len(pattern)] = value.ljust(len(pattern))


def _store(certificates: list[x509.Certificate]) -> SimpleCertificateStore:
    store = SimpleCertificateStore()  # type: ignore[no-untyped-call]
    store.register_multiple([_asn1(certificate) for certificate in certificates])
    return store


def _asn1(certificate: x509.Certificate) -> asn1_x509.Certificate:
    return asn1_x509.Certificate.load(certificate.public_bytes(serialization.Encoding.DER))


def _common_name(name: x509.Name) -> str:
    values = name.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
    return str(values[0].value) if values else name.rfc4514_string()
