"""匹配轮次: one policy's places shared out among all applications that wait at an operator (docs/mentors.md).

`acts` is what people do with a round, `running` the computation behind a run, which a job makes.
"""

from core.services.rounds.acts import adopt, ask, discard, load, open_round, remove_wish, wish
from core.services.rounds.running import RUN, candidates, compute, report_failure, run_of, wait_again

__all__ = [
    "RUN",
    "adopt",
    "ask",
    "candidates",
    "compute",
    "discard",
    "load",
    "open_round",
    "remove_wish",
    "report_failure",
    "run_of",
    "wait_again",
    "wish",
]
