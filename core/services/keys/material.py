"""What was put into a folder below that of the keys: is it fit to sign with? Read, checked, and tried.

var/signing/2027/signer.key.pem, signer.cert.pem     (or signer.p12)   for letters
var/signing/2027/log.key                                               for the log
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, ObjectIdentifier

from core.data.models import KeyPurpose
from core.errors import Invalid
from core.letters.cms import UNREADABLE, common_name
from core.letters.devca import SIGNER_KEY
from core.letters.errors import LetterError
from core.letters.keyfiles import SIGNER_P12, read_key
from core.letters.keylist import fingerprint_of
from core.letters.paths import path_problem
from core.letters.sign import Signer, prove
from core.services.transparency import keys as log_keys
from core.transparency.note import NoteError

T = TypeVar("T", bound=x509.ExtensionType)
PLACE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,59}")
LEAST_RSA = 2048
_HASHES = (hashes.SHA256, hashes.SHA384, hashes.SHA512)
# For what a certificate that signs documents may be issued; without the extension it is for anything.
_SIGNING = {
    ObjectIdentifier("1.3.6.1.5.5.7.3.36"),  # RFC 9336
    ObjectIdentifier("1.2.840.113583.1.1.5"),  # Adobe
    ObjectIdentifier("1.3.6.1.4.1.311.10.3.12"),  # Microsoft
    ExtendedKeyUsageOID.EMAIL_PROTECTION,
    ExtendedKeyUsageOID.CLIENT_AUTH,
    ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE,
}


@dataclass(frozen=True, slots=True)
class Material:
    """A key as found, by what everybody may know of it."""

    purpose: KeyPurpose
    place: str
    name: str
    fingerprint: str
    public: str
    not_before: datetime | None = None
    not_after: datetime | None = None


def places(signing: Path, purpose: KeyPurpose) -> list[str]:
    """The folders that hold something to be proposed."""
    files = (log_keys.PRIVATE,) if purpose is KeyPurpose.LOG else (SIGNER_KEY, SIGNER_P12)
    found = {path.parent.name for name in files for path in signing.glob(f"*/{name}")}
    return sorted(place for place in found if PLACE.fullmatch(place))


def folder(signing: Path, place: str) -> Path:
    """Where a key lies. Raises `Invalid` for what is no name of a folder."""
    if place and not PLACE.fullmatch(place):
        raise Invalid("请填写密钥目录下的子目录名，只用字母、数字、点、横线", field="place")
    return signing / place


def look(signing: Path, purpose: KeyPurpose, place: str) -> Material:
    """What is there, fit or not. Raises `Invalid` where it cannot be read."""
    where = folder(signing, place)
    if purpose is KeyPurpose.LOG:
        try:
            verifier = log_keys.signer_in(where).verifier
        except OSError as error:
            raise Invalid("%(file)s无法读取：%(why)s", field="place", file=_named(where), why=error.strerror) from error
        except NoteError as error:
            raise Invalid("%(file)s：%(why)s", field="place", file=_named(where), why=error.zh) from error
        return Material(purpose, place, verifier.name, fingerprint_of(verifier.public), str(verifier))
    with _readable():  # an old one that has run out is looked at too
        _key, (certificate, *_above) = read_key(where, None)
        der = certificate.public_bytes(serialization.Encoding.DER)
        return Material(
            purpose,
            place,
            common_name(asn1_x509.Certificate.load(der))[:200],
            fingerprint_of(der),
            certificate.public_bytes(serialization.Encoding.PEM).decode(),
            certificate.not_valid_before_utc,
            certificate.not_valid_after_utc,
        )


def check(
    signing: Path, material: Material, *, roots: Sequence[bytes], log_name: str, production: bool = False
) -> None:
    """Whether it may sign from now on; a trial signature must verify. Raises `Invalid`, which says what is wrong."""
    if material.purpose is KeyPurpose.LOG:
        _check_log(folder(signing, material.place), material, log_name)
        return
    with _readable():
        signer = Signer.load(folder(signing, material.place))
        if production and signer.development:
            raise Invalid("这是仅供演示的证书，不能用于正式的通知书；请放入发文机关的证书", field="place")
        _check_certificate(signer.certificate)
        signed = prove(signer)
    if not roots or path_problem(signed, roots, datetime.now(UTC)):
        raise Invalid(
            "证书“%(name)s”不能追溯到可信根证书；请把签发机构的根证书放入密钥目录的roots文件夹，"
            "中间证书放在signer.cert.pem里、本证书之后",
            field="place", name=material.name,
        )  # fmt: skip


def same_key(one: str, other: str) -> bool:
    """Whether two public halves, as they are kept, are of one key."""
    if "BEGIN CERTIFICATE" not in one or "BEGIN CERTIFICATE" not in other:
        return one == other
    first, second = (x509.load_pem_x509_certificate(text.encode()).public_key() for text in (one, other))
    return bool(first == second)


@contextmanager
def _readable() -> Iterator[None]:
    """Whatever lies in the folder: what cannot be read is `Invalid`, with the reason."""
    try:
        yield
    except LetterError as error:
        raise Invalid("%(why)s", field="place", why=error.zh) from error
    except UNREADABLE as error:
        raise Invalid("证书不合规范，无法读取：%(why)s", field="place", why=str(error)[:200]) from error


def _check_certificate(certificate: x509.Certificate) -> None:
    key = certificate.public_key()
    if isinstance(key, rsa.RSAPublicKey) and key.key_size < LEAST_RSA:
        raise Invalid("RSA密钥只有%(bits)s位，至少要2048位", field="place", bits=key.key_size)
    if isinstance(key, ec.EllipticCurvePublicKey) and key.curve.name not in ("secp256r1", "secp384r1", "secp521r1"):
        raise Invalid("椭圆曲线%(curve)s不能用，请用P-256、P-384或P-521", field="place", curve=key.curve.name)
    if not isinstance(certificate.signature_hash_algorithm, _HASHES):
        raise Invalid("证书的签名算法过弱或不受支持，请用SHA-256以上的证书", field="place")
    basic = _extension(certificate, x509.BasicConstraints)
    if basic is not None and basic.ca and certificate.issuer != certificate.subject:
        raise Invalid("这是签发证书的机构证书，不能用来签通知书", field="place")
    usage = _extension(certificate, x509.KeyUsage)
    if usage is not None and not (usage.digital_signature or usage.content_commitment):
        raise Invalid("证书的密钥用途不含数字签名，不能用来签通知书", field="place")
    purposes = _extension(certificate, x509.ExtendedKeyUsage)
    if purposes is not None and _SIGNING.isdisjoint(purposes):
        raise Invalid("证书的用途不是签署文件（例如是网站或时间戳证书），请换用签名证书", field="place")


def _extension(certificate: x509.Certificate, kind: type[T]) -> T | None:
    try:
        return certificate.extensions.get_extension_for_class(kind).value
    except x509.ExtensionNotFound:
        return None


def _check_log(where: Path, material: Material, log_name: str) -> None:
    signer = log_keys.signer_in(where)
    file = where / log_keys.PRIVATE
    if file.stat().st_mode & 0o077:
        raise Invalid("%(file)s可以被其他人读取，请在服务器上运行 chmod 600", field="place", file=_named(where))
    if signer.name != log_name:
        raise Invalid(
            "这是日志“%(other)s”的密钥，本平台的日志是“%(own)s”；请用 hongcai keys make 生成",
            field="place", other=signer.name, own=log_name,
        )  # fmt: skip
    challenge = os.urandom(32).hex() + "\n"
    if not material.public == str(signer.verifier) or not signer.verifier.verifies(
        challenge, signer.key.sign(challenge.encode())
    ):
        raise Invalid("日志密钥试签没有通过", field="place")


def _named(where: Path) -> str:
    return f"{where.name}/{log_keys.PRIVATE}"
