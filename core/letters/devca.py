"""A certificate authority for development and demonstration: one root, one signer, made on the first run.

Its letters verify like real ones, against a root that says in its name that it is for demonstration only. An issuer
with a real certificate puts it into the same folder instead (docs/letters.md, "Certificates").
"""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID, ObjectIdentifier

from core.letters.store import held, write_once

ROOT_KEY, ROOT_CERT = "ca.key.pem", "ca.cert.pem"
SIGNER_KEY, SIGNER_CERT = "signer.key.pem", "signer.cert.pem"
ROOT_NAME = "宏才演示根证书（仅供演示）"
_DOCUMENT_SIGNING = ObjectIdentifier("1.3.6.1.5.5.7.3.36")  # RFC 9336


def ensure_dev_ca(directory: Path, issuer: str = "示例区人才服务中心") -> Path:
    """Make root and signer in `directory` where missing; return the root certificate, which is published as trust root.

    `issuer` is the name that the signer's certificate carries. Files are 0600 in a folder 0700; two processes that
    start at once make one authority. Never call it in production: raises OSError only.
    """
    directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    with held(directory):
        if not (directory / ROOT_CERT).exists():
            _make_root(directory)
        if not (directory / SIGNER_CERT).exists():
            make_signer(directory, directory, issuer)
    return directory / ROOT_CERT


def make_signer(root: Path, directory: Path, issuer: str) -> None:
    """Write a new P-256 key and a certificate for `issuer`, signed by the development root in `root`."""
    root_key = serialization.load_pem_private_key((root / ROOT_KEY).read_bytes(), password=None)
    root_cert = x509.load_pem_x509_certificate((root / ROOT_CERT).read_bytes())
    assert isinstance(root_key, ec.EllipticCurvePrivateKey)
    key = ec.generate_private_key(ec.SECP256R1())
    builder = (
        _builder(_name(issuer), root_cert.subject, key.public_key(), years=5)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(digital_signature=True, content_commitment=True), critical=True)
        .add_extension(x509.ExtendedKeyUsage([_DOCUMENT_SIGNING]), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(root_key.public_key()), critical=False)
    )
    _write(directory, SIGNER_KEY, SIGNER_CERT, key, builder.sign(root_key, hashes.SHA256()))


def _make_root(directory: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = _name(ROOT_NAME)
    builder = (
        _builder(name, name, key.public_key(), years=20)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(key_cert_sign=True, crl_sign=True), critical=True)
    )
    _write(directory, ROOT_KEY, ROOT_CERT, key, builder.sign(key, hashes.SHA256()))


def _name(common_name: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "CN"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, common_name[:64]),
            x509.NameAttribute(NameOID.COMMON_NAME, common_name[:64]),
        ]
    )


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, *, years: int
) -> x509.CertificateBuilder:
    # A day of slack: a verifier's clock may be behind ours.
    start = datetime.now(UTC).replace(microsecond=0) - timedelta(days=1)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + timedelta(days=365 * years))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _usage(**on: bool) -> x509.KeyUsage:
    names = (
        "digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement",
        "key_cert_sign", "crl_sign", "encipher_only", "decipher_only",
    )  # fmt: skip
    return x509.KeyUsage(**{name: on.get(name, False) for name in names})


def _write(
    folder: Path, key_file: str, cert_file: str, key: ec.EllipticCurvePrivateKey, cert: x509.Certificate
) -> None:
    pem = serialization.Encoding.PEM
    secret = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    # The key first: a certificate without its key would never be completed.
    write_once(folder / key_file, secret)
    write_once(folder / cert_file, cert.public_bytes(pem))
    os.chmod(folder / key_file, 0o600)  # noqa: PTH101 - said once more, whatever the umask
