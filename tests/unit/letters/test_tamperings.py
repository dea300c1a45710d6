"""Ways to tamper with a letter: each is found, by the right line, with the right sentence; and what `pdfsig` says.

`pdfsig` (Poppler) is a second opinion where it can judge. It looks at the signature alone: do the bytes it names have
it, and are they all. Whose certificate it is and what the pages say it can't tell; where it takes for whole what is
none, the row says why. `part` is its answer for an older revision that still holds, with something after it.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal, NamedTuple

import pikepdf
import pytest
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from core.letters import sign
from core.letters.devca import ensure_dev_ca
from core.letters.sign import Signer, certify
from core.letters.verify import verify_letter
from tests.support.signing import put
from tests.unit.letters import byte_tricks as by_hand
from tests.unit.letters import pdf_tricks as tool
from tests.unit.letters.conftest import Made
from tests.unit.letters.pdf_tricks import Given, by_the_issuer, edited, resigned
from tests.unit.letters.test_sign import own

Opinion = Literal["broken", "part", "none", "whole", "unreadable"]
"""What pdfsig says: the signature doesn't hold; it holds for a part of the file; there is none; it holds for the whole
file; the file can't be read."""


class Row(NamedTuple):
    make: Callable[[Given], bytes]
    line: str
    said: str
    pdfsig: Opinion
    blind: str = ""
    """Why pdfsig takes it for whole."""


TRUST = "who signed is not what it judges: it has no roots"
PAGES = "what the file says is not what it judges: the issuer's own key signed it"


def outside(make: Callable[[bytes], bytes], line: str, said: str, pdfsig: Opinion, blind: str = "") -> Row:
    return Row(lambda given: make(given.pdf), line, said, pdfsig, blind)


def saved(change: Callable[[pikepdf.Pdf], None]) -> Row:
    """Changed in an editor and saved: the signature is carried along, and where it was is something else now."""
    said = "bytes there were changed|changed after it was signed"
    return Row(lambda given: edited(given.pdf, change), "coverage|signature", said, "broken")


def stranger(change: Callable[[pikepdf.Pdf], None]) -> Row:
    """Changed and signed by somebody else, under a certificate of the issuer's name."""
    return Row(lambda given: resigned(given, change), "trust", "is not trusted", "whole", TRUST)


def insider(change: Callable[[pikepdf.Pdf], None], line: str, said: str) -> Row:
    """Changed before the issuer's own key signed it."""
    return Row(lambda given: by_the_issuer(given, change), line, said, "whole", PAGES)


