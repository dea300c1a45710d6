"""专家评审: experts score a case before its first review, each by themselves; somebody else closes the panel.

Experts have no reach of their own (`Reach.EXPERT`): what they were given is read, and what they score is written, here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from core.data.asker import Asker
from core.data.models import Case, CasePanel, CaseState, Membership, PanelScore, PanelSeat, Role, User
from core.data.queries.across import across
from core.data.queries.people import running
from core.data.types import utcnow
from core.errors import Conflict, Forbidden, Invalid, NotFound
from core.policy import Panel, Registry, digest
from core.services import audit, calendar, cases, notices, panel_results, ties
from core.services.assessments import card_of
from core.services.typed import OPINION, within

CONVENERS = frozenset({Role.WINDOW, Role.SECOND_REVIEWER})
Score = tuple[int | None, str]  # points and comment, as they were typed


def convene(session: Session, registry: Registry, case: Case, experts: Sequence[int], *, today: date) -> CasePanel:
    """Name the experts of a case. What is scored, and how, is fixed with it."""
    asker = _hold(session, case)
    asked = card_of(registry, case.policy_key).workflow.panel
    if asked is None:
        raise Conflict("这项政策没有专家评审")
    if panel_results.standing(session, case) is not None:
        raise Conflict("本件已组成评审组，请刷新页面查看")
    if len(set(experts)) != asked.experts or len(experts) != asked.experts:
        raise Invalid("请选择%(n)s位不同的评审专家", n=asked.experts, field="experts")
    for user_id in experts:
        _require_fit(session, case, user_id, today)
    panel = CasePanel(
        operator_id=case.operator_id,
        tenant_id=case.tenant_id,
        case_id=case.id,
        sheet=_sheet(asked),
        convened_by_id=asker.user_id,
        due_on=calendar.add_working_days(session, case.district_id, today, asked.days),
    )
    session.add(panel)
    session.flush()
    session.add_all(_seat(panel, case, user_id, asker) for user_id in experts)
    session.flush()
    audit.record(session, "panel.convene", case, detail={"panel": panel.id, "experts": sorted(experts)})
    notices.of_panel(session, registry, case, panel, experts)
    return panel


def replace(
    session: Session, registry: Registry, case: Case, seat_id: int, user_id: int | None, reason: str, *, today: date
) -> PanelSeat:
    """Another expert in the place of one who has not scored yet."""
    asker = _hold(session, case)
    panel = _open(session, case)
    seat = next((it for it in seats(session, panel) if it.id == seat_id), None)
    if seat is None:
        raise NotFound("评审组中没有这位专家，可能已被更换；请刷新页面查看")
    if seat.handed_in_at is not None:
        raise Conflict("这位专家已提交评分，不能更换")
    reason = within(reason, 200, field="reason")
    if len(reason) < 2:
        raise Invalid("请写明更换的原因，审计人员会看到它", field="reason")
    if user_id is None:
        raise Invalid("请选择接替的评审专家", field="user_id")
    if user_id in named(session, panel):
        raise Conflict("这位专家在本件评审组中，或已被更换，请选择其他专家")
    _require_fit(session, case, user_id, today)
    seat.replaced_at, seat.replaced_by_id, seat.reason = utcnow(), asker.user_id, reason
    made = _seat(panel, case, user_id, asker)
    session.add(made)
    session.flush()
    audit.record(session, "panel.replace", case, detail={"panel": panel.id, "from": seat.user_id, "to": user_id})
    notices.of_panel(session, registry, case, panel, [user_id])
    return made


def hand_in(session: Session, case_id: int, given: Mapping[str, Score]) -> None:
    """The asker's scores of a case, all of them and for good."""
    asker = audit.asker_of(session)
    if not asker.may(Role.EXPERT):
        raise Forbidden("只有评审专家可以评分")
    with across(session, "panel") as wide:
        case = wide.get(Case, case_id)
        if case is None or (seat := seat_of(wide, asker, case)) is None:
            raise NotFound("没有请您评审的这份申请件，或已改由其他专家评审")
        cases.lock(wide, case)
        wide.refresh(seat)
        wide.refresh(seat.panel)
        if seat.handed_in_at is not None:
            raise Conflict("您已提交过本件的评分，评分提交后不能修改")
        if seat.replaced_at is not None or not _is_scored(seat.panel, case):
            raise Conflict("本件目前不在评审中，不能评分；请刷新页面查看")
        refuse_tied(wide, asker, case)
        wide.add_all(_scores(seat, given))
        seat.handed_in_at = utcnow()
        wide.flush()
        panel_id = seat.panel_id
    audit.record(session, "panel.hand_in", case, detail={"panel": panel_id})


