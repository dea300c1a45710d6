"""The answer of a verification: one line per question, each readable by itself in Chinese and English.

The command line, the public page and the auditor's desk show these same lines.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

LineStatus = Literal["ok", "bad", "unknown", "not_checked"]
Status = Literal["valid", "not_valid", "cannot_tell"]

EXIT_CODES: dict[Status, int] = {"valid": 0, "not_valid": 1, "cannot_tell": 2}

LABELS: dict[str, tuple[str, str]] = {
    "file": ("文件", "File"),
    "revision": ("一次成文", "One revision"),
    "coverage": ("签名覆盖全文", "Signature covers the whole file"),
    "signature": ("认证签名", "Certifying signature"),
    "trust": ("签名人可信", "Signer is trusted"),
    "time": ("签名时间", "Time of signing"),
    "capsule": ("决定包与所印摘要", "Capsule and printed digest"),
    "sums": ("核算合计", "Sums"),
    "page": ("版面文字", "Text on the page"),
    "replay": ("重算", "Replay"),
    "log": ("发文日志", "Issue log"),
    "revocation": ("撤销", "Revocation"),
}
"""Every line of the answer, in the order in which it is shown: code → (zh, en)."""

DECISIVE = ("file", "revision", "coverage", "signature", "trust", "capsule", "sums", "page")
"""A letter is valid only if all of these are ok. The others are reported beside it: see `status_of`."""


@dataclass(frozen=True, slots=True)
class VerifyLine:
    """One question and its answer."""

    code: str
    status: LineStatus
    zh: str
    en: str

    @property
    def label_zh(self) -> str:
        """What is asked, in Chinese."""
        return LABELS[self.code][0]

    @property
    def label_en(self) -> str:
        """What is asked, in English."""
        return LABELS[self.code][1]

    def to_json(self) -> dict[str, str]:
        """Plain values, for `--json` and for the pages."""
        return {
            "code": self.code,
            "status": self.status,
            "label_zh": self.label_zh,
            "label_en": self.label_en,
            "zh": self.zh,
            "en": self.en,
        }


@dataclass(frozen=True, slots=True)
class LetterFacts:
    """What the file says about itself. Believe it only if the verification is valid."""

    number: str = ""
    title: str = ""
    issuer: str = ""
    payee: str = ""
    policy: str = ""
    kind: str = ""
    amount_fen: int | None = None
    capsule_digest: str = ""
    check_code: str = ""
    signer: str = ""
    signed_at: str = ""
    """Time the signer states, ISO 8601; not a trusted timestamp."""
    sample: bool | None = None
    """True: made with demonstration values, a 样稿."""

    def to_json(self) -> dict[str, object]:
        """Plain values in a stable order."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class Verification:
    """All lines, what follows from them, and what the letter says."""

    lines: tuple[VerifyLine, ...]
    status: Status
    file_sha256: str
    facts: LetterFacts

    @property
    def exit_code(self) -> int:
        """0 valid, 1 not valid, 2 cannot tell."""
        return EXIT_CODES[self.status]

    def line(self, code: str) -> VerifyLine:
        """The line of that code; KeyError if there is none."""
        for line in self.lines:
            if line.code == code:
                return line
        raise KeyError(code)

    def to_json(self) -> dict[str, object]:
        """The whole answer as plain values."""
        return {
            "status": self.status,
            "file_sha256": self.file_sha256,
            "letter": self.facts.to_json(),
            "lines": [line.to_json() for line in self.lines],
        }


def status_of(lines: tuple[VerifyLine, ...]) -> Status:
    """What the lines amount to.

    Any line that is bad makes the letter not valid: also `log` and `revocation`, which are never ok by default but can
    convict (a letter that no longer stands, a proof of another file), though not `replay`: a later
    correction of a rule doesn't make an old letter false. A decisive line that is not ok leaves it open.
    """
    if any(line.status == "bad" and line.code != "replay" for line in lines):
        return "not_valid"
    known = {line.code: line.status for line in lines}
    return "valid" if all(known.get(code) == "ok" for code in DECISIVE) else "cannot_tell"
