"""What a letter says, as plain values: the only thing a letter template ever sees.

The service that issues a letter fills a `LetterContext`; lint, numbering, rendering and the tests read it. It knows no
database row, no request and no clock, so the same context gives the same letter on any machine in ten years.

Units: money is an integer number of fen (分), dates are plain `date` in Asia/Shanghai, texts are Chinese as printed.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

Kind = Literal["award", "refusal"]


@dataclass(frozen=True, slots=True)
class Issuer:
    """Who signs. `authority` is a district department (red mark, 信函格式); otherwise an operator's own letterhead."""

    name: str
    """Full legal name, printed as the letterhead and under the text (发文机关署名)."""
    mark: str
    """发文机关代字, for instance 虹人社."""
    authority: bool
    contact: str = ""
    """联系人 and telephone, printed in brackets under the date; empty prints nothing."""


@dataclass(frozen=True, slots=True)
class LegalBasis:
    """One rule the decision stands on."""

    document: str
    """Document number, for instance 沪人社规〔2018〕37号."""
    article: str
    title: str


@dataclass(frozen=True, slots=True)
class CheckRow:
    """One condition of the policy, in words a tenant understands."""

    code: str
    label: str
    passed: bool | None
    """None: a fact is missing, so the condition could not be judged."""
    observed: str
    required: str
    clause: str
    explain: str = ""


@dataclass(frozen=True, slots=True)
class LineRow:
    """One row of the calculation table."""

    label: str
    quantity: str
    unit_fen: int | None
    """Unit amount in fen; None where a row has none (a cap, for instance)."""
    amount_fen: int
    """May be negative (a cap that cuts the sum)."""
    clause: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class GrantedRow:
    """One thing that is granted where it is not money, in words: what, and which."""

    label: str
    value: str


@dataclass(frozen=True, slots=True)
class EvidenceRow:
    """One paper or record the decision rests on, listed in the annex (附件)."""

    ref: str
    """Identifier of the evidence line, as in the capsule."""
    label: str
    period: str
    amount_fen: int | None
    grade: str
    """Source grade in words: 政府数据, 核验原件, 运营机构记录, 申请人自报."""
    paper: str = ""
    """SHA-256 of the paper, hexadecimal; empty where the record came without one. The first 16 digits are printed."""


@dataclass(frozen=True, slots=True)
class Publicity:
    """公示: the days the intended award was public (both ends included), and what came of it."""

    from_: date
    to: date
    result: str
    """For instance 公示期满无异议."""


@dataclass(frozen=True, slots=True)
class Payment:
    """How the money is paid. The account number arrives masked: the whole one never reaches a letter."""

    account_name: str
    bank: str
    account_masked: str
    text: str = ""
    """A sentence of the policy, for instance 自本通知印发之日起30个工作日内拨付."""
    own: bool = False
    """The owner's own account, where the policy allows one: its holder is not who the letter is addressed to."""


@dataclass(frozen=True, slots=True)
class LetterContext:
    """Everything printed on a letter, and the few facts that must hold before it may be numbered."""

    kind: Kind
    issuer: Issuer
    year: int
    title: str
    payee_name: str
    """Full legal name as on the licence; also 主送."""
    uscc: str
    """统一社会信用代码, 18 characters."""
    policy: str
    """Key of the policy."""
    policy_title: str
    legal_basis: tuple[LegalBasis, ...]
    application_number: str
    applied_on: date
    period: str
    """The period in words, for instance 2025年3月至2026年2月."""
    amount_fen: int
    """0 on a refusal."""
    issued_on: date
    capsule_digest: str
    """The text `sha256:` and 64 hexadecimal digits."""
    licence_name: str
    """Name as read from the licence on file; must equal `payee_name`."""

    number: str | None = None
    """发文字号; None until the letter is numbered (and on a preview, which must be a sample)."""
    seq: int | None = None
    check_code: str = ""
    """核验码, see `core.letters.numbering.check_code`; empty until numbered."""
    verify_url: str = ""
    """Absolute address of the verification page with the check code in it: the content of the QR code."""
    lines: tuple[LineRow, ...] = ()
    granted: tuple[GrantedRow, ...] = ()
    """What an award without money grants; it states no amount then."""
    checks: tuple[CheckRow, ...] = ()
    publicity: Publicity | None = None
    announced_for: int = 0
    """Working days for which an award is announced once its letter is out, before it is paid; 0 where it is not."""
    payment: Payment | None = None
    duties: tuple[str, ...] = ()
    remedies: tuple[str, ...] = ()
    """Printed on an authority's letter only: an operator cannot be taken to 行政复议."""
    evidence: tuple[EvidenceRow, ...] = ()
    notes: tuple[str, ...] = ()
    """Remarks printed in brackets under the date, for instance that demonstration values were used."""
    sample: bool = False
    """Prints 样稿 across every page: not yet approved, demonstration values, or a demonstration district."""
    approved_digest: str = ""
    """Digest of the capsule that the approval is bound to; must equal `capsule_digest` before numbering."""
    replaces: str = ""
    """Number of the letter, void now, in whose place this one is issued."""
    pool_committed: bool = False
    """The award's amount is committed in its pool; must hold before an award is numbered."""

    @property
    def failed_checks(self) -> tuple[CheckRow, ...]:
        """The conditions a refusal must name: those not met, then those that could not be judged."""
        return tuple(c for c in self.checks if c.passed is False) + tuple(c for c in self.checks if c.passed is None)

    def numbered(self, *, number: str, seq: int, check_code: str, verify_url: str) -> LetterContext:
        """The same letter with its number, check code and verification address filled in."""
        return replace(self, number=number, seq=seq, check_code=check_code, verify_url=verify_url)
