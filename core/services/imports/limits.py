"""An import adds no more sites and tenants than the operator's subscription has room for; a preview says so too."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from flask_babel import lazy_gettext as _

from core.data.queries.locks import lock_operator
from core.services import subscriptions
from core.services.imports.context import Applying
from core.services.imports.parse import Parsed
from core.services.imports.problems import Level, Problem


@contextmanager
def in_plan(work: Applying, parsed: Parsed) -> Iterator[None]:
    """Tell as an error what this block adds above the plan."""
    plan = subscriptions.plan_of(work.session, work.operator.id) if work.operator is not None else None
    if plan is None:
        yield
        return
    lock_operator(work.session, work.operator_id)
    before = subscriptions.use(work.session, work.operator_id, work.today)
    yield
    after = subscriptions.use(work.session, work.operator_id, work.today)
    titles = {table.sheet.key: table.title for table in parsed.tables}
    for what, count, most in subscriptions.above(plan, before, after):
        said = {"plan": plan.title, "count": count, "most": most}
        work.problems.add(
            Problem(
                Level.ERROR,
                titles.get(what, ""),
                _("导入后载体共%(count)s处，“%(plan)s”订阅方案最多%(most)s处。", **said)
                if what == "sites"
                else _("导入后在孵企业共%(count)s家，“%(plan)s”订阅方案最多%(most)s家。", **said),
                _("请减少要新增的行，或先到“订阅”升级方案。"),
            )
        )
