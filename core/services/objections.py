"""异议: raised by anybody to what is under public notice, under their name, and answered.

Who raised it is sealed; the applicant is told that there was an objection and what came of it. The sender gets a
receipt code, of which only the hash is kept, and looks up the answer with it.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.data.models import Case, Objection, ObjectionState, Publication, PublicationEntry, Role
from core.data.types import utcnow
from core.errors import N_, Conflict, Forbidden, Invalid, NotFound
from core.services import audit, ties
from core.services.typed import within

HANDLERS = frozenset({Role.WINDOW, Role.SECOND_REVIEWER})
DISMISSED = "，异议经核查不成立"
LONGEST = 3000  # characters of a statement
_LETTERS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"


def receive(
    session: Session, notice: Publication, place: int, *, name: str, contact: str, statement: str, today: date
) -> tuple[Objection, str]:
    """Keep an objection to the row at `place` of a notice; returns it and its receipt code, which is told once."""
    entry = next((entry for entry in notice.entries if entry.place == place), None)
    if entry is None:
        raise Invalid("请选择对哪一家单位有异议", field="place")
    if today > notice.ends_on or entry.ended_early_on is not None:
        raise Conflict("这一项的公示已经结束，不再受理异议；如有线索，请联系公示单位")
    for field, value, least in (("name", name, 2), ("contact", contact, 5), ("statement", statement, 10)):
        if len(value.strip()) < least:
            raise Invalid(_ASKED[field], field=field)
    if len(statement) > LONGEST:
        raise Invalid("异议内容请控制在%(most)s字以内", field="statement", most=LONGEST)
    code = "-".join("".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(4))
    objection = Objection(
        district_id=notice.district_id,
        publication_id=notice.id,
        case_id=entry.case_id,
        receipt_hash=_hash(code),
    )
    objection.name, objection.contact, objection.statement = name.strip(), contact.strip(), statement.strip()
    session.add(objection)
    session.flush()
    audit.record(session, "objection.receive", objection, detail={"case": entry.case_id})
    return objection, code


_ASKED = {
    "name": N_("请填写姓名或单位名称，异议须实名提出"),
    "contact": N_("请填写手机号或邮箱，以便核实和答复"),
    "statement": N_("请写明对什么有异议、依据是什么，至少10个字"),
}


def answer_to(session: Session, code: str) -> Objection:
    """The objection a receipt code belongs to. Raises `NotFound`."""
    found = session.scalars(select(Objection).where(Objection.receipt_hash == _hash(normalised(code)))).one_or_none()
    if found is None:
        raise NotFound("没有这个回执码，请核对后再输入", field="code")
    return found


def normalised(code: str) -> str:
    """A receipt code as typed, as told."""
    plain = "".join(c for c in code.upper() if c in _LETTERS)
    return "-".join(plain[i : i + 4] for i in range(0, len(plain), 4))


def waiting(session: Session, case: Case) -> int:
    """How many objections to a case nobody has looked at."""
    asked = select(func.count()).where(Objection.case_id == case.id, Objection.state == ObjectionState.RECEIVED)
    return session.scalar(asked) or 0


def set_aside(session: Session, objection_id: int, answer: str) -> Objection:
    """Answer what is not about the matter, without stopping the case."""
    objection = _of_handler(session, objection_id)
    if objection.state is not ObjectionState.RECEIVED:
        raise Conflict("这份异议已经处理过了，请刷新页面查看")
    if len(answer.strip()) < 5:
        raise Invalid("请写明不予核查的理由，提出人凭回执码会看到它", field="answer")
    _close(objection, ObjectionState.SET_ASIDE, answer.strip(), audit.asker_of(session).user_id)
    audit.record(session, "objection.set_aside", objection, detail={"case": objection.case_id})
    session.flush()
    return objection


def reveal(session: Session, objection_id: int, reason: str) -> Objection:
    """Who raised it, for whoever handles it; the trail keeps who asked and why."""
    objection = _of_handler(session, objection_id)
    if len(reason.strip()) < 2:
        raise Invalid("请写明为什么需要查看提出人", field="reason")
    audit.record(session, "objection.reveal", objection, detail={"reason": within(reason, 200, field="reason")})
    return objection


def register(session: Session, case: Case) -> None:
    """The case is being looked into: whatever was received is part of that."""
    for objection in _in(session, case, ObjectionState.RECEIVED):
        objection.state, objection.handled_at = ObjectionState.REGISTERED, utcnow()
        objection.handled_by_id = audit.asker_of(session).user_id
    session.flush()


def settle(session: Session, case: Case, *, upheld: bool, answer: str) -> None:
    """What came of looking into it, told to all who objected."""
    state = ObjectionState.UPHELD if upheld else ObjectionState.DISMISSED
    for objection in _in(session, case, ObjectionState.REGISTERED):
        _close(objection, state, answer, audit.asker_of(session).user_id)
    session.flush()


def open_to(session: Session, case: Case) -> bool:
    """Whether anybody who objected to a case has no answer yet."""
    return any(_in(session, case, state) for state in (ObjectionState.RECEIVED, ObjectionState.REGISTERED))


def settle_all(session: Session, case: Case, answer: str) -> None:
    """What was objected to an award is the ground, or part of it, on which its revocation is proposed."""
    register(session, case)
    settle(session, case, upheld=True, answer=answer)


def result(session: Session, case: Case) -> str:
    """What came of the objections to the notice that the case is under, in the letter's words after "公示期满"."""
    asked = (
        select(Objection.state)
        .join(PublicationEntry, PublicationEntry.publication_id == Objection.publication_id)
        .where(
            Objection.case_id == case.id,
            PublicationEntry.case_id == case.id,
            PublicationEntry.ended_early_on.is_(None),
        )
    )
    aside = ObjectionState.SET_ASIDE in set(session.scalars(asked))
    # Also what was registered here without coming through the notice was looked into.
    if case.publication_result == DISMISSED:
        return f"{DISMISSED}，其余所提异议不属公示事项" if aside else DISMISSED
    return "，所提异议不属公示事项" if aside else "无异议"


def moot(session: Session, case: Case, *, by: int | None) -> None:
    """The case was withdrawn `by` whoever applied: there is nothing left to object to. The system asks, for applicants
    see no objections."""
    for state in (ObjectionState.RECEIVED, ObjectionState.REGISTERED):
        for objection in _in(session, case, state):
            _close(objection, ObjectionState.SET_ASIDE, "申请单位已撤回申请，不再核查", by)
    session.flush()


def _close(objection: Objection, state: ObjectionState, answer: str, by: int | None) -> None:
    objection.state, objection.answer, objection.handled_at, objection.handled_by_id = state, answer, utcnow(), by


def _in(session: Session, case: Case, state: ObjectionState) -> list[Objection]:
    asked = select(Objection).where(Objection.case_id == case.id, Objection.state == state).with_for_update()
    return list(session.scalars(asked))


def _of_handler(session: Session, objection_id: int) -> Objection:
    found = session.scalars(select(Objection).where(Objection.id == objection_id).with_for_update()).one_or_none()
    if found is None:
        raise NotFound("没有这份异议，或您无权查看")
    asker = audit.asker_of(session)
    if not asker.roles & HANDLERS:
        raise Forbidden("异议由受理窗口和复审人员处理")
    ties.refuse(session, found.case, asker)
    return found


def _hash(code: str) -> str:
    return hashlib.sha256(code.encode()).hexdigest()
