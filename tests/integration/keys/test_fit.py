"""Is what was put into a folder fit to sign with? Unfit certificates, used keys and bad files: a sentence for each."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID

from core.errors import Conflict, DomainError, Invalid
from core.letters.devca import ensure_dev_ca
from core.services.keys import reading
from tests.integration.keys.conftest import LETTERS, House
from tests.support.signing import put, usage


def _strangers(root: Path, place: Path) -> None:
    ensure_dev_ca(root.parent / "stranger")
    put(place, root.parent / "stranger")


def _of_another_key(root: Path, place: Path) -> None:
    put(root.parent / "other", root)
    put(place, root)
    shutil.copy(root.parent / "other" / "signer.key.pem", place)


def _open(root: Path, place: Path) -> None:
    put(place, root)
    (place / "signer.key.pem").chmod(0o644)


def _in_use(root: Path, place: Path) -> None:
    place.mkdir()
    for file in ("signer.key.pem", "signer.cert.pem"):
        shutil.copy(root / file, place)


def _within(first: int, last: int) -> dict[str, datetime]:
    return {"begin": datetime.now(UTC) + timedelta(days=first), "end": datetime.now(UTC) + timedelta(days=last)}


# What an owner of the machine might put there by mistake, and the words with which it is refused.
BAD: dict[str, tuple[Callable[[Path, Path], None], str]] = {
    "run out": (lambda root, it: put(it, root, **_within(-9, -1)), "有效期"),
    "not valid yet": (lambda root, it: put(it, root, **_within(1, 9)), "有效期"),
    "short RSA": (lambda root, it: put(it, root, key=rsa.generate_private_key(65537, 1024)), "至少要2048位"),  # noqa: S505
    "another curve": (lambda root, it: put(it, root, key=ec.generate_private_key(ec.SECP256K1())), "secp256k1"),
    "key usage": (lambda root, it: put(it, root, extensions=(usage(key_encipherment=True),)), "不含数字签名"),
    "a web server's": (
        lambda root, it: put(it, root, extensions=(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]),)),
        "不是签署文件",
    ),
    "an authority's": (
        lambda root, it: put(it, root, extensions=(x509.BasicConstraints(ca=True, path_length=None),)),
        "机构证书",
    ),
    "a stranger's": (_strangers, "不能追溯到可信根证书"),
    "another key's": (_of_another_key, "不是一对"),
    "open to others": (_open, "chmod 600"),
    "nothing": (lambda root, it: it.mkdir(), "还没有签名证书"),
    "the one in use": (_in_use, "已经在用"),
}


@pytest.mark.parametrize("name", BAD)
@pytest.mark.one_engine
def test_a_certificate_that_is_not_fit_is_refused_with_a_sentence(house: House, name: str) -> None:
    make, says = BAD[name]
    make(house.settings.signing, house.settings.signing / "2027")
    with pytest.raises(DomainError, match=says):
        house.propose(LETTERS, "2027")
    house.session.rollback()
    assert reading.proposed(house.session, LETTERS) is None


@pytest.mark.parametrize("given_up", [True, False])
def test_a_new_certificate_needs_a_new_private_key(house: House, given_up: bool) -> None:
    """Also where the key is good: else who gives one of the two certificates up leaves the other as it is, with a key
    that is in wrong hands."""
    house.change(LETTERS, "2027")
    if given_up:
        house.retire(LETTERS, "compromised")
    key = serialization.load_pem_private_key((house.settings.signing / "2027" / "signer.key.pem").read_bytes(), None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    put(house.settings.signing / "2028", house.settings.signing, key=key)
    with pytest.raises(Conflict, match="私钥却是以前用过的"):
        house.propose(LETTERS, "2028")
    house.session.rollback()


@pytest.mark.one_engine
@pytest.mark.parametrize("what", ["no certificate", "a version that there is none of", "a name that is no text"])
def test_a_root_that_is_none_is_named(house: House, what: str) -> None:
    folder = house.settings.signing / "roots"
    folder.mkdir()
    put(house.settings.signing / "other", house.settings.signing, name="某人")
    other = x509.load_pem_x509_certificate((house.settings.signing / "other" / "signer.cert.pem").read_bytes())
    der = other.public_bytes(serialization.Encoding.DER)
    changed = {
        "no certificate": b"nonsense",
        "a version that there is none of": der.replace(b"\xa0\x03\x02\x01\x02", b"\xa0\x03\x02\x01\x05", 1),
        "a name that is no text": der.replace("某".encode(), b"\xff\xff\xff"),
    }
    (folder / "new.pem").write_bytes(changed[what])
    put(house.settings.signing / "2027", house.settings.signing)
    with pytest.raises(Invalid, match=r"new\.pem"):
        house.propose(LETTERS, "2027")
    house.session.rollback()
    answer = house.app.test_client().get("/keys/roots")
    assert answer.status_code == 422
    assert "new.pem" in answer.text


@pytest.mark.one_engine
def test_a_certificate_that_cannot_be_read_to_its_end_is_refused(house: House) -> None:
    broken = x509.UnrecognizedExtension(x509.OID_KEY_USAGE, b"nonsense")
    put(house.settings.signing / "2027", house.settings.signing, extensions=(broken,))
    with pytest.raises(Invalid, match="不合规范"):
        house.propose(LETTERS, "2027")
    house.session.rollback()


@pytest.mark.parametrize("place", ["../letters", "/etc", ".hidden", "a/b", " "])
@pytest.mark.one_engine
def test_only_folders_below_that_of_the_keys_are_looked_into(house: House, place: str) -> None:
    with pytest.raises(Invalid):
        house.propose(LETTERS, place)
    house.session.rollback()


def test_a_key_exchanged_after_it_was_proposed_is_not_confirmed(house: House) -> None:
    place = house.settings.signing / "2027"
    put(place, house.settings.signing)
    key = house.propose(LETTERS, "2027")
    put(place, house.settings.signing)
    with pytest.raises(Conflict, match="被换过"):
        house.confirm(key)
    house.session.rollback()
