"""The hooks a policy plugin may implement, each marked `@hookimpl`. `register_policy` is the only one it must."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pluggy

from core.policy.model import Policy, StageMove

if TYPE_CHECKING:
    from core.policy.decision import Decision

PROJECT = "hongcai"
ENTRY_POINT_GROUP = "hongcai.policies"

hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


@hookspec
def register_policy() -> Policy:
    """The plugin's policy. Asked once, at start."""
    raise NotImplementedError


@hookspec
def register_blueprint() -> Any:
    """A Flask blueprint named `policy_<key>` with extra pages, or None. The core mounts and guards it."""


@hookspec
def decision_recorded(decision: Decision) -> None:
    """Told after a decision of any policy has been committed; it cannot change it."""


@hookspec
def tenant_stage_moved(move: StageMove) -> None:
    """Told after a tenant's move to another stage has been committed; it cannot change it."""
