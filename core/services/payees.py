"""收款账户: what account a case is paid to, whether somebody compared it with a paper, and who may see it whole."""

from __future__ import annotations

import re
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session, object_session

from core.data import payees as payee_prints
from core.data.models import Case, CaseDocument, CaseState, PayeeCheck, PayeeDoubt
from core.data.models.payouts import CHANGEABLE
from core.data.queries import payouts as reads
from core.data.types import utcnow
from core.errors import Conflict, Invalid, NotFound
from core.policy import Card
from core.services import audit, cases, ties
from core.services.imports.context import name_key
from core.services.notices import payees as notices
from core.services.typed import within

CODE = re.compile(r"\d{12}\Z", re.ASCII)  # 联行号 (CNAPS): only its shape can be checked here
NUMBER = re.compile(r"\d{8,32}\Z", re.ASCII)
CHECKABLE = CHANGEABLE | {CaseState.SUBMITTED}


@dataclass(frozen=True, slots=True)
class Account:
    """`own`: the owner's own account, not the unit's."""

    name: str
    bank: str
    bank_code: str
    number: str
    own: bool = False


def account_of(case: Case) -> Account:
    """The account of a case, as it stands; empty where it is not filled in yet."""
    return Account(
        case.payee_name or "",
        case.payee_bank or "",
        case.payee_bank_code or "",
        case.payee_account or "",
        case.payee_own,
    )


def fingerprint(operator_id: int, account: Account) -> str:
    """What an account is known again by without being told."""
    said = (account.name, account.bank, account.bank_code, account.number)
    return payee_prints.fingerprint(operator_id, *said, own=account.own)


def fingerprint_of(case: Case) -> str:
    return fingerprint(case.operator_id, account_of(case))


def is_filled(account: Account) -> bool:
    """Whether everything a bank asks for is there and of the right shape. Accounts from before the 联行号 was asked for
    are not, until their applicant changes them."""
    return bool(account.name and account.bank and CODE.match(account.bank_code) and NUMBER.match(account.number))


def require_complete(case: Case, account: Account, card: Card) -> None:
    """Everything a payment needs is there and of the right shape; raises `Invalid` at the field that is not."""
    for field, value in (
        ("payee_name", account.name),
        ("payee_bank", account.bank),
        ("payee_bank_code", account.bank_code),
        ("payee_account", account.number),
    ):
        if not value:
            raise Invalid("请填写收款账户的户名、开户行、联行号和账号，资金只拨付到这个账户", field=field)
    if not CODE.match(account.bank_code):
        raise Invalid("联行号是12位数字，可在开户许可证或网银中查到", field="payee_bank_code")
    if not NUMBER.match(account.number):
        raise Invalid("账号应为8到32位数字，请核对", field="payee_account")
    if not account.own:
        if name_key(account.name) != name_key(case.tenant.name):
            raise Invalid("单位账户的户名须与营业执照名称“%(name)s”一致", field="payee_name", name=case.tenant.name)
        return
    if not card.own_account:
        raise Invalid("这项政策只拨付到申请单位自己的账户，不能使用个人账户", field="payee_own")
    if name_key(account.name) not in {name_key(founder.name) for founder in case.tenant.founders}:
        raise Invalid("本人账户的户名须是本单位登记的创始人姓名", field="payee_name")


def is_checked(case: Case) -> bool:
    """Whether somebody has compared the account, as it stands, with a paper, and may be relied on."""
    session = object_session(case)
    if session is None:
        raise RuntimeError("the case belongs to no session")
    session.flush()
    return session.scalar(select(Case.id).where(Case.id == case.id, reads.checked())) is not None


