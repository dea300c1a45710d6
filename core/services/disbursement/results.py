"""What the bank says of a batch: read from its file, laid beside our rows, shown, and booked when it is confirmed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from flask_babel import lazy_gettext as _
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.data.models import (
    BatchState,
    CaseState,
    Disbursement,
    PayoutBatch,
    PayoutState,
    PoolEntry,
    PoolMove,
)
from core.data.queries import payouts as reads
from core.data.types import utcnow
from core.errors import Conflict, Invalid
from core.policy import Registry
from core.services import audit, clocks, moves, ties
from core.services.disbursement.batches import hold, person
from core.services.disbursement.sheet import RESULT, ResultRecord, Said
from core.services.identifiers import Text
from core.services.imports.parse import parse, rows_of
from core.services.imports.problems import Problem, Problems
from core.services.imports.template import build_template
from core.services.needs import Act
from core.services.notices import payees as notices
from core.services.recovery import offsets

OPEN = (PayoutState.PENDING, PayoutState.FAILED)  # a bank may mend what it said of one that failed
_RULES = (
    "最省事的做法是直接上传银行返回的结果文件（XLSX 或 CSV）；没有的，在送银行的文件后面加上“处理结果”等列。",
    "按“我方参考号”和金额逐笔对应；有对不上的，会逐行列出来。",
    "同一个文件可以重复上传，已经登记过的不会再登记。",
    "日期写 2026-03-01，金额以元为单位、最多两位小数。",
)


@dataclass(frozen=True, slots=True)
class Reading:
    """A file as it was read: `problems` name the rows that could not be."""

    filename: str
    sha256: str
    records: list[ResultRecord]
    problems: Problems


@dataclass(frozen=True, slots=True)
class Wrong:
    """A row of the file that does not fit, and why."""

    row: int
    reference: str
    why: Text


@dataclass(slots=True)
class Sorted:
    """A file beside a batch: `paid` and `failed` are new; `known` were booked before; `waiting` have no result yet;
    `missing` are payments that the file does not name."""

    paid: list[tuple[ResultRecord, Disbursement]] = field(default_factory=list)
    failed: list[tuple[ResultRecord, Disbursement]] = field(default_factory=list)
    known: int = 0
    waiting: int = 0
    wrong: list[Wrong] = field(default_factory=list)
    missing: list[Disbursement] = field(default_factory=list)

    @property
    def fresh(self) -> int:
        return len(self.paid) + len(self.failed)

    @property
    def paid_fen(self) -> int:
        return sum(row.net_fen for _record, row in self.paid)


def template() -> bytes:
    """The workbook for those whose bank gives no file."""
    return build_template([RESULT], _RULES)


def read(data: bytes, filename: str, *, today: date) -> Reading:
    """Read a result file. Raises `FileError` for one that is none; rows that cannot be read are listed problems."""
    parsed = parse(data, filename, today=today, sheets=[RESULT])
    records = [record for _table, record in rows_of(parsed, RESULT.key, ResultRecord)]
    return Reading(filename, parsed.sha256, records, parsed.problems)


def sort(session: Session, batch: PayoutBatch, reading: Reading, today: date) -> Sorted:
    """The file beside the batch as it is now."""
    ours = {row.reference: row for row in batch.rows}
    strangers = {record.reference for record in reading.records} - set(ours)
    elsewhere = {reference: row.batch.number for reference, row in reads.by_reference(session, strangers).items()}
    named = {record.reference for record in reading.records}
    barred = _barred(session, [row for row in batch.rows if row.reference in named and row.state in OPEN])
    return beside(ours, elsewhere, reading, today, barred=barred)


def _barred(session: Session, rows: Iterable[Disbursement]) -> dict[int, Text]:
    """Cases of which nothing can be booked now, and why: paid again meanwhile, or not to be handled by whoever uploads
    the answer. The other rows do not wait for them."""
    asker, found = audit.asker_of(session), {}
    for row in rows:
        case, other = row.case, reads.live_of(session, row.award)
        if other is not None and other.id != row.id:
            found[case.id] = _(
                "这笔曾登记为没有付成，申请件%(number)s已在批次%(batch)s中重新拨付；请向银行查询，以免重复付款。",
                number=case.number,
                batch=other.batch.number,
            )
            continue
        if asker.user_id in (case.prepared_by_id, case.approved_by_id):
            found[case.id] = _(
                "您办理过申请件%(number)s的初审或批准，不能登记它的拨付结果；请由其他拨付人员上传。", number=case.number
            )
        elif ties.keeping(session, case, asker):
            found[case.id] = _(
                "您与申请件%(number)s的申请单位有须回避的关系，不能登记它的拨付结果；请由其他拨付人员上传。",
                number=case.number,
            )
    return found


def beside(
    ours: dict[str, Disbursement],
    elsewhere: dict[str, str],
    reading: Reading,
    today: date,
    *,
    barred: Mapping[int, Text],
) -> Sorted:
    """Row by row. Pure: `elsewhere` are references of other batches, with the batch's number; `barred` are cases of
    which nothing can be booked, and why."""
    made = Sorted()
    times = Counter(record.reference for record in reading.records)
    for problem in reading.problems.listed:
        if problem.level.value == "error":
            made.wrong.append(_unread(problem))
    for record in reading.records:
        row = ours.get(record.reference)
        found = [*_mismatch(record, row, times[record.reference], elsewhere)]
        fresh = row is not None and _is_fresh(record, row)
        if row is not None:
            found += [barred[row.case_id]] if fresh and row.case_id in barred else []
            found += _contradiction(record, row, today)
        if found:
            made.wrong.append(Wrong(record.row, record.reference, found[0]))
        elif row is None or record.said is Said.WAITING:
            made.waiting += 1
        elif not fresh:
            made.known += 1
        else:
            (made.paid if record.said is Said.PAID else made.failed).append((record, row))
    made.missing = [row for row in ours.values() if row.state is PayoutState.PENDING and not times[row.reference]]
    return made


def _is_fresh(record: ResultRecord, row: Disbursement) -> bool:
    """Whether the bank says something that is not booked: also that what had failed was paid after all."""
    if record.said is Said.PAID:
        return row.state in OPEN
    return record.said is Said.FAILED and row.state is PayoutState.PENDING


def _unread(problem: Problem) -> Wrong:
    return Wrong(problem.row or 0, "", _("%(what)s%(remedy)s", what=problem.message, remedy=problem.remedy))


def _mismatch(record: ResultRecord, row: Disbursement | None, times: int, elsewhere: dict[str, str]) -> Iterator[Text]:
    """Why a row of the file is not one of ours."""
    if record.reference in elsewhere:
        yield _("属于批次%(batch)s，请在那个批次中上传。", batch=elsewhere[record.reference])
    elif row is None:
        yield _("没有这个参考号，不是从这里送出的付款。")
    elif times > 1:
        yield _("同一个参考号在文件中出现%(n)s次，请只留一行。", n=times)
    elif record.amount_fen != row.net_fen:
        yield _(
            "金额%(there)s元与送出的%(ours)s元不同，请向银行查询。",
            there=_yuan(record.amount_fen),
            ours=_yuan(row.net_fen),
        )
    elif record.account_tail and record.account_tail != row.payee_account[-4:]:
        yield _("收款账号末四位%(there)s与送出的不同，请向银行查询。", there=record.account_tail)


def _contradiction(record: ResultRecord, row: Disbursement, today: date) -> Iterator[Text]:
    """Why what the bank says of a payment cannot be booked."""
    if record.said is Said.PAID:
        if record.booked_on is None:
            yield _("成功的付款没有记账日期，请补上。")
        elif record.booked_on > today:
            yield _("记账日期在今天之后，请检查。")
        if not (record.voucher or record.bank_reference):
            yield _("成功的付款既没有凭证号也没有流水号，请补上其中一个。")
        if row.state is PayoutState.CANCELLED:
            yield _("这笔已登记为没有付成，现在又说成功；请向银行查询后处理。")
        if row.state in OPEN and row.case.state is not CaseState.ISSUED:
            yield _("申请件已不在“待拨付”，不能登记为已付；请先处理申请件。")
    if record.said is Said.FAILED and row.state is PayoutState.PAID:
        yield _("这笔已登记为已付；如果是退汇，请在该笔付款上登记退汇。")


def _yuan(fen: int) -> str:
    return f"{fen // 100:,}.{fen % 100:02d}"


def book(
    session: Session,
    registry: Registry,
    batch: PayoutBatch,
    reading: Reading,
    *,
    today: date,
    but_wrong: bool = False,
) -> Sorted:
    """Book what the file says. Where rows are wrong nothing is booked, unless somebody who saw the list of them says
    that the others shall be (`but_wrong`). What is booked already stays as it is."""
    hold(session, batch, BatchState.SENT, BatchState.SETTLED)
    named = {record.reference for record in reading.records}
    rows = [row for row in batch.rows if row.reference in named]
    held = {row.case_id: row.case for row in rows} | offsets.cases_of(session, rows)
    for _id, case in sorted(held.items()):  # before any pool is held, and in the order in which others hold them
        clocks.hold(session, case)
    for row in rows:
        session.refresh(row)
    found = sort(session, batch, reading, today)
    if found.wrong and not but_wrong:
        raise Invalid(
            "文件中有%(n)s行对不上，没有登记任何一行；请改好后重新上传，或确认只登记对得上的行", n=len(found.wrong)
        )
    by = person(session)
    released_by = batch.released_by_id
    # Pools in one order for all batches: of two that draw on the same pools, neither waits for the other's second.
    for record, row in sorted(found.paid, key=lambda pair: (pair[1].pool_id, pair[1].case_id)):
        act = Act(confirmed=True, released_by_id=released_by)
        moves.move(session, registry, row.case, "pay", act, today=today)
        row.pay_entry_id = last_entry(session, row, PoolMove.PAY)
        row.state, row.booked_on, row.failure = PayoutState.PAID, record.booked_on, None
        _told(row, record, reading, by)
        offsets.book(session, registry, row, today=today)
    for record, row in found.failed:
        row.state = PayoutState.FAILED
        row.failure = record.failure or "银行没有说明原因"
        row.booked_on = None
        _told(row, record, reading, by)
        offsets.fail(session, row, "银行没有付成")
        notices.not_paid(session, row)
    if batch.state is BatchState.SENT and all(row.state is not PayoutState.PENDING for row in batch.rows):
        batch.state, batch.settled_at = BatchState.SETTLED, utcnow()
    if found.fresh:
        detail = {"file": reading.sha256, "paid": _references(found.paid), "failed": _references(found.failed)}
        audit.record(session, "payout.result", batch, detail={**detail, "wrong": len(found.wrong)})
    session.flush()
    return found


def _told(row: Disbursement, record: ResultRecord, reading: Reading, by: int) -> None:
    row.voucher, row.bank_reference = record.voucher or record.bank_reference, record.bank_reference
    row.result_sha256, row.result_by_id, row.result_at = reading.sha256, by, utcnow()


def _references(pairs: Iterable[tuple[ResultRecord, Disbursement]]) -> Sequence[str]:
    return [row.reference for _record, row in pairs]


def last_entry(session: Session, row: Disbursement, move: PoolMove) -> int:
    """The booking that a move has just made."""
    newest = select(func.max(PoolEntry.id)).where(PoolEntry.case_id == row.case_id, PoolEntry.move == move)
    found = session.scalar(newest)
    if found is None:
        raise Conflict("资金池没有记下这笔付款，请联系平台管理人员")
    return found
