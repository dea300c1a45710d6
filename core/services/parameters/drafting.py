"""Drafts of a district's parameters: written by one person, checked, and handed to a second one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.data.asker import Asker
from core.data.models import DraftState, ParameterDraft, PublishedParameters
from core.data.types import utcnow
from core.errors import Conflict, Forbidden, Invalid, NotFound
from core.policy import LoadedPolicy, ParameterSet
from core.services import audit, notices
from core.services.parameters import book, golden
from core.services.parameters.file import parse, rows_of
from core.services.parameters.rows import MAX_ROWS, Reading, backdated, kept, read
from core.services.rights import PARAMETER_DRAFTERS, PARAMETER_PUBLISHERS
from core.services.typed import within

OPEN = (DraftState.DRAFT, DraftState.SUBMITTED)


@dataclass(frozen=True, slots=True)
class Checked:
    """A draft as it stands: what its rows mean, what the district has (`before`) and would have (`after`), and how the
    golden cases come out (None while a row cannot be read)."""

    holds: PublishedParameters | None
    before: ParameterSet | None
    reading: Reading
    after: ParameterSet | None = None
    report: golden.Report | None = None
    correction_missing: bool = False

    @property
    def green(self) -> bool:
        return self.report is not None and self.report.green and not self.correction_missing


def load(session: Session, draft_id: int) -> ParameterDraft:
    """The draft, if the asker may see it; raises `NotFound`."""
    draft = session.scalars(select(ParameterDraft).where(ParameterDraft.id == draft_id)).one_or_none()
    if draft is None:
        raise NotFound("没有这份参数草案，或您无权查看")
    return draft


def of_policy(session: Session, key: str) -> list[ParameterDraft]:
    """The drafts of a policy that are still open, newest first."""
    wanted = select(ParameterDraft).where(ParameterDraft.policy_key == key, ParameterDraft.state.in_(OPEN))
    return list(session.scalars(wanted.order_by(ParameterDraft.id.desc())))


def waiting_for(session: Session) -> list[ParameterDraft]:
    """The drafts that the asker could publish: handed over by others, oldest first."""
    asker = audit.asker_of(session)
    if not asker.may(*PARAMETER_PUBLISHERS):
        return []
    wanted = select(ParameterDraft).where(
        ParameterDraft.state == DraftState.SUBMITTED, ParameterDraft.author_id != asker.user_id
    )
    return list(session.scalars(wanted.order_by(ParameterDraft.submitted_at)))


def start(
    session: Session, loaded: LoadedPolicy, *, rows: Sequence[Mapping[str, str]] = (), note: str = ""
) -> ParameterDraft:
    """A new draft of the asker's district."""
    asker = may_draft(session)
    _refuse_too_many(rows)
    draft = ParameterDraft(
        district_id=asker.district_id,
        policy_key=loaded.key,
        note=note.strip(),
        rows=[kept(row) for row in rows],
        golden=[],
        author_id=asker.user_id,
    )
    session.add(draft)
    audit.record(session, "parameters.start", draft, detail={"policy": loaded.key, "rows": len(draft.rows)})
    session.flush()
    return draft


def bring_in(session: Session, loaded: LoadedPolicy, body: bytes) -> tuple[ParameterDraft, int]:
    """A new draft from a file; and how many of its values are published already, which it leaves out."""
    asker = may_draft(session)
    rows, known = rows_of(body, loaded, book.published(session, asker.district_id, loaded))
    if not rows:
        raise Invalid("文件里的%(n)s个值都已公布，没有要起草的", n=known, field="file")
    return start(session, loaded, rows=rows), known


def save(
    session: Session,
    draft: ParameterDraft,
    *,
    version: int | None,
    rows: Sequence[Mapping[str, str]],
    note: str,
    correction: str | None,
) -> ParameterDraft:
    """Keep what was typed, finished or not. A stale `version` raises `Conflict`, and neither text is overwritten."""
    _own(session, draft)
    locked(session, draft, version, DraftState.DRAFT)
    _refuse_too_many(rows)
    draft.rows = [kept(row) for row in rows]
    draft.note = within(note, 400, field="note")
    draft.correction = within(correction, 400, field="correction") or None
    draft.version += 1
    draft.saved_at = utcnow()
    session.flush()
    return draft


def check(session: Session, draft: ParameterDraft, loaded: LoadedPolicy, today: date) -> Checked:
    """Everything that must hold before the draft may apply, as it is now."""
    holds = book.latest(session, draft.district_id, loaded.key)
    before = parse(holds.file, loaded) if holds else None
    reading = read(draft.rows, loaded, before, today)
    if reading.problems:
        return Checked(holds, before, reading)
    after = book.merged(before, reading.values)
    report = golden.check(
        loaded,
        before,
        after,
        reading.values,
        published=golden.read_accepted(holds.golden if holds else ()),
        accepted=golden.read_accepted(draft.golden),
    )
    missing = bool(backdated(reading.values, today)) and not draft.correction
    return Checked(holds, before, reading, after, report, missing)


