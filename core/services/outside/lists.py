"""Lists from outside come in, are confirmed, and go: each an event of the trail."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from core.data.models import OutsideList, OutsideRow
from core.data.queries import outside as reads
from core.data.queries.locks import lock_name
from core.data.types import utcnow
from core.errors import N_, Conflict, Invalid, NotFound
from core.services import audit
from core.services.outside import keeping
from core.services.outside.reading import Reading
from core.services.typed import within

UNCONFIRMED = timedelta(hours=24)  # how long a list waits to be confirmed
_AT_ONCE = 5_000
READ_NONE = N_("文件里没有能用的行，没有导入；请按“读不懂的行”中的说明改好后再上传")
EMPTY = N_("文件里只有列名或模板的示例，没有名单；请填好后再上传")
TAKEN = N_("这份文件已经导入过，还没有到删除日期；请在名单列表里查看")
WAITING = N_("另一位审计人员刚读入了这份文件，还没有确认；请由本人确认，或等一天后再上传")


@dataclass(frozen=True, slots=True)
class Said:
    """What is said of a list by whoever brings it in."""

    given_by: str
    document: str
    basis: str
    data_on: date
    keep_until: date


def take(session: Session, said: Said, reading: Reading, today: date) -> OutsideList:
    """A list to be looked at before it counts. It takes the place of one that the same person left unconfirmed."""
    asker = audit.asker_of(session)
    if not reading.rows:
        raise Invalid(READ_NONE if reading.problems.errors else EMPTY, field="file")
    _check(said, today)
    assert asker.district_id is not None
    lock_name(session, f"outside_lists:{asker.district_id}")
    for before in reads.unconfirmed(session, by=asker.user_id):
        _remove(session, before)
    if (there := reads.with_file(session, reading.file_mark)) is not None:
        raise Conflict(TAKEN if there.confirmed_at else WAITING, field="file")
    made = OutsideList(
        district_id=asker.district_id,
        kind=reading.kind,
        given_by=within(said.given_by, 120, field="given_by"),
        document=within(said.document, 120, field="document"),
        basis=within(said.basis, 300, field="basis"),
        data_on=said.data_on,
        keep_until=said.keep_until,
        file_mark=reading.file_mark,
        row_count=len(reading.rows),
        unread=reading.unread,
        imported_by_id=asker.user_id,
    )
    session.add(made)
    session.flush()
    for at in range(0, len(reading.rows), _AT_ONCE):
        session.execute(insert(OutsideRow), [_row(made, it) for it in reading.rows[at : at + _AT_ONCE]])
    audit.record(session, "outside.read", made, detail=_told(made))
    session.flush()
    return made


def load(session: Session, list_id: int) -> OutsideList:
    """A list of the asker's district; raises `NotFound`."""
    found = session.scalars(select(OutsideList).where(OutsideList.id == list_id)).one_or_none()
    if found is None:
        raise NotFound("没有这份名单，或您无权查看")
    return found


def confirm(session: Session, found: OutsideList) -> None:
    """From now on the list is compared."""
    session.refresh(found, with_for_update=True)
    if found.deleted_at is not None or found.confirmed_at is not None:
        raise Conflict("这份名单已经确认或已删除，请刷新后再看")
    if found.imported_by_id != audit.asker_of(session).user_id:
        raise Conflict("这份名单由另一位审计人员读入，应由本人确认")
    found.confirmed_at = utcnow()
    audit.record(session, "outside.import", found, detail=_told(found))
    session.flush()


def drop(session: Session, found: OutsideList) -> int:
    """Delete the rows of a list before its day; how many there were. One that was never confirmed goes whole."""
    session.refresh(found, with_for_update=True)
    if found.deleted_at is not None:
        raise Conflict("这份名单的内容已经删除")
    if found.confirmed_at is None:
        return _remove(session, found)
    return _empty(session, found, by=audit.asker_of(session).user_id)


def drop_due(session: Session, today: date) -> int:
    """What the schedule does, in every district: the rows of lists whose last day is over, and lists that nobody
    confirmed within a day. How many rows went."""
    rows = 0
    due = select(OutsideList).where(OutsideList.deleted_at.is_(None)).order_by(OutsideList.id).with_for_update()
    for found in session.scalars(due).all():
        if found.confirmed_at is None:
            rows += _remove(session, found) if found.imported_at < utcnow() - UNCONFIRMED else 0
        elif found.keep_until < today:
            rows += _empty(session, found, by=None)
    return rows


def _check(said: Said, today: date) -> None:
    allowed = keeping.on(today)
    if said.data_on > today:
        raise Invalid("数据日期在今天之后，请核对", field="data_on")
    if said.keep_until < today:
        raise Invalid("保存到期日应在今天或以后", field="keep_until")
    if said.keep_until > allowed.latest:
        raise Invalid(
            "最多保存到%(latest)s：个人信息应只保存必要的最短时间",
            field="keep_until",
            latest=allowed.latest.isoformat(),
        )


def _row(made: OutsideList, it: object) -> dict[str, object]:
    names = ("subject", "mark", "month_from", "month_to", "amount_fen")
    return {"list_id": made.id, "district_id": made.district_id} | {name: getattr(it, name) for name in names}


def _told(found: OutsideList) -> dict[str, object]:
    return {
        "kind": found.kind.value,
        "rows": found.row_count,
        "unread": found.unread,
        "document": found.document,
        "keep_until": found.keep_until.isoformat(),
    }


def _empty(session: Session, found: OutsideList, *, by: int | None) -> int:
    gone = _delete_rows(session, found)
    found.deleted_at, found.deleted_by_id = utcnow(), by
    audit.record(session, "outside.delete", found, detail={"kind": found.kind.value, "rows": gone})
    session.flush()
    return gone


def _remove(session: Session, found: OutsideList) -> int:
    gone = _delete_rows(session, found)
    audit.record(session, "outside.discard", found, detail={"kind": found.kind.value, "rows": gone})
    session.delete(found)
    session.flush()
    return gone


def _delete_rows(session: Session, found: OutsideList) -> int:
    return int(session.execute(delete(OutsideRow).where(OutsideRow.list_id == found.id)).rowcount)  # type: ignore[attr-defined]
