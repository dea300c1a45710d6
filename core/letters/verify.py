"""Is this letter genuine? One function, used by `hongcai verify`, by the public page and by the auditor's desk.

From the outside in: one revision; signed from the first byte to the last; the signature intact; its signer trusted.
Only then is the file opened: the capsule is the one whose digest is printed, its lines and uses sum to its amount, and
the text on the page says that amount, in figures and words, to that payee, under that number. Beside it: replay, issue
log, revocation. Whatever the bytes, the answer is a Verification, never an exception.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from typing import TYPE_CHECKING

from core.letters import cms, timing
from core.letters.claims import claim_lines
from core.letters.contents import Contents, ContentsError, read_contents
from core.letters.envelope import Envelope, EnvelopeError, looks_like_pdf, read_envelope, revision_problem
from core.letters.keylist import Ended, without_compromised
from core.letters.numbering import check_code
from core.letters.proof import IssueLog, Proof
from core.letters.records import log_line, replay_line, revocation_line
from core.letters.revocation import RevocationList
from core.letters.verification import LABELS, LetterFacts, LineStatus, Verification, VerifyLine, status_of
from core.transparency.note import Verifier

if TYPE_CHECKING:
    from core.policy import Registry

MAX_BYTES = 32 * 1024 * 1024
_ENCRYPT = b"/Encrypt"


class _Answer:
    """The lines found so far. A later word on the same line replaces an earlier one."""

    def __init__(self) -> None:
        self.lines: dict[str, VerifyLine] = {}

    def say(self, code: str, status: LineStatus, zh: str, en: str) -> None:
        self.lines[code] = VerifyLine(code, status, zh, en)

    def take(self, *lines: VerifyLine) -> None:
        """The same, of lines that are there."""
        self.lines |= {line.code: line for line in lines}

    @property
    def convicted(self) -> bool:
        """Whether any line already says no."""
        return any(line.status == "bad" for line in self.lines.values())

    def complete(self, zh: str, en: str) -> tuple[VerifyLine, ...]:
        """All lines in order; those not reached are `not_checked`, for the given reason."""
        return tuple(self.lines.get(code) or VerifyLine(code, "not_checked", zh, en) for code in LABELS)


def verify_letter(
    pdf_bytes: bytes,
    *,
    roots: Sequence[bytes] = (),
    registry: Registry | None = None,
    proof: Proof | None = None,
    log: IssueLog | None = None,
    log_keys: Sequence[Verifier] = (),
    revocations: RevocationList | Callable[[str], RevocationList] | None = None,
    logged_at: datetime | None = None,
    ended: Sequence[Ended] = (),
    stamp_roots: Sequence[bytes] = (),
    now: datetime | None = None,
) -> Verification:
    """Every line of the answer about a letter.

    `roots` are trusted root certificates (DER, see `core.letters.cms.load_roots`); none means that every signer is
    unknown. `registry` allows replay; `log`, or `proof` with the public keys of the log, the line about the issue log;
    `revocations` (`core.letters.revocation.read`, or what an instance says of a number) whether it still stands.
    `stamp_roots` are those of time stamp services, `ended` the keys that were lost or came into wrong hands, and
    `logged_at` says on the server what a proof says elsewhere: when a signed head first had the file.
    """
    answer, now = _Answer(), now or datetime.now(UTC)
    file_sha256 = sha256(pdf_bytes).hexdigest()
    envelope = _outside(pdf_bytes, answer)
    signed = _signature(envelope, answer) if envelope else None
    contents = None
    if envelope and signed:
        first = timing.logged(file_sha256, proof, without_compromised(log_keys, ended), logged_at)
        moment = timing.earliest(signed, stamp_roots, first)
        trust = timing.trust_line(signed, roots, ended, moment, now)
        answer.take(trust)
        # Anyone can sign anything: a file by a signer known not to be trusted is not opened.
        contents = None if answer.convicted else _inside(pdf_bytes, envelope, answer, trusted=bool(roots))
        if contents:
            answer.take(*timing.time_lines(signed, contents.signed_at, moment, ended, trust))
    if contents:
        answer.lines |= claim_lines(contents)
        answer.lines["replay"] = replay_line(contents, registry)
        answer.lines["log"] = log_line(contents, file_sha256, proof, log, log_keys, ended)
        listed = revocations(contents.number) if callable(revocations) else revocations
        answer.lines["revocation"] = revocation_line(contents, listed, now)
    lines = answer.complete("前面的问题未解决，未核查", "not looked at, because of what was found before")
    return Verification(lines, status_of(lines), file_sha256, _facts(contents, signed))


def _outside(data: bytes, answer: _Answer) -> Envelope | None:
    """Lines file, revision, coverage; the envelope if there is a signature to look at."""
    if len(data) > MAX_BYTES:
        limit = MAX_BYTES // 1024 // 1024
        answer.say(
            "file", "unknown", f"文件超过{limit}MB，不是通知书", f"the file is larger than {limit} MB: not a letter"
        )
        return None
    if not looks_like_pdf(data):
        answer.say("file", "unknown", "不是 PDF 文件，无法读取", "this is not a PDF file")
        return None
    problem = revision_problem(data)
    if problem:
        answer.say("revision", "bad", *problem)
    else:
        answer.say("revision", "ok", "文件只有一个版本", "the file has one revision")
    try:
        envelope = read_envelope(data)
    except EnvelopeError as error:
        answer.say(error.line, "bad", error.zh, error.en)
        return None
    if envelope is None:
        if _ENCRYPT in data:
            answer.say("file", "unknown", "文件已加密，无法读取", "the file is encrypted and cannot be read")
            del answer.lines["revision"]
        else:
            answer.say(
                "signature", "bad", "文件没有电子签名，不是通知书", "the file bears no signature: it is not a letter"
            )
        return None
    _, start, end, rest = envelope.byte_range
    if envelope.missing:
        answer.say(
            "coverage", "bad", f"文件缺少{envelope.missing}字节", f"{envelope.missing} bytes of the file are missing"
        )
    elif envelope.extra:
        answer.say(
            "coverage",
            "bad",
            f"文件末尾有{envelope.extra}字节不在签名范围内",
            f"{envelope.extra} bytes at the end are not covered by the signature",
        )
    else:
        answer.say(
            "coverage",
            "ok",
            f"签名覆盖全部{start + rest}字节（签名本身{end - start}字节除外）",
            f"the signature covers all {start + rest} bytes (its own {end - start} apart)",
        )
    return envelope


def _signature(envelope: Envelope, answer: _Answer) -> cms.Signed | None:
    try:
        signed = cms.open_signature(envelope.cms, envelope.digest)
    except cms.SignatureError as error:
        answer.say(
            "signature", "bad", f"签名无效，文件在签名之后被改动：{error}", f"the signature is not valid: {error}"
        )
        return None
    answer.say(
        "signature", "ok", "签名完好，签名后未作任何改动", "the signature is intact: nothing was changed after signing"
    )
    return signed


def _inside(data: bytes, envelope: Envelope, answer: _Answer, *, trusted: bool) -> Contents | None:
    try:
        contents = read_contents(data, envelope, trusted=trusted)
    except ContentsError as error:
        answer.say(error.line, "bad", error.zh, error.en)
        return None
    answer.say("file", "ok", f"PDF 文件，{len(data) // 1024}KB", f"PDF file, {len(data) // 1024} KB")
    return contents


def _facts(contents: Contents | None, signed: cms.Signed | None) -> LetterFacts:
    if contents is None:
        return LetterFacts(signer=signed.name if signed else "")
    capsule = contents.capsule
    digest = contents.capsule_digest
    return LetterFacts(
        number=contents.number,
        title=contents.title,
        issuer=contents.issuer,
        payee=contents.payee,
        policy=str(capsule.get("policy", "")),
        kind=contents.kind,
        amount_fen=None if contents.paper else contents.amount_fen,
        capsule_digest=digest,
        check_code="" if contents.paper else check_code(contents.number, digest),
        signer=signed.name if signed else "",
        signed_at=contents.signed_at,
        sample=contents.sample,
    )
