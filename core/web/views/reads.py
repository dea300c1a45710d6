"""Events of the trail in words, for the pages of the security and the audit administrator."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _

from core.web.menus import AUDITOR, SECTIONS
from core.web.views.look_words import ELSEWHERE, KEYS, LISTS, NARROWED, OBJECTS, PARTS

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


def action_word(action: str) -> str:
    return str(ACTIONS.get(action, action))


def object_word(kind: str) -> str:
    return str(OBJECTS.get(kind, kind))


_ENTRIES = {endpoint: label for endpoint, label, _icon in AUDITOR}


def page_word(endpoint: str) -> str:
    """A page that was opened: the entry of the menu above it, and which part; its code where neither is known."""
    section, _dot, part = endpoint.partition(".")
    above = _ENTRIES.get(endpoint) or _ENTRIES.get(SECTIONS.get(section, "")) or ELSEWHERE.get(section)
    if above is None:
        return endpoint
    return f"{above} · {PARTS[part]}" if part in PARTS else str(above)


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
            yield _part(name, page_word(value) if name == "page" and isinstance(value, str) else value)


def _part(name: str, value: Any, word: object = None) -> str:
    said = ",".join(str(it) for it in value) if isinstance(value, list) else value
    return gettext("%(key)s：%(value)s", key=word or key_word(name), value=said)


def _list(it: Mapping[str, Any]) -> str:
    """A list that was shown: what it was narrowed to, and how many rows that left."""
    name = it.get("list", "")
    told = {"list": LISTS.get(name, name), "rows": it.get("rows", "")}
    narrowed = gettext("，").join(_part(k, v, NARROWED.get(k)) for k, v in it.items() if k not in ("list", "rows"))
    if not narrowed:
        return gettext("%(list)s %(rows)s 条", **told)
    return gettext("%(list)s %(rows)s 条（%(narrowed)s）", narrowed=narrowed, **told)
