"""The list of letters that no longer stand: read only as it was signed, compared with an older one, and what it
makes of a letter."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from core.commands.verify import verify
from core.letters import keylist
from core.letters.revocation import NEXT, Entry, RevocationList, digest, following, parse, problem, read
from core.letters.verification import Verification
from core.letters.verify import verify_letter
from core.transparency.note import NoteError, Signer
from tests.unit.letters.conftest import Made
from tests.unit.letters.samples import BUREAU

LOG = Signer("hongcai.example/log", Ed25519PrivateKey.from_private_bytes(b"l" * 32))
OTHER = Signer("hongcai.example/log", Ed25519PrivateKey.from_private_bytes(b"o" * 32))
AT = datetime(2026, 11, 30, 1, 20, tzinfo=UTC)
GONE = Entry("示人社〔2026〕3号", "revoked", date(2026, 11, 29), "sha256:" + "a" * 64, "b" * 64)
VOID = Entry("示人社〔2026〕4号", "void", date(2026, 11, 28), "sha256:" + "c" * 64, "d" * 64, "示人社〔2026〕5号")


def made(*entries: Entry, before: tuple[RevocationList, str] | None = None, at: datetime = AT) -> RevocationList:
    return following(before, origin=LOG.name, at=at, issuers=[BUREAU.name], entries=entries)


def listed(letter: Made, kind: str = "revoked", **more: str) -> Entry:
    context = letter.context
    return Entry(context.number or "", kind, date(2026, 11, 29), context.capsule_digest, "e" * 64, **more)


def asked(letter: Made, roots: tuple[bytes, ...], found: RevocationList, now: datetime = AT) -> Verification:
    return verify_letter(letter.pdf, roots=roots, revocations=found, now=now)


# ── the list ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_it_is_read_as_it_was_signed_and_in_one_spelling() -> None:
    found = made(GONE, VOID)
    assert found.entries == (VOID, GONE)  # by day
    note = found.signed(LOG)
    assert read(note, [LOG.verifier]) == found
    assert read(note, [OTHER.verifier, LOG.verifier]) == found
    assert "星河" not in note
    with pytest.raises(NoteError, match="none of the trusted"):
        read(note, [OTHER.verifier])


@pytest.mark.parametrize(
    "change",
    [
        lambda note: note.replace("2026-11-29", "2026-11-30"),
        lambda note: note.replace(GONE.line() + "\n", ""),
        lambda note: note.replace("list 1\n", "list 2\n"),
        lambda note: note.replace("as-of 2026-11-30", "as-of 2026-12-30"),
        lambda note: note.replace("next-update 2026-12-02", "next-update 2027-12-02"),
    ],
)
def test_a_forged_list_is_refused(change) -> None:  # type: ignore[no-untyped-def]
    note = made(GONE, VOID).signed(LOG)
    forged = change(note)
    assert forged != note
    with pytest.raises(NoteError, match="was changed"):
        read(forged, [LOG.verifier])


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hongcai.example/log\n7\nAAAA\n",
        made(GONE).text().replace("list 1", "list 01"),
        made(GONE).text().replace("list 1", "list 0"),
        made(GONE).text().replace('"revoked"', '"unknown"'),
        made(GONE).text().replace('","', '", "'),
        made(GONE).text().replace("hongcai-revocations/1", "hongcai-revocations/2"),
        made(GONE).text() + "issuer 后来的\n",
        made(GONE).text().replace("previous none\n", ""),
        made().text() + "[" * 20_000 + "\n",
    ],
)
def test_what_is_no_list_says_so(text: str) -> None:
    with pytest.raises(NoteError, match="not a list") as caught:
        parse(text)
    assert caught.value.zh


def test_another_logs_list_is_not_taken_for_ours() -> None:
    """Signed by a key that is trusted, and under the name of another."""
    foreign = replace(made(GONE), origin="stranger.example/log").signed(LOG)
    with pytest.raises(NoteError, match="whose key is not trusted"):
        read(foreign, [LOG.verifier])


def test_a_later_list_counts_up_and_names_the_one_before() -> None:
    first = made(GONE)
    note = first.signed(LOG)
    later = made(GONE, VOID, before=(first, note), at=AT + timedelta(hours=1))
    assert (later.number, later.previous) == (2, digest(note))
    assert later.next_update == later.as_of + NEXT
    assert problem(first, later) is None
    assert problem(first, first) is None


def test_an_old_or_shortened_list_is_not_taken_for_a_later_one() -> None:
    first = made(GONE)
    later = made(GONE, VOID, before=(first, first.signed(LOG)), at=AT + timedelta(hours=1))
    assert "old one" in (problem(later, first) or ("", ""))[1]
    shortened = made(VOID, before=(later, later.signed(LOG)), at=AT + timedelta(hours=2))
    assert GONE.number in (problem(later, shortened) or ("", ""))[1]
    assert "old one" in (problem(later, replace(shortened, as_of=AT)) or ("", ""))[1]
    assert "two lists" in (problem(later, replace(later, entries=(*later.entries, listed_twice()))) or ("", ""))[1]
    assert "one of" in (problem(later, replace(later, origin="other/log")) or ("", ""))[1]


def listed_twice() -> Entry:
    return VOID._replace(number="示人社〔2026〕6号")


# ── a letter ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        (
            ("revoked", {}),
            "the award was revoked on 2026-11-29: it no longer stands (list 1 as of 2026-11-30 09:20",
        ),
        (("void", {"successor": "示人社〔2026〕99号"}), "it became void on 2026-11-29, replaced by 示人社〔2026〕99号"),
        (("overturned", {}), "overturned on appeal on 2026-11-29"),
    ],
)
def test_a_genuine_letter_on_the_list_is_not_valid(letters: dict[str, Made], roots, entry, said: str) -> None:  # type: ignore[no-untyped-def]
    letter, (kind, more) = letters["award"], entry
    answer = asked(letter, roots, made(GONE, listed(letter, kind, **more)))
    assert (answer.status, answer.line("revocation").status) == ("not_valid", "bad")
    assert said in answer.line("revocation").en
    assert [line.code for line in answer.lines if line.status == "bad"] == ["revocation"]
    assert "不再有效" in answer.line("revocation").zh
    # However old the list is: what was revoked stays so.
    assert asked(letter, roots, made(listed(letter)), AT + timedelta(days=400)).status == "not_valid"


def test_a_letter_that_is_not_on_it_stands_and_the_line_says_how_old_it_is(letters: dict[str, Made], roots) -> None:  # type: ignore[no-untyped-def]
    letter = letters["award"]
    answer = asked(letter, roots, made(GONE, VOID), AT + timedelta(hours=5))
    assert (answer.status, answer.line("revocation").status) == ("valid", "ok")
    assert "第1号列表，截至2026-11-30 09:20，5小时前" in answer.line("revocation").zh
    # The same number of another issuer, or another decision under it, is another letter.
    twin = listed(letter)._replace(capsule_digest="sha256:" + "0" * 64)
    assert asked(letter, roots, made(twin)).status == "valid"


def test_an_old_list_warns(letters: dict[str, Made], roots) -> None:  # type: ignore[no-untyped-def]
    answer = asked(letters["award"], roots, made(GONE), AT + timedelta(days=12))
    assert (answer.status, answer.line("revocation").status) == ("valid", "unknown")
    assert "out of date" in answer.line("revocation").en
    assert "12 days old" in answer.line("revocation").en


def test_a_list_of_another_issuer_says_nothing(letters: dict[str, Made], roots) -> None:  # type: ignore[no-untyped-def]
    answer = asked(letters["award"], roots, replace(made(GONE), issuers=("别的区人社局",)))
    assert (answer.status, answer.line("revocation").status) == ("valid", "unknown")
    assert "does not speak of letters by" in answer.line("revocation").en


# ── the command ──────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def command(
    letters: dict[str, Made], signing: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Result]:
    monkeypatch.setenv("HONGCAI_VAR", str(tmp_path / "var"))
    letter = tmp_path / "letter.pdf"
    letter.write_bytes(letters["award"].pdf)

    def call(*arguments: object, key: Signer | None = LOG) -> Result:
        known = ["--log-key", str(key.verifier)] if key else []
        words = [letter, "--trust", signing / "ca.cert.pem", *known, *arguments]
        return CliRunner().invoke(verify, [str(word) for word in words])

    return call


def test_the_command_reads_a_list(letters: dict[str, Made], tmp_path: Path, command: Callable[..., Result]) -> None:
    now = datetime.now(UTC)
    first = made(GONE, at=now - timedelta(hours=3))
    second = made(GONE, listed(letters["award"]), before=(first, first.signed(LOG)), at=now)
    shortened = made(listed(letters["award"]), before=(second, second.signed(LOG)), at=now)
    for name, found in (("first", first), ("second", second), ("shortened", shortened)):
        (tmp_path / name).write_text(found.signed(LOG))
    stands = command("--revocations", tmp_path / "first")
    assert stands.exit_code == 0
    assert "✓ Revocation: not on the list of revoked letters (list 1" in stands.stdout
    assert "3 hours old" in stands.stdout
    gone = command("--revocations", tmp_path / "second", "--held", tmp_path / "first", "--json")
    assert gone.exit_code == 1
    assert json.loads(gone.stdout)["status"] == "not_valid"
    back = command("--revocations", tmp_path / "first", "--held", tmp_path / "second")
    assert back.exit_code == 1
    assert "the list is an old one: number 1, you hold number 2" in back.output
    less = command("--revocations", tmp_path / "shortened", "--held", tmp_path / "second")
    assert "lacks what was on the one that you hold: 示人社〔2026〕3号" in less.output
    assert "none of the trusted" in command("--revocations", tmp_path / "first", key=OTHER).output
    assert "--log-key" in command("--revocations", tmp_path / "first", key=None).output
    assert "give both" in command("--held", tmp_path / "first").output
    assert "missing" in command("--revocations", tmp_path / "missing").output


def test_a_list_by_a_key_in_wrong_hands_says_nothing(
    letters: dict[str, Made], tmp_path: Path, command: Callable[..., Result]
) -> None:
    """Who stole the log's key signs a list without what was revoked."""
    now = datetime.now(UTC)
    stolen = keylist.Ended(keylist.fingerprint_of(LOG.verifier.public), "compromised", now - timedelta(days=1))
    (tmp_path / "keys.note").write_text(keylist.make([stolen], [], now, OTHER))
    held = made(GONE, at=now - timedelta(hours=3))
    first = made(GONE, before=(held, held.signed(LOG)), at=now)
    (tmp_path / "held").write_text(held.signed(LOG))  # from when the key was good
    for name, signer in (("forged", LOG), ("sound", OTHER)):
        (tmp_path / name).write_text(first.signed(signer))
    both = ("--log-key", str(OTHER.verifier), "--keys", tmp_path / "keys.note")
    forged = command("--revocations", tmp_path / "forged", *both)
    assert forged.exit_code == 1
    assert "signed only by a key in wrong hands: get a newer list" in forged.output
    assert "VALID" not in forged.output
    sound = command("--revocations", tmp_path / "sound", "--held", tmp_path / "held", *both)
    assert sound.exit_code == 0, sound.output
    assert "✓ Revocation" in sound.stdout
