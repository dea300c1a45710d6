"""Keys put where an owner of the machine would put them: other certificates, good ones and bad ones."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from core.letters.devca import ROOT_CERT, ROOT_KEY
from core.services.transparency.keys import PRIVATE
from core.transparency.note import Signer

PEM = serialization.Encoding.PEM
Private = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


def put(
    folder: Path,
    root: Path,
    *,
    name: str = "示例区人才服务中心",
    key: Private | None = None,
    begin: datetime | None = None,
    end: datetime | None = None,
    extensions: tuple[x509.ExtensionType, ...] = (),
) -> None:
    """A key and its certificate in `folder`, under the development root in `root`."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    issuer_key = serialization.load_pem_private_key((root / ROOT_KEY).read_bytes(), None)
    issuer = x509.load_pem_x509_certificate((root / ROOT_CERT).read_bytes())
    assert isinstance(issuer_key, ec.EllipticCurvePrivateKey)
    own = key or ec.generate_private_key(ec.SECP256R1())
    now = datetime.now(UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)]))
        .issuer_name(issuer.subject)
        .public_key(own.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin or now - timedelta(days=1))
        .not_valid_after(end or now + timedelta(days=730))
    )
    for extension in extensions:
        builder = builder.add_extension(extension, critical=False)
    secret = own.private_bytes(PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / "signer.key.pem").write_bytes(secret)
    (folder / "signer.key.pem").chmod(0o600)
    (folder / "signer.cert.pem").write_bytes(builder.sign(issuer_key, hashes.SHA256()).public_bytes(PEM))


def put_log(folder: Path, name: str = "localhost/log") -> Signer:
    """A key of the log in `folder`."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    signer = Signer(name, Ed25519PrivateKey.generate())
    (folder / PRIVATE).write_text(signer.private() + "\n")
    (folder / PRIVATE).chmod(0o600)
    return signer


def usage(**on: bool) -> x509.KeyUsage:
    """A key usage with these on and all others off."""
    names = (
        "digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement",
        "key_cert_sign", "crl_sign", "encipher_only", "decipher_only",
    )  # fmt: skip
    return x509.KeyUsage(**{name: on.get(name, False) for name in names})
