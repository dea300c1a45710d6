"""Events of the trail in words, for the pages of the security and the audit administrator."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _

ACTIONS = {
    "account.signed_in": _("登录"),
    "account.signed_out": _("退出"),
    "account.refused": _("登录被拒绝"),
    "account.created": _("开通账户"),
    "account.enabled": _("恢复账户"),
    "account.disabled": _("停用账户"),
    "account.password_changed": _("修改密码"),
    "account.password_reset": _("重设密码"),
    "account.reset_asked": _("申请重设密码"),
    "account.second_factor_set": _("设置两步验证"),
    "account.second_factor_removed": _("停用两步验证"),
    "account.second_factor_reset": _("重置两步验证"),
    "account.recovery_codes_made": _("领取恢复码"),
    "account.recovery_code_used": _("使用恢复码"),
    "account.session_ended": _("退出一台设备"),
    "account.sessions_ended": _("退出其他设备"),
    "account.notices": _("通知设置"),
}
# What an address names (`letter_id`), as people call it; what is not here is shown by its code.
OBJECTS = {
    "": _("名单和汇总"),
    "letter": _("通知书"),
    "case": _("申请件"),
    "tenant": _("企业"),
    "document": _("申请材料"),
    "pool": _("资金池"),
    "batch": _("拨付批次"),
    "recovery": _("追回"),
    "paper": _("文书"),
    "publication": _("公示"),
    "site": _("载体"),
    "mentor": _("导师"),
    "tie": _("回避"),
    "founder": _("创始人"),
    "finding": _("审计发现"),
    "finding_paper": _("审计发现的材料"),
    "lead": _("疑点"),
    "sample": _("抽样"),
    "item": _("抽样底稿"),
    "engagement": _("审计项目"),
    "outside_list": _("外部名单"),
    "replay": _("重算"),
    "flip": _("重算差异"),
    "waiver": _("回避豁免"),
    "user": _("人员"),
    "operator": _("运营机构"),
    "space": _("场地单元"),
    "lease": _("入驻协议"),
    "bill": _("账单"),
    "round": _("分配批次"),
    "package": _("资料包"),
    "paper_file": _("单据"),
}
# What a look was narrowed to, as people call it.
KEYS = {
    "q": _("搜索"),
    "format": _("格式"),
    "columns": _("列"),
    "sort": _("排序"),
    "size": _("每页行数"),
    "page": _("页"),
    "from": _("从"),
    "to": _("到"),
    "ids": _("勾选"),
    "number": _("编号"),
    "status": _("状态"),
    "state": _("状态"),
    "kind": _("类别"),
    "policy": _("政策"),
    "stage": _("阶段"),
    "person": _("人员"),
    "handler": _("经办人"),
    "approver": _("审批人"),
    "severity": _("严重程度"),
    "late": _("逾期"),
    "year": _("年份"),
    "amount_from": _("金额不低于"),
    "amount_to": _("金额不高于"),
    "issued_from": _("发文不早于"),
    "issued_to": _("发文不晚于"),
}
LISTS = {
    "tenants": _("企业"),
    "letters": _("通知书"),
    "cases": _("申请件"),
    "findings": _("审计发现"),
    "leads": _("疑点"),
    "samples": _("抽样"),
    "events": _("日志"),
}


def action_word(action: str) -> str:
    return str(ACTIONS.get(action, action))


def object_word(kind: str) -> str:
    return str(OBJECTS.get(kind, kind))


def key_word(name: str) -> str:
    """A key of what is told about a look, in words; `of_case` is the case that the thing belongs to."""
    kind = name.removeprefix("of_")
    word = KEYS.get(name) or OBJECTS.get(kind)
    return str(word or name)


def about(detail: Mapping[str, Any] | None) -> str:
    """What an event says beside its subject, on one line."""
    return " · ".join(_parts(detail or {}))[:200]


def _parts(detail: Mapping[str, Any]) -> Iterator[str]:
    for name, value in detail.items():
        if name == "lists" and all(isinstance(it, Mapping) for it in value):
            yield from (_list(it) for it in value)
        elif isinstance(value, Mapping):
            yield from _parts(value)
        elif value not in (None, "", []):
            yield _part(name, value)


def _part(name: str, value: Any) -> str:
    said = ",".join(str(it) for it in value) if isinstance(value, list) else value
    return gettext("%(key)s：%(value)s", key=key_word(name), value=said)


def _list(it: Mapping[str, Any]) -> str:
    """A list that was shown: what it was narrowed to, and how many rows that left."""
    narrowed = gettext("，").join(_part(k, v) for k, v in it.items() if k not in ("list", "rows"))
    name = it.get("list", "")
    told = gettext("%(list)s %(rows)s 条", list=LISTS.get(name, name), rows=it.get("rows", ""))
    return f"{told} ({narrowed})" if narrowed else told
