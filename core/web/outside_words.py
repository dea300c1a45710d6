"""Words of the lists from outside, for forms and pages."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

from core.data.models import OutsideKind

OUTSIDE_KINDS = {
    OutsideKind.UNEMPLOYMENT: _("领取失业金"),
    OutsideKind.RETIRED: _("已退休"),
    OutsideKind.DECEASED: _("死亡"),
    OutsideKind.DEREGISTERED: _("注销或吊销"),
    OutsideKind.PAID_ELSEWHERE: _("外区已补贴"),
}
# What a list is for, as its page and the form say.
OUTSIDE_PURPOSES = {
    OutsideKind.UNEMPLOYMENT: _("查明补贴期间是否有人同时领取失业金"),
    OutsideKind.RETIRED: _("查明已退休的人是否仍计入补贴"),
    OutsideKind.DECEASED: _("查明死亡之后是否仍有人以其名义计入补贴"),
    OutsideKind.DEREGISTERED: _("查明企业注销或吊销之后是否仍获得补贴"),
    OutsideKind.PAID_ELSEWHERE: _("查明同一人或同一企业是否就同期在外区也获得补贴"),
}
