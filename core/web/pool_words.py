"""Words of budgets, for forms, lists and pages."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

from core.data.models import PoolChangeKind, PoolChangeState, PoolMove

POOL_MOVES = {
    PoolMove.RESERVE: _("预留"),
    PoolMove.COMMIT: _("承诺"),
    PoolMove.PAY: _("拨付"),
    PoolMove.RETURN: _("退汇"),
    PoolMove.RECOVER: _("追回"),
    PoolMove.UNRECOVER: _("追回撤回"),
    PoolMove.RELEASE: _("释放"),
    PoolMove.UNCOMMIT: _("撤销承诺"),
    PoolMove.BUDGET: _("预算"),
    PoolMove.CARRY_OUT: _("结转转出"),
    PoolMove.CARRY_IN: _("结转转入"),
}
SET_UP = _("设立资金池")
POOL_CHANGES = {
    PoolChangeKind.RAISE: _("追加预算"),
    PoolChangeKind.LOWER: _("调减预算"),
    PoolChangeKind.CARRY_OVER: _("年末结转"),
}
POOL_CHANGE_KINDS = {PoolChangeKind.SET_UP: SET_UP, **POOL_CHANGES}
# With the tone of each.
POOL_CHANGE_STATES = {
    PoolChangeState.PROPOSED: (_("待确认"), "warning"),
    PoolChangeState.CONFIRMED: (_("已确认"), "success"),
    PoolChangeState.DECLINED: (_("不同意"), "danger"),
    PoolChangeState.WITHDRAWN: (_("已收回"), "neutral"),
}