def check(session: Session, case: Case, *, document_id: int | None, note: str) -> PayeeCheck:
    """核对一致: the account is that of a paper of the case, or of what the note names where the case has no papers."""
    ties.refuse(session, case, audit.asker_of(session))
    cases.lock(session, case)
    if case.state not in CHECKABLE:
        raise Conflict("这份申请现在不需要核对收款账户，请刷新页面查看")
    if not case.payee_account:
        raise Conflict("申请件没有填写收款账户，无从核对")
    if not is_filled(account_of(case)):
        raise Conflict("收款账户缺少户名、开户行、联行号或账号，银行无法付款；请申请单位先补全或申请变更，再核对")
    if is_checked(case):
        raise Conflict("这个收款账户已经核对过，不用再核对")
    papers = {it.id: it for it in session.scalars(select(CaseDocument).where(CaseDocument.case_id == case.id))}
    document = papers.get(document_id or 0)
    if document is None and papers:
        raise Invalid("请选择核对所依据的材料", field="document_id")
    return record_check(session, case, fingerprint_of(case), file_id=document.file_id if document else None, note=note)


def record_check(session: Session, case: Case, known: str, *, file_id: int | None, note: str) -> PayeeCheck:
    """Write down that the account with this fingerprint is that of the paper."""
    if len(note.strip()) < 2:
        raise Invalid("请写明核对了什么，例如“与开户许可证一致”", field="note")
    by = audit.asker_of(session).user_id
    if by is None:
        raise Conflict("核对收款账户须由具体的人办理")
    made = PayeeCheck(
        operator_id=case.operator_id,
        tenant_id=case.tenant_id,
        case_id=case.id,
        fingerprint=known,
        file_id=file_id,
        note=within(note, 300, field="note"),
        checked_by_id=by,
        checked_at=utcnow(),
    )
    session.add(made)
    audit.record(session, "payee.check", case, detail={"account": known, "file": file_id})
    session.flush()
    return made


def doubt_of(session: Session, case: Case) -> PayeeDoubt | None:
    """What was found wrong with the account as it stands, unless it was compared again since and found right."""
    found = select(PayeeDoubt).where(PayeeDoubt.case_id == case.id, PayeeDoubt.fingerprint == fingerprint_of(case))
    return None if is_checked(case) else session.scalars(found.order_by(PayeeDoubt.id.desc()).limit(1)).first()


def doubt(session: Session, case: Case, note: str) -> PayeeDoubt:
    """核对不一致: the account is not that of the papers. The applicant is told, and asks for another."""
    cases.lock(session, case)
    if case.state not in CHANGEABLE:
        raise Conflict("这份申请现在不能变更收款账户；尚未受理的，请由窗口退回补正")
    if is_checked(case):
        raise Conflict("这个收款账户已经核对一致；事后发现有误的，请联系申请单位，由其申请变更")
    if doubt_of(session, case) is not None:
        raise Conflict("已告知申请单位账户不一致，请等其申请变更")
    if len(note.strip()) < 2:
        raise Invalid("请写明哪里不一致，申请单位会看到", field="note")
    by = audit.asker_of(session).user_id
    if by is None:
        raise Conflict("核对收款账户须由具体的人办理")
    made = PayeeDoubt(
        operator_id=case.operator_id,
        tenant_id=case.tenant_id,
        case_id=case.id,
        fingerprint=fingerprint_of(case),
        note=within(note, 300, field="note"),
        by_id=by,
    )
    session.add(made)
    session.flush()
    audit.record(session, "payee.doubt", case, detail={"account": made.fingerprint})
    notices.doubted(session, case, made)
    session.flush()
    return made


def reveal(session: Session, case: Case, reason: str) -> str:
    """The whole account number, once, for a reason that the trail keeps."""
    ties.refuse(session, case, audit.asker_of(session))
    if not case.payee_account:
        raise NotFound("申请件没有填写收款账户")
    if len(reason.strip()) < 2:
        raise Invalid("请写明查看完整账号的用途", field="reason")
    audit.record(session, "payee.reveal", case, detail={"reason": within(reason, 200, field="reason")})
    return str(case.payee_account)
