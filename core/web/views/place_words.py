"""The words of places: kinds, states, papers, and what is the matter with a paper."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

from core.data.models import (
    PriceUnit,
    RecognitionLevel,
    SiteKind,
    SiteOwnership,
    SitePaperKind,
    SpaceKind,
    SpaceStatus,
)
from core.services.dossiers.premises import Fault

SITE_KINDS = {
    SiteKind.MAKER_SPACE: _("众创空间"),
    SiteKind.NURSERY: _("苗圃"),
    SiteKind.INCUBATOR: _("孵化器"),
    SiteKind.ACCELERATOR: _("加速器"),
}
OWNERSHIPS = {SiteOwnership.OWNED: _("自有"), SiteOwnership.LEASED: _("租赁（转租给企业）")}
LEVELS = {
    RecognitionLevel.NATIONAL: _("国家级"),
    RecognitionLevel.CITY: _("市级"),
    RecognitionLevel.DISTRICT: _("区级"),
    RecognitionLevel.NONE: _("未认定"),
}
SPACE_KINDS = {
    SpaceKind.ROOM: _("独立房间"),
    SpaceKind.DESK: _("工位"),
    SpaceKind.LAB: _("实验室"),
    SpaceKind.MEETING_ROOM: _("会议室"),
}
STATES = {
    SpaceStatus.VACANT: _("空置"),
    SpaceStatus.OCCUPIED: _("在租"),
    SpaceStatus.RESERVED: _("预留"),
    SpaceStatus.MAINTENANCE: _("维修"),
}
STATE_TONES = {
    SpaceStatus.VACANT: "warning",
    SpaceStatus.OCCUPIED: "success",
    SpaceStatus.RESERVED: "info",
    SpaceStatus.MAINTENANCE: "neutral",
}
PRICE_UNITS = {
    PriceUnit.SQM_DAY: _("元/㎡·天"),
    PriceUnit.SQM_MONTH: _("元/㎡·月"),
    PriceUnit.UNIT_MONTH: _("元/月"),
}
PAPERS = {
    SitePaperKind.PROPERTY_CERTIFICATE: _("产权证明"),
    SitePaperKind.HEAD_LEASE: _("上级租赁合同"),
    SitePaperKind.SUBLEASE_CONSENT: _("转租同意书"),
    SitePaperKind.RECOGNITION: _("认定文件"),
}
PAPER_HELP = {
    SitePaperKind.PROPERTY_CERTIFICATE: _("证明房屋归谁所有。签发日期必填，总窗据此确认。"),
    SitePaperKind.HEAD_LEASE: _("本机构向产权人承租的合同。有效期必填：企业的协议不能超出它。"),
    SitePaperKind.SUBLEASE_CONSENT: _("产权人同意转租的书面文件。签发日期必填。"),
    SitePaperKind.RECOGNITION: _("载体认定或备案的文件。"),
}
FAULTS = {
    Fault.MISSING: _("没有登记"),
    Fault.UNDATED: _("没有填日期"),
    Fault.LATER: _("签发日期晚于今天"),
    Fault.EXPIRED: _("已过有效期"),
    Fault.UNCONFIRMED: _("等总窗确认"),
    Fault.OVER_BEFORE: _("在协议开始前已到期"),
}
# How sure a threshold is.
SURE = {
    "verified": (_("已核实原文"), "success"),
    "secondary": (_("据第三方转载"), "info"),
    "demonstration": (_("演示值"), "warning"),
}
# How a bar of occupancy is laid out, and its legend.
FILL_ORDER = (SpaceStatus.OCCUPIED, SpaceStatus.RESERVED, SpaceStatus.MAINTENANCE, SpaceStatus.VACANT)
