"""Certifying: one revision, the strictest certification, keys that are kept well, and what others say of the result."""

from __future__ import annotations

import io
import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pikepdf
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, pkcs12

from core.letters.devca import ROOT_NAME, ensure_dev_ca
from core.letters.errors import SigningError
from core.letters.sign import Signer, certify
from core.letters.verify import verify_letter
from tests.unit.letters.conftest import Made


def test_one_revision_certified_against_all_changes(letters: dict[str, Made]) -> None:
    pdf = letters["award"].pdf
    assert (pdf.count(b"%%EOF"), pdf.count(b"startxref"), pdf.count(b"/ByteRange")) == (1, 1, 1)
    with pikepdf.open(io.BytesIO(pdf)) as document:
        signature = document.Root.Perms.DocMDP
        assert signature.SubFilter == "/ETSI.CAdES.detached"
        assert int(signature.Reference[0].TransformParams.P) == 1
        first, length, second, rest = (int(n) for n in signature.ByteRange)
        assert (first, second + rest) == (0, len(pdf))
        assert pdf[length:second] == b"<" + bytes(signature.Contents).hex().encode() + b">"


def test_signing_changes_nothing_of_the_letter(letters: dict[str, Made]) -> None:
    made = letters["rare"]
    with pikepdf.open(io.BytesIO(made.unsigned)) as before, pikepdf.open(io.BytesIO(made.pdf)) as after:
        assert {k: str(v) for k, v in before.docinfo.items()} == {k: str(v) for k, v in after.docinfo.items()}
        assert before.Root.Metadata.read_bytes() == after.Root.Metadata.read_bytes()
        assert [p.Contents.read_bytes() for p in before.pages] == [p.Contents.read_bytes() for p in after.pages]
        assert after.attachments["capsule.json"].get_file().read_bytes() == made.capsule


def test_the_appearance_names_signer_and_time(letters: dict[str, Made], signer: Signer) -> None:
    at = datetime(2026, 11, 24, 2, 30, 5, tzinfo=UTC)
    with pikepdf.open(io.BytesIO(certify(letters["award"].unsigned, signer, at=at))) as document:
        widget = document.Root.AcroForm.Fields[0]
        content = widget.AP.N.read_bytes().decode("ascii")
        assert str(widget.V.M) == "D:20261124023005Z"
    for text in (f"电子签名　{signer.name}", "签名时间　2026-11-24 10:30:05（北京时间）"):
        assert text.encode("utf-16-be").hex().upper() in content


@pytest.mark.parametrize("tool", ["qpdf", "pdfsig", "pdftotext"])
@pytest.mark.parametrize("kind", ["award", "rare", "refusal"])
def test_what_other_programs_say(letters: dict[str, Made], tmp_path: Path, tool: str, kind: str) -> None:
    if shutil.which(tool) is None:
        pytest.skip(f"{tool} is not installed")
    made = letters[kind]
    path = tmp_path / "letter.pdf"
    path.write_bytes(made.pdf)
    arguments = {"qpdf": ["--check", path], "pdfsig": [path], "pdftotext": [path, "-"]}[tool]
    out = subprocess.run([tool, *arguments], capture_output=True, text=True, check=True).stdout
    if tool == "qpdf":
        assert "No syntax or stream encoding errors" in out
    elif tool == "pdfsig":
        assert "Total document signed" in out
        assert "Signature is Valid" in out
        assert "ETSI.CAdES.detached" in out
    else:
        assert str(made.context.number) in out.replace(" ", "")
        assert made.context.payee_name in out.replace(" ", "").replace("\n", "")


