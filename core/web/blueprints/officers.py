"""What the security and the audit administrator look at: who came in and who was refused, and what auditors read."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, g, render_template
from flask_babel import gettext as _

from core.data.models import Role
from core.data.queries import audit as reading
from core.extensions import db
from core.web.access import roles
from core.web.listing import Column, Filter, Option
from core.web.views.lists import Shown, Table
from core.web.views.look_words import OBJECTS
from core.web.views.reads import about, action_word, object_word, page_word

blueprint = Blueprint("officers", __name__)


def _since() -> Filter:
    periods = (("1", _("一天内")), ("7", _("七天内")), ("31", _("一个月内")), ("366", _("一年内")))
    return Filter("since", _("期间"), [Option(days, label) for days, label in periods])


def _sign_in(row: Any) -> Shown:
    return {
        "id": row.id,
        "at": row.at,
        "who": row.person or row.actor,
        "what": action_word(row.action),
        "outcome": _("成功") if row.success else _("未成"),
        "remote": row.remote or "",
        "detail_text": about(row.detail),
    }


def _sign_ins() -> Table:
    return Table(
        "sign_ins",
        _("登录记录"),
        reading.sign_ins(),
        (
            Column("at", _("时间"), kind="moment", sortable=True, primary=True),
            Column("who", _("谁")),
            Column("what", _("动作")),
            Column("outcome", _("结果")),
            Column("remote", _("来自")),
            Column("detail_text", _("内容"), phone=False),
        ),
        (Filter("outcome", _("结果"), [Option("done", _("成功")), Option("refused", _("未成"))]), _since()),
        sort="-at",
        search=_("姓名、来源地址、动作代码"),
        row=_sign_in,
        written=_written,
        export="officers.sign_ins_export",
    )


@blueprint.get("/admin/sign-ins")
@roles(Role.SECURITY_ADMIN, Role.AUDIT_ADMIN)
def sign_ins() -> str:
    lead = _("登录、被拒绝的登录、两步验证和密码的变动，全平台。不认识的邮箱只留下无法还原的编码。")
    return render_template("officers/list.html", page=_sign_ins().page(), title=_("登录记录"), lead=lead)


@blueprint.get("/admin/sign-ins/export")
@roles(Role.SECURITY_ADMIN, Role.AUDIT_ADMIN)
def sign_ins_export() -> Response:
    return _sign_ins().file()


def _read(row: Any) -> Shown:
    return {
        "id": row.id,
        "at": row.at,
        "who": row.person or row.actor,
        "object": object_word(row.subject_type),
        "number": row.subject_id or "",
        "page": page_word((row.detail or {}).get("page", "")),
        "detail_text": about({k: v for k, v in (row.detail or {}).items() if k != "page"}),
    }


def _reads() -> Table:
    filters = [_since()]
    if g.asker.may(Role.AUDIT_ADMIN):
        people = [Option(str(key), name) for key, name in reading.readers(db.session)]
        filters.insert(0, Filter("person", _("人员"), people))
    kinds = [Option(kind, str(word)) for kind, word in OBJECTS.items() if kind]
    return Table(
        "reads",
        _("审计人员的查阅记录"),
        reading.reads(g.asker),
        (
            Column("at", _("时间"), kind="moment", sortable=True, primary=True),
            Column("who", _("谁")),
            Column("object", _("对象")),
            Column("number", _("编号")),
            Column("page", _("页面")),
            Column("detail_text", _("内容")),
        ),
        (*filters, Filter("object", _("对象"), [Option("list", object_word("")), *kinds])),
        sort="-at",
        search=_("姓名、对象代码"),
        row=_read,
        written=_written,
        export="officers.reads_export",
    )


@blueprint.get("/reads")
@roles(Role.AUDIT_ADMIN, Role.AUDITOR)
def reads() -> str:
    whole = g.asker.may(Role.AUDIT_ADMIN)
    lead = (
        _("审计人员打开过的每一页和每一份文件；写不进这里的，就不显示给他们。“#”开头的是搜索文字的加密标记。")
        if whole
        else _("您打开过的页面和文件。审计管理员能看到同样的记录，被审计的人看不到。“#”开头的是搜索文字的加密标记。")
    )
    title = _("审计人员的查阅记录") if whole else _("我的查阅记录")
    return render_template("officers/list.html", page=_reads().page(), title=title, lead=lead)


@blueprint.get("/reads/export")
@roles(Role.AUDIT_ADMIN, Role.AUDITOR)
def reads_export() -> Response:
    return _reads().file()


def _written(row: Shown) -> Shown:
    return row | {"at": row["at"].isoformat(timespec="seconds")}
