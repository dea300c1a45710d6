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
}


def action_word(action: str) -> str:
    return str(ACTIONS.get(action, action))


def object_word(kind: str) -> str:
    return str(OBJECTS.get(kind, kind))


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
            yield f"{name}={value}"


def _list(it: Mapping[str, Any]) -> str:
    """A list that was shown: what it was narrowed to, and how many rows that left."""
    narrowed = " ".join(f"{k}={v}" for k, v in it.items() if k not in ("list", "rows"))
    told = gettext("%(list)s %(rows)s 条", list=it.get("list", ""), rows=it.get("rows", ""))
    return f"{told} ({narrowed})" if narrowed else told