def test_the_authority_is_made_once_and_kept_private(tmp_path: Path) -> None:
    root = ensure_dev_ca(tmp_path / "signing")
    before = {path.name: path.read_bytes() for path in root.parent.glob("*.pem")}
    assert ensure_dev_ca(tmp_path / "signing") == root
    assert {path.name: path.read_bytes() for path in root.parent.glob("*.pem")} == before
    assert sorted(before) == ["ca.cert.pem", "ca.key.pem", "signer.cert.pem", "signer.key.pem"]
    assert root.parent.stat().st_mode & 0o777 == 0o700
    assert all(path.stat().st_mode & 0o077 == 0 for path in root.parent.glob("*.pem"))
    signer = Signer.load(root.parent)
    assert signer.development
    assert ROOT_NAME.endswith("（仅供演示）")


def own(
    folder: Path, key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey, *, days: int = 30, called: str = "某区人社局"
) -> x509.Certificate:
    """A self-made certificate and its key in the folder."""
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, called)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=60))
        .not_valid_after(now + timedelta(days=days))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    secret = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / "signer.key.pem").write_bytes(secret)
    (folder / "signer.key.pem").chmod(0o600)
    (folder / "signer.cert.pem").write_bytes(certificate.public_bytes(pem))
    return certificate


def test_an_rsa_key_signs_too(letters: dict[str, Made], tmp_path: Path) -> None:
    certificate = own(tmp_path, rsa.generate_private_key(65537, 2048))
    signer = Signer.load(tmp_path)
    assert not signer.development
    root = certificate.public_bytes(serialization.Encoding.DER)
    assert verify_letter(certify(letters["award"].unsigned, signer), roots=[root]).status == "valid"


def test_a_pkcs12_file_with_its_passphrase(letters: dict[str, Made], tmp_path: Path) -> None:
    key = ec.generate_private_key(ec.SECP384R1())
    certificate = own(tmp_path, key)
    bundle = pkcs12.serialize_key_and_certificates(b"s", key, certificate, None, BestAvailableEncryption(b"secret"))
    (tmp_path / "signer.p12").write_bytes(bundle)
    (tmp_path / "signer.p12").chmod(0o600)
    signer = Signer.load(tmp_path, passphrase=b"secret")
    root = certificate.public_bytes(serialization.Encoding.DER)
    assert verify_letter(certify(letters["award"].unsigned, signer), roots=[root]).status == "valid"
    with pytest.raises(SigningError, match="check file and passphrase"):
        Signer.load(tmp_path, passphrase=b"wrong")


def test_keys_that_cannot_be_used_say_why(tmp_path: Path) -> None:
    with pytest.raises(SigningError, match="run `hongcai init`") as missing:
        Signer.load(tmp_path)
    assert "hongcai init" in missing.value.zh
    own(tmp_path, ec.generate_private_key(ec.SECP256R1()))
    other = serialization.NoEncryption()
    key = ec.generate_private_key(ec.SECP256R1())
    (tmp_path / "signer.key.pem").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, other)
    )
    with pytest.raises(SigningError, match="do not belong together"):
        Signer.load(tmp_path)
    (tmp_path / "signer.key.pem").chmod(0o644)
    with pytest.raises(SigningError, match="chmod 600"):
        Signer.load(tmp_path)
    (tmp_path / "signer.key.pem").chmod(0o600)
    (tmp_path / "signer.key.pem").write_bytes(b"-----BEGIN NONSENSE-----")
    with pytest.raises(SigningError, match="cannot be used"):
        Signer.load(tmp_path)


def test_an_expired_certificate_does_not_sign(tmp_path: Path) -> None:
    own(tmp_path, ec.generate_private_key(ec.SECP256R1()), days=-1)
    with pytest.raises(SigningError, match="put a current one there"):
        Signer.load(tmp_path)


@pytest.mark.parametrize("data", [b"", b"not a pdf", b"%PDF-1.7\n%%EOF\n"])
def test_what_is_no_letter_is_not_signed(signer: Signer, data: bytes) -> None:
    with pytest.raises(SigningError, match="could not be signed"):
        certify(data, signer)


def test_a_signed_letter_is_not_signed_again(letters: dict[str, Made], signer: Signer) -> None:
    with pytest.raises(SigningError, match="no empty signature field"):
        certify(letters["award"].pdf, signer)
