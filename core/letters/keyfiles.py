"""The files that a signer is read from: a key with its certificate, for their owner alone."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import pkcs12

from core.letters.cms import UNREADABLE
from core.letters.devca import SIGNER_CERT, SIGNER_KEY
from core.letters.errors import SigningError
from core.letters.instants import day

SIGNER_P12 = "signer.p12"
Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


def read_key(directory: Path, passphrase: bytes | None) -> tuple[Key, list[x509.Certificate]]:
    """Key and certificates in `directory`, the signer's first. Raises SigningError."""
    p12, pem, cert = directory / SIGNER_P12, directory / SIGNER_KEY, directory / SIGNER_CERT
    secret = p12 if p12.exists() else pem
    try:
        if secret.stat().st_mode & 0o077:
            raise SigningError(
                f"{secret} can be read by others: run `chmod 600 {secret}`",
                f"{secret.name}可以被其他人读取，请在服务器上运行 chmod 600 {secret}",
            )
        if secret is p12:
            bundle = pkcs12.load_pkcs12(p12.read_bytes(), passphrase)
            key = bundle.key
            certificates = [c.certificate for c in (bundle.cert, *bundle.additional_certs) if c is not None]
        else:
            key = serialization.load_pem_private_key(pem.read_bytes(), passphrase)
            certificates = x509.load_pem_x509_certificates(cert.read_bytes())
    except FileNotFoundError as error:
        raise SigningError(
            f"no signing key at {error.filename}: run `hongcai init` for a demonstration certificate, or put the "
            f"issuer's {SIGNER_KEY} and {SIGNER_CERT} (or {SIGNER_P12}) there",
            "还没有签名证书：请运行 hongcai init 生成演示证书，或者放入发文机关的证书。",
        ) from error
    except OSError as error:
        raise SigningError(
            f"signing key {secret} cannot be read: {error.strerror}", f"{secret.name}无法读取：{error.strerror}"
        ) from error
    except UNREADABLE as error:
        raise SigningError(
            f"signing key {secret} cannot be used ({error}): check file and passphrase",
            f"{secret.name}无法使用，请检查文件内容和口令",
        ) from error
    if not isinstance(key, ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) or not certificates:
        raise SigningError(
            f"signing key {secret} must be an elliptic-curve or RSA key with its certificate",
            f"{secret.name}必须是椭圆曲线或RSA私钥，并配有证书",
        )
    return key, certificates


def require_valid(certificate: x509.Certificate, directory: Path, now: datetime | None = None) -> None:
    """Raises SigningError where the certificate has run out, or is not valid yet."""
    begins, ends = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    if not begins <= (now or datetime.now(UTC)) <= ends:
        raise SigningError(
            f"the signing certificate in {directory} is valid from {day(begins)} to {day(ends)} only: put a "
            "current one there",
            f"签名证书的有效期是{day(begins)}至{day(ends)}，现在不能签名；请在密钥页面换用有效的证书",
        )