def close(session: Session, case: Case, note: str) -> CasePanel:
    """All have scored: what they gave becomes the panel's result. By somebody who did not score."""
    asker = _hold(session, case)
    panel = _open(session, case)
    there = seats(session, panel)
    if any(it.user_id == asker.user_id for it in there):
        raise Forbidden("评审组须由评审专家以外的人员结束")
    if waiting := [it.user.name for it in there if it.handed_in_at is None]:
        raise Conflict("%(names)s尚未提交评分；请待其提交，或更换专家", names="、".join(waiting))
    given = [{it.criterion: it.points for it in seat.scores} for seat in there]
    spread, note = panel.sheet["spread"], within(note, OPINION, field="note")
    if spread is not None and panel_results.apart(panel.sheet, given) > spread and len(note) < 2:
        raise Invalid("最高分与最低分相差超过%(n)s分，请说明仍予采用的理由", n=spread, field="note")
    panel.mean = panel_results.mean(panel.sheet, given)
    rows = [[s.user_id, it.criterion, it.points, it.comment] for s in there for it in s.scores]
    panel.digest = digest({"sheet": panel.sheet, "scores": rows, "mean": panel.mean})
    panel.closed_at, panel.closed_by_id, panel.note = utcnow(), asker.user_id, note or None
    session.flush()
    audit.record(session, "panel.close", case, detail={"panel": panel.id, "mean": panel.mean, "digest": panel.digest})
    return panel


def fall(session: Session, case: Case) -> None:
    """Newer facts: what experts scored before rests on older ones, and stays on record."""
    standing = (CasePanel.case_id == case.id, CasePanel.superseded_at.is_(None))
    session.execute(update(CasePanel).where(*standing).values(superseded_at=utcnow()))


def require_closed(session: Session, registry: Registry, case: Case) -> CasePanel | None:
    """The closed panel, or None where the policy has none; raises `Conflict` where it is still to come."""
    if card_of(registry, case.policy_key).workflow.panel is None:
        return None
    panel = panel_results.standing(session, case)
    if panel is None or panel.closed_at is None:
        raise Conflict("本件的专家评审尚未结束；请待评审组结束后再作初审")
    return panel


def require_passed(session: Session, registry: Registry, case: Case) -> None:
    """What the panel gave is enough, and whoever prepares the case did not score it."""
    panel = require_closed(session, registry, case)
    if panel is None:
        return
    if audit.asker_of(session).user_id in {it.user_id for it in seats(session, panel)}:
        raise Forbidden("您评审过本件，不能再办理初审；请交由其他人")
    if not panel_results.passes(panel):
        raise Conflict(
            "专家评审得分%(score)s分，低于%(least)s分，不能通过；请建议不予核定",
            score=f"{(panel.mean or 0) / panel_results.HUNDREDTHS:.2f}",
            least=panel.sheet["pass_score"],
        )


def seats(session: Session, panel: CasePanel) -> list[PanelSeat]:
    """Who sits in a panel now, in the order in which they were named."""
    wanted = select(PanelSeat).where(PanelSeat.panel_id == panel.id, PanelSeat.replaced_at.is_(None))
    return list(session.scalars(wanted.order_by(PanelSeat.id)))


def named(session: Session, panel: CasePanel) -> set[int]:
    """Everybody who was ever named for a panel: who was replaced is not named again."""
    return set(session.scalars(select(PanelSeat.user_id).where(PanelSeat.panel_id == panel.id)))