def accept(
    session: Session,
    draft: ParameterDraft,
    loaded: LoadedPolicy,
    *,
    version: int | None,
    amounts: Mapping[golden.Key, int],
    today: date,
) -> list[tuple[golden.Row, int]]:
    """Keep with the draft what its author expects of golden cases, in fen, where that is what comes out. Returns those
    where it is not, with what was expected: of the two, the expectation or the draft is wrong."""
    _own(session, draft)
    locked(session, draft, version, DraftState.DRAFT)
    checked = check(session, draft, loaded, today)
    require_readable(checked)
    report = checked.report
    assert report is not None
    right, wrong = golden.accept(report, amounts)
    known = golden.read_accepted(draft.golden)
    still = {row.key: known[row.key] for row in report.rows if row.accepted}
    draft.golden = golden.write_accepted(still | right)
    draft.version += 1
    audit.record(session, "parameters.accept_golden", draft, detail={"accepted": len(right), "otherwise": len(wrong)})
    session.flush()
    return wrong


def submit(session: Session, draft: ParameterDraft, loaded: LoadedPolicy, *, version: int | None, today: date) -> None:
    """Hand the draft to a second person; it is not changed any more until they have answered."""
    _own(session, draft)
    locked(session, draft, version, DraftState.DRAFT)
    require_green(check(session, draft, loaded, today), loaded)
    draft.state, draft.submitted_at, draft.returned = DraftState.SUBMITTED, utcnow(), None
    draft.version += 1
    audit.record(session, "parameters.submit", draft, detail={"policy": loaded.key})
    notices.of_draft(session, draft, loaded.card)
    session.flush()


def require_readable(checked: Checked) -> ParameterSet:
    """What the district would have; raises `Conflict` where a row cannot be read."""
    if checked.after is None:
        raise Conflict("草案里有填写不全的值，请先改好；每一处都写在该行下面")
    return checked.after


def require_green(checked: Checked, loaded: LoadedPolicy) -> None:
    """Raises `Conflict` with the first thing that is missing."""
    require_readable(checked)
    report = checked.report
    assert report is not None
    if checked.correction_missing:
        raise Conflict("有的值从今天以前开始，只能作为更正公布；请写明更正原因，或改为今天及以后的日期")
    if report.broken:
        raise Conflict("插件自带的黄金案例现在就不通过，无法检验新值，不能公布；请联系平台管理人员")
    if report.unread:
        names = "、".join(f"{loaded.card.parameters.titles[it.name].zh}（{it.start}）" for it in report.unread)
        raise Conflict("没有黄金案例用到这些值：%(names)s。请核对起始日期，或请插件作者补一个案例", names=names)
    if report.open:
        raise Conflict("还有%(n)s个黄金案例的结果变了而没有认可；请逐个写下应得金额，或修改草案", n=len(report.open))


def take_back(session: Session, draft: ParameterDraft, *, version: int | None) -> None:
    """Back to its author, who wants to change it."""
    _own(session, draft)
    locked(session, draft, version, DraftState.SUBMITTED)
    _reopen(session, draft, "parameters.take_back")


def give_back(session: Session, draft: ParameterDraft, *, version: int | None, reason: str) -> None:
    """Back to its author, from the second person, who says why."""
    may_publish(session)
    locked(session, draft, version, DraftState.SUBMITTED)
    if len(reason.strip()) < 2:
        raise Invalid("请写明退回的原因，起草人将据此修改", field="reason")
    draft.returned = within(reason, 400, field="reason")
    _reopen(session, draft, "parameters.give_back")
    notices.of_draft_returned(session, draft)


def _reopen(session: Session, draft: ParameterDraft, action: str) -> None:
    draft.state, draft.submitted_at = DraftState.DRAFT, None
    draft.version += 1
    audit.record(session, action, draft)
    session.flush()


def discard(session: Session, draft: ParameterDraft, *, version: int | None) -> None:
    """Set aside for good, by its author or by whoever could publish it. The row stays, the trail names it."""
    asker = audit.asker_of(session)
    if asker.user_id != draft.author_id:
        may_publish(session)
    locked(session, draft, version, *OPEN)
    draft.state = DraftState.DISCARDED
    draft.version += 1
    audit.record(session, "parameters.discard", draft)
    session.flush()


# ── who may ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def may_draft(session: Session) -> Asker:
    asker = audit.asker_of(session)
    if not asker.may(*PARAMETER_DRAFTERS):
        raise Forbidden("您的角色不能起草参数；请由初审、复审、审批或区级管理人员办理")
    return asker


def may_publish(session: Session) -> Asker:
    asker = audit.asker_of(session)
    if not asker.may(*PARAMETER_PUBLISHERS):
        raise Forbidden("您的角色不能公布或退回参数；请由审批或区级管理人员办理")
    return asker


def _own(session: Session, draft: ParameterDraft) -> None:
    if may_draft(session).user_id != draft.author_id:
        raise Forbidden("草案只能由起草人修改；您可以导出它，再导入为自己的草案")


def locked(session: Session, draft: ParameterDraft, version: int | None, *states: DraftState) -> None:
    """Hold the draft until the transaction ends, as it now is, if it is still what the page showed."""
    session.flush()
    session.refresh(draft, with_for_update=True)
    if draft.state not in states:
        raise Conflict("这份草案的状态已变（可能已提交、公布或作废），请刷新页面查看")
    if version is not None and version != draft.version:
        raise Conflict("这份草案在另一窗口中已保存过更新的内容。您在此填写的内容仍在页面上，请复制后刷新再填")


def _refuse_too_many(rows: Sequence[Mapping[str, str]]) -> None:
    if len(rows) > MAX_ROWS:
        raise Invalid("一份草案最多%(most)s个值，请分几次起草", most=MAX_ROWS, field="rows")
