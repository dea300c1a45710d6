"""The names of stages, for sentences and pages. Chinese is the msgid."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

from core.data.models import Stage

STAGES = {
    Stage.NURSERY: _("苗圃"),
    Stage.INCUBATOR: _("孵化器"),
    Stage.ACCELERATOR: _("加速器"),
    Stage.GRADUATED: _("毕业"),
    Stage.EXITED: _("退出"),
}


def word(stage: Stage) -> str:
    """In the reader's language."""
    return str(STAGES[stage])
