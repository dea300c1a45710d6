"""A move that was just made, and what may be written beside it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from sqlalchemy.orm import Session

from core.data.models import Case, CaseEvent
from core.policy import Registry
from core.services import assessments
from core.services.assessments import Assessed
from core.services.needs import Act


@dataclass(frozen=True, slots=True)
class Made:
    """A move just made, with what the rules said before it (None where the move does not ask them)."""

    session: Session
    registry: Registry
    case: Case
    event: CaseEvent
    act: Act
    assessed: Assessed | None
    today: date

    def rules(self) -> Assessed:
        """What the rules say: as found before the move, else now."""
        return self.assessed or assessments.assess(self.session, self.case, self.registry, self.today)


Effect = Callable[[Made], None]


class Follow(NamedTuple):
    """A move that the system makes at once after another, `where` that is called for."""

    move: str
    where: Callable[[Made], bool]