WAYS: dict[str, Row] = {
    # bytes
    "bytes appended": outside(lambda pdf: pdf + b"\n", "revision", "after the end", "part"),
    "bytes before the header": outside(lambda pdf: b"\n" + pdf, "revision", "does not begin", "broken"),
    "header changed": outside(lambda pdf: b"%QDF" + pdf[4:], "revision", "does not begin", "broken"),
    "cut by a byte": outside(lambda pdf: pdf[:-1], "revision", "cut short", "broken"),
    "cut by half": outside(lambda pdf: pdf[: len(pdf) // 2], "revision", "cut short", "unreadable"),
    "a byte left out": outside(lambda pdf: pdf[:20000] + pdf[20001:], "coverage", "1 bytes of", "broken"),
    "a byte doubled": outside(lambda pdf: pdf[:20000] + pdf[19999:], "coverage", "1 bytes at the end", "broken"),
    "cross-reference replaced": outside(by_hand.replaced_xref, "signature", "changed after it was signed", "broken"),
    "object stream exchanged": outside(by_hand.swapped_objects, "signature", "changed after it", "broken"),
    # later revisions
    "later revision: title": outside(by_hand.update, "revision", "2 revisions", "part"),
    "later revision: annotation": outside(by_hand.update_note, "revision", "2 revisions", "part"),
    "later revision: contents": outside(by_hand.update_content, "revision", "2 revisions", "part"),
    "later revision: second signature": Row(by_hand.second_signature, "revision", "revisions", "part"),
    "shadow: the file twice": outside(lambda pdf: pdf + pdf, "revision", "2 revisions", "part"),
    # contents
    "amount drawn as another": outside(by_hand.content_in_place, "signature", "changed after it was signed", "broken"),
    "capsule's amount": outside(
        lambda pdf: by_hand.same_length(pdf, lambda data: data.replace(b"1120000", b"9120000")),
        "signature", "changed after it was signed", "broken",
    ),
    "another letter's capsule": Row(
        lambda given: edited(given.pdf, tool.swap(tool.capsule(given.other))),
        "coverage|signature", "bytes there were changed|changed after it was signed", "broken",
    ),
    "capsule emptied": saved(tool.swap(b"{}")),
    "saved anew, nothing changed": saved(lambda document: None),
    "page removed": saved(lambda document: document.pages.__delitem__(0)),
    "page added": saved(tool.add_page),
    "page rotated": saved(tool.rotated),
    "page cropped": saved(tool.cropped),
    "hidden layer": saved(tool.layer),
    "figures remapped in the fonts": saved(tool.remapped),
    "script at opening": saved(tool.script),
    "file attached": saved(tool.attach),
    "title changed": saved(tool.metadata("/Title", "改")),
    "payee changed": saved(tool.metadata("/Keywords", "另一家公司")),
    "number changed": saved(tool.metadata("/Subject", "示人社〔2026〕99号")),
    # the signature
    "signed range narrowed": outside(by_hand.narrowed, "coverage", "1 bytes at", "broken"),
    "signed range with a gap": outside(by_hand.gapped, "coverage", "more than the signature", "broken"),
    "bytes behind the signature": outside(by_hand.stuffed, "coverage", "more than the", "unreadable"),
    "certification loosened": saved(by_hand.loosened),
    "signature removed": Row(
        lambda given: edited(given.pdf, by_hand.stripped), "signature", "bears no signature", "none"
    ),
    "never signed": Row(lambda given: given.unsigned, "signature", "bears no signature", "none"),
    "signature emptied": outside(by_hand.emptied, "signature", "cannot be read", "broken"),
    "signature of another letter": Row(by_hand.other_signature, "signature", "changed after it", "broken"),
    "padding of the signature used": outside(
        by_hand.padding_used, "signature", "cannot be read", "part"
    ),
    "signature in capitals": outside(by_hand.capitals, "coverage", "more than the signature", "whole", "it reads both"),
    "blank in the signature": outside(by_hand.blank_inside, "coverage", "more than the signature", "part"),
    # signed anew by somebody else, under the same name
    "signed by another, unchanged": stranger(lambda document: None),
    "signed by a certificate made by itself, of the issuer's name": Row(
        lambda given: certify(given.unsigned, given.selfmade), "trust", "is not trusted", "whole", TRUST
    ),
    "signed by another: more money": Row(
        lambda given: resigned(given, tool.swap(tool.richer(given.unsigned))), "trust", "is not trusted", "whole", TRUST
    ),
    "signed by another: another letter's capsule": Row(
        lambda given: resigned(given, tool.swap(tool.capsule(given.other))), "trust", "is not trusted", "whole", TRUST
    ),
    "signed by another: amount redrawn": stranger(lambda document: tool.redrawn(document, "1", "9")),
    "signed by another: script": stranger(tool.script),
    # signed by the issuer's own key: what its page shows must be what it says
    "issuer: another capsule": Row(
        lambda given: by_the_issuer(given, tool.swap(tool.capsule(given.other_unsigned))),
        "capsule", "not the one printed", "whole", PAGES,
    ),
    "issuer: capsule of more money": Row(
        lambda given: by_the_issuer(given, tool.swap(tool.richer(given.unsigned))),
        "capsule", "canonical|not the one printed", "whole", PAGES,
    ),
    "issuer: figures redrawn": insider(lambda d: tool.redrawn(d, "1", "9"), "page", "yuan"),
    "issuer: 大写 redrawn": insider(lambda d: tool.redrawn(d, "壹", "贰"), "page", "in words"),
    "issuer: payee redrawn": insider(lambda d: tool.redrawn(d, "星", "河"), "page", "payee"),
    "issuer: number in its data": insider(tool.metadata("/Subject", "示人社〔2026〕99号"), "capsule", "check code"),
    "issuer: payee in its data": insider(tool.metadata("/Keywords", "另一家公司"), "page", "payee"),
    "issuer: two attachments": insider(tool.attach, "capsule", "attachments"),
    "issuer: script at opening": insider(tool.script, "file", "may act"),
    "issuer: named script": insider(tool.named_script, "file", "may act"),
    "issuer: action of a page": insider(tool.page_action, "file", "may act"),
    "issuer: annotation over the page": insider(tool.annotate, "page", "laid over page 1"),
    "issuer: hidden layer": insider(tool.layer, "page", "layers"),
    "issuer: invisible text": insider(tool.invisible, "page", "drawn invisibly"),
    "issuer: cropped": insider(tool.cropped, "page", "cropped"),
    "issuer: signed when the certificate had run out": Row(
        lambda given: certify(given.unsigned, given.issuer, at=datetime.now(UTC) + timedelta(days=365 * 6)),
        "time", "was not valid", "whole", TRUST,
    ),
    "issuer: signed before the certificate began": Row(
        lambda given: certify(given.unsigned, given.issuer, at=datetime(2024, 1, 2, tzinfo=UTC)),
        "time", "was not valid", "whole", TRUST,
    ),
    "issuer: upside down": insider(tool.rotated, "page", "rotated"),
}  # fmt: skip


@pytest.fixture(scope="module")
def given(letters: dict[str, Made], signer: Signer, tmp_path_factory: pytest.TempPathFactory) -> Given:
    folder = tmp_path_factory.mktemp("forger")
    ensure_dev_ca(folder)
    alone = tmp_path_factory.mktemp("selfmade")
    own(alone, ec.generate_private_key(ec.SECP256R1()), called=signer.name)
    award, other = letters["award"], letters["refusal"]
    forger, selfmade = Signer.load(folder), Signer.load(alone)
    return Given(award.pdf, award.unsigned, other.pdf, other.unsigned, forger, selfmade, signer)


@pytest.mark.parametrize("name", WAYS)
def test_it_is_found_for_the_right_reason(given: Given, roots: tuple[bytes, ...], tmp_path: Path, name: str) -> None:
    way = WAYS[name]
    forged = way.make(given)
    assert forged != given.pdf
    answer = verify_letter(forged, roots=roots)
    told = [(line.code, line.zh, line.en) for line in answer.lines if line.status == "bad"]
    assert (answer.status, answer.exit_code) == ("not_valid", 1), told
    assert told[0][0] in way.line.split("|"), told
    assert any(word in told[0][2] for word in way.said.split("|")), told
    assert told[0][1], told
    if way.line != "trust" and way.blind != PAGES:
        assert verify_letter(forged).status == "not_valid"  # nor without roots: a stranger's file then "cannot tell"
    if shutil.which("pdfsig"):
        assert opinion(forged, tmp_path) == way.pdfsig
    assert (way.pdfsig == "whole") == bool(way.blind)


def test_pdfsig_takes_the_letter_itself_for_whole(given: Given, tmp_path: Path) -> None:
    if not shutil.which("pdfsig"):
        pytest.skip("pdfsig is not installed")
    assert opinion(given.pdf, tmp_path) == "whole"


def opinion(pdf: bytes, folder: Path) -> Opinion:
    path = folder / "letter.pdf"
    path.write_bytes(pdf)
    done = subprocess.run(["pdfsig", path], capture_output=True, check=False)
    out = done.stdout.decode("utf-8", "replace")
    if "does not contain any signatures" in out or "is not signed" in out:
        return "none"
    if "Signature #1" not in out:
        return "unreadable"
    first = out.split("Signature #2")[0]
    if "Signature is Valid" not in first:
        return "broken"
    return "part" if "Not total document signed" in first else "whole"


@pytest.mark.parametrize(
    "said", ["D:20261345999999Z", "D:99991231235959Z", "D:00010101000000Z", "D:2026113008000 Z", ""]
)
def test_a_time_of_signing_that_is_none_is_answered(
    given: Given, roots: tuple[bytes, ...], monkeypatch: pytest.MonkeyPatch, said: str
) -> None:
    """Whoever signs writes any time: the answer is an answer."""
    real = sign._put

    def put(data: bytearray, pattern: bytes, value: bytes) -> None:
        real(data, pattern, value)
        (at,) = [it.start(1) for it in re.finditer(rb"/M ?\((D:[^)]*)\)", data)]
        end = data.index(b")", at)
        data[at:end] = said.encode().ljust(end - at)

    monkeypatch.setattr(sign, "_put", put)
    answers = [verify_letter(certify(given.unsigned, by), roots=known)
               for by, known in ((given.issuer, roots), (given.forger, ()))]  # fmt: skip
    assert [it.line("signature").status for it in answers] == ["ok", "ok"]
    stated = answers[0].line("time")
    assert (stated.status, answers[0].status) in [("not_checked", "valid"), ("bad", "not_valid")]
    assert stated.status == "bad" if said[2:6] in ("9999", "0001") else "没有时间戳" in stated.zh


BROKEN = {
    "a version that there is none of": (b"\xa0\x03\x02\x01\x02", b"\xa0\x03\x02\x01\x05"),
    "a curve that nobody knows": (bytes.fromhex("2a8648ce3d030107"), bytes.fromhex("2a8648ce3d030126")),
    "a name that is no text": ("人".encode(), b"\xff\xff\xff"),
    "a date that there is none of": (b"\x17\x0d2", b"\x17\x0d:"),
    "a use of the key that is none": (b"", b""),
}


@pytest.mark.parametrize("what", BROKEN)
def test_a_certificate_that_is_none_is_answered(
    given: Given, roots: tuple[bytes, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    """Whoever signs brings any certificate, and the letter is not the place to find out what a library does with it."""
    extensions: tuple[x509.ExtensionType, ...] = ()
    if what.startswith("a use"):
        extensions = (x509.UnrecognizedExtension(x509.OID_KEY_USAGE, b"nonsense"),)
    ensure_dev_ca(tmp_path)
    put(tmp_path / "own", tmp_path, name="某人", extensions=extensions)
    maker = Signer.load(tmp_path / "own")
    old, new = BROKEN[what]
    der = maker.certificate.public_bytes(serialization.Encoding.DER)
    broken = der.replace(old, new, 1) if new else der
    assert len(broken) == len(der)
    maker.pyhanko._signing_cert = asn1_x509.Certificate.load(broken)
    monkeypatch.setattr(sign, "open_signature", lambda *_given: None)  # a forger does not look at it again
    pdf = certify(given.unsigned, maker)
    assert broken in bytes.fromhex(re.search(rb"/Contents ?<([0-9a-f]+)>", pdf, re.IGNORECASE)[1].decode())  # type: ignore[index]
    for known in (roots, ()):
        answer = verify_letter(pdf, roots=known)
        assert answer.status == ("not_valid" if answer.line("signature").status == "bad" or known else "cannot_tell")