def seat_of(session: Session, asker: Asker, case: Case) -> PanelSeat | None:
    """The asker's seat in the standing panel of a case."""
    wanted = (
        select(PanelSeat)
        .join(PanelSeat.panel)
        .where(
            CasePanel.case_id == case.id,
            CasePanel.superseded_at.is_(None),
            PanelSeat.user_id == asker.user_id,
            PanelSeat.replaced_at.is_(None),
            PanelSeat.district_id == asker.district_id,
        )
    )
    return session.scalars(wanted).one_or_none()


def candidates(session: Session, district_id: int, today: date) -> list[User]:
    """The experts in post of a district, by name."""
    sits = select(Membership.user_id).where(
        Membership.district_id == district_id, Membership.role == Role.EXPERT, running(today)
    )
    return list(session.scalars(select(User).where(User.active, User.id.in_(sits)).order_by(User.name, User.id)))


def refuse_tied(session: Session, asker: Asker, case: Case) -> None:
    """A tie that came up after an expert was named."""
    if asker.user_id is not None and ties.standing(session, asker.user_id, case):
        raise Forbidden("您与申请单位有须回避的关系，不能评审本件；请告知召集人更换专家")


def _hold(session: Session, case: Case) -> Asker:
    cases.lock(session, case)
    asker = audit.asker_of(session)
    if not asker.may(*CONVENERS):
        raise Forbidden("评审组由总窗或复审人员组成和结束")
    ties.refuse(session, case, asker)
    if case.state is not CaseState.ACCEPTED:
        raise Conflict("专家评审在受理之后、初审之前进行，本件已不在这一步；请刷新页面查看最新状态")
    return asker


def _open(session: Session, case: Case) -> CasePanel:
    panel = panel_results.standing(session, case)
    if panel is None:
        raise Conflict("本件尚未组成评审组")
    session.refresh(panel)
    if panel.closed_at is not None:
        raise Conflict("本件的评审组已结束，结果不能再改")
    return panel


def _is_scored(panel: CasePanel, case: Case) -> bool:
    return panel.closed_at is None and panel.superseded_at is None and case.state is CaseState.ACCEPTED


def _require_fit(session: Session, case: Case, user_id: int, today: date) -> None:
    """An expert in post, who has no other post in the district and no tie to the applicant."""
    person = next((it for it in candidates(session, case.district_id, today) if it.id == user_id), None)
    if person is None:
        raise Invalid("请选择在任的评审专家", field="experts")
    held = (
        select(func.count())
        .select_from(Membership)
        .where(
            Membership.user_id == user_id,
            Membership.district_id == case.district_id,
            Membership.operator_id.is_(None),
            Membership.role != Role.EXPERT,
            running(today),
        )
    )
    if session.scalar(held):
        raise Conflict("%(name)s同时是区级经办人员，不能评审；请选择其他专家", name=person.name, field="experts")
    if ties.standing(session, user_id, case):
        raise Conflict("%(name)s与申请单位有须回避的关系，请选择其他专家", name=person.name, field="experts")


def _sheet(asked: Panel) -> dict[str, object]:
    return {
        "experts": asked.experts,
        "pass_score": asked.pass_score,
        "spread": asked.spread,
        "criteria": [
            {"key": key, "zh": it.label.zh, "en": it.label.en, "weight": it.weight, "max": it.most}
            for key, it in asked.criteria.items()
        ],
    }


def _seat(panel: CasePanel, case: Case, user_id: int, asker: Asker) -> PanelSeat:
    return PanelSeat(district_id=case.district_id, panel_id=panel.id, user_id=user_id, named_by_id=asker.user_id)


def _scores(seat: PanelSeat, given: Mapping[str, Score]) -> list[PanelScore]:
    made = []
    for it in seat.panel.sheet["criteria"]:
        points, comment = given.get(it["key"], (None, ""))
        if points is None or not 0 <= points <= it["max"]:
            raise Invalid(
                "“%(criterion)s”请填写0到%(most)s之间的整数", criterion=it["zh"], most=it["max"], field=it["key"]
            )
        comment = within(comment, OPINION, field=it["key"])
        if len(comment) < 2:
            raise Invalid("请写明“%(criterion)s”的评审意见", criterion=it["zh"], field=it["key"])
        made.append(
            PanelScore(district_id=seat.district_id, seat_id=seat.id, criterion=it["key"], points=points,
                       comment=comment)
        )  # fmt: skip
    return made
