"""Time stamps by a real service: OpenSSL over HTTP on localhost. With it, without it, with one that nobody knows."""

from __future__ import annotations

import random
import shutil
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from core.config import Settings, UnsafeSettings
from core.letters.cms import Stamp, load_roots
from core.letters.errors import SigningError
from core.letters.paths import stamp_problem
from core.letters.sign import Signer, certify
from core.letters.stamping import Stamper, TimeStampUnavailableError
from core.letters.verify import verify_letter
from tests.support.tsa import Service, running
from tests.unit.letters.byte_tricks import place
from tests.unit.letters.conftest import Made
from tests.unit.letters.test_verify import statuses

pytestmark = pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")
Roots = tuple[bytes, ...]


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with running(tmp_path_factory.mktemp("tsa")) as it:
        yield it


@pytest.fixture(scope="module")
def stamp_roots(service: Service) -> Roots:
    return load_roots([service.root])


@pytest.fixture(scope="module")
def stamped(letters: dict[str, Made], signing: Path, service: Service, stamp_roots: Roots) -> bytes:
    return certify(letters["refusal"].unsigned, Signer.load(signing, timestamper=Stamper(service.url, stamp_roots)))


def test_a_stamped_letter_is_valid_and_says_when(stamped: bytes, roots: Roots, stamp_roots: Roots) -> None:
    answer = verify_letter(stamped, roots=roots, stamp_roots=stamp_roots)
    assert answer.status == "valid"
    assert statuses(answer)["time"] == "ok"
    assert "示例时间戳服务" in answer.line("time").zh
    assert f"{datetime.now(UTC):%Y-%m-%d}" in answer.line("time").zh
    assert statuses(answer)["revision"] == statuses(answer)["coverage"] == "ok"


def test_the_stamp_of_a_service_that_nobody_knows_proves_nothing(stamped: bytes, roots: Roots) -> None:
    for stamp_roots in ((), roots):
        answer = verify_letter(stamped, roots=roots, stamp_roots=stamp_roots)
        assert (answer.status, statuses(answer)["time"]) == ("valid", "unknown")
        assert "by its own statement alone" in answer.line("time").en


def test_a_stamped_letter_outlives_its_certificate(stamped: bytes, roots: Roots, stamp_roots: Roots) -> None:
    later = datetime.now(UTC) + timedelta(days=365 * 7)
    answer = verify_letter(stamped, roots=roots, stamp_roots=stamp_roots, now=later)
    assert answer.status == "valid"
    assert "was valid when this was signed" in answer.line("trust").en


def test_every_changed_digit_of_a_stamp_is_found(stamped: bytes, roots: Roots, stamp_roots: Roots) -> None:
    start, _ = place(stamped)
    used = stamped.index(b"00" * 100, start)
    draw = random.Random(1)
    for at in draw.sample(range(start + 1, used), 150):
        for digit in draw.sample(b"0123456789abcdef", 2):
            if stamped[at] != digit:
                changed = stamped[:at] + bytes((digit,)) + stamped[at + 1 :]
                answer = verify_letter(changed, roots=roots, stamp_roots=stamp_roots)
                assert answer.status == "not_valid", at - start


@pytest.mark.parametrize("tool", ["qpdf", "pdfsig"])
def test_other_programs_take_it(stamped: bytes, tmp_path: Path, tool: str) -> None:
    if shutil.which(tool) is None:
        pytest.skip(f"{tool} is not installed")
    path = tmp_path / "letter.pdf"
    path.write_bytes(stamped)
    arguments = {"qpdf": ["--check", path], "pdfsig": [path]}[tool]
    out = subprocess.run([tool, *arguments], capture_output=True, text=True, check=True).stdout
    assert ("No syntax or stream encoding errors" if tool == "qpdf" else "Signature is Valid") in out
    assert tool != "pdfsig" or "Total document signed" in out


def test_a_service_that_is_away_is_told_apart(
    letters: dict[str, Made], signing: Path, service: Service, stamp_roots: Roots
) -> None:
    service.up = False
    try:
        with pytest.raises(TimeStampUnavailableError) as away:
            certify(letters["refusal"].unsigned, Signer.load(signing, timestamper=Stamper(service.url, stamp_roots)))
    finally:
        service.up = True
    assert "没有给出时间戳" in away.value.zh
    nobody = Stamper("http://127.0.0.1:9/", stamp_roots)
    with pytest.raises(TimeStampUnavailableError, match="gave no time stamp"):
        certify(letters["refusal"].unsigned, Signer.load(signing, timestamper=nobody))


def test_a_service_that_is_not_trusted_stamps_no_letter(
    letters: dict[str, Made], signing: Path, service: Service, roots: Roots
) -> None:
    with pytest.raises(SigningError, match="is not trusted"):
        certify(letters["refusal"].unsigned, Signer.load(signing, timestamper=Stamper(service.url, roots)))


def test_a_time_stamp_needs_its_root() -> None:
    with pytest.raises(UnsafeSettings, match="HONGCAI_TSA_TRUST"):
        Settings.load({"HONGCAI_ENV": "test", "HONGCAI_VAR": "/nonexistent", "HONGCAI_TSA_URL": "http://x/",
                       "HONGCAI_SECRET_KEY": "00" * 32, "HONGCAI_MASTER_KEY": "01" * 32})  # fmt: skip


def test_a_certificate_for_another_purpose_stamps_nothing(signer: Signer, roots: Roots) -> None:
    """The letters' own one, under the very root that is trusted."""
    stamp = Stamp(datetime.now(UTC), signer.pyhanko.signing_cert, ())
    assert "not for time stamps" in str(stamp_problem(stamp, roots))
