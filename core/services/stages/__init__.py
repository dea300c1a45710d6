"""孵化阶段: entering, moving on, leaving, and correcting what was recorded wrongly (docs/stages.md)."""

from core.services.stages.correcting import correct, take_back
from core.services.stages.moving import Decider, Evidence, enter, exit, move  # noqa: A004 - read as stages.exit

__all__ = ["Decider", "Evidence", "correct", "enter", "exit", "move", "take_back"]
