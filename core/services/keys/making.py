"""Making a new key in a folder of its own: the log's whole, a letters' key with a request to the authority."""

from __future__ import annotations

from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy.orm import Session

from core.config import Settings
from core.data.models import KeyPurpose
from core.errors import Conflict, Invalid
from core.letters.devca import SIGNER_KEY
from core.letters.store import write_once
from core.services.keys import changes, material
from core.services.transparency.keys import PRIVATE
from core.transparency.note import Signer

REQUEST = "signer.csr.pem"


def make(session: Session, settings: Settings, purpose: str, place: str) -> Path:
    """Write a new key; returns what to do something with: the log's key, or the request. Raises `Invalid`, `Conflict`
    where the folder holds one already."""
    if not place:
        raise Invalid("请填写密钥目录下的子目录名", field="place")
    where = material.folder(settings.signing, place)
    where.mkdir(parents=True, exist_ok=True, mode=0o700)
    name = PRIVATE if purpose == KeyPurpose.LOG else SIGNER_KEY
    if (where / name).exists():
        raise Conflict("%(place)s里已有密钥，请换一个子目录", place=place)
    if purpose == KeyPurpose.LOG:
        signer = Signer(changes.log_name(session, settings), Ed25519PrivateKey.generate())
        write_once(where / name, (signer.private() + "\n").encode())
        return where / name
    old = material.look(settings.signing, KeyPurpose.LETTERS, changes.place_in_use(session, KeyPurpose.LETTERS))
    subject = x509.load_pem_x509_certificate(old.public.encode()).subject
    key = ec.generate_private_key(ec.SECP256R1())
    pem = serialization.Encoding.PEM
    write_once(where / name, key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
    request = x509.CertificateSigningRequestBuilder().subject_name(subject).sign(key, hashes.SHA256())
    write_once(where / REQUEST, request.public_bytes(pem))
    return where / REQUEST
