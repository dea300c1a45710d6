"""合并: two files of one company become one. What moved is written down, so that it can be taken back exactly.

`plan` says what a merge would do, `merge` does it; `core.services.undo` takes it back.
"""

from core.services.merging.act import merge
from core.services.merging.plan import FACTS, Plan, plan

__all__ = ["FACTS", "Plan", "merge", "plan"]
