"""The plugins of the instance, as the platform's administrators see them: where each runs, and what is wrong."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _

from core.data.models import AssessmentFailure
from core.policy import LoadedPolicy, Registry
from core.web.templating import bilingual


def plugin_rows(registry: Registry, failing: Mapping[str, tuple[int, AssessmentFailure]]) -> list[dict[str, Any]]:
    """Every plugin found: in service, out of service, quarantined; what is wrong first."""
    there = {loaded.key: loaded for loaded in registry.policies}
    rows = [_row(loaded, _state(loaded, failing), failing) for loaded in there.values()]
    rows += [_row(loaded, (_("已停用"), "warning"), failing) for loaded in registry.held.values()]
    third = registry.third_parties
    rows += [
        {
            "key": name, "title": "", "rules": (), "digest": "", "third": name in third, "state": _("已隔离"),
            "tone": "danger", "quarantined": reason, "held": False, "worker": None, **_failures(failing, name),
        }
        for name, reason in registry.quarantined.items()
    ]  # fmt: skip
    order = {"danger": 0, "warning": 1, "success": 2}
    return sorted(rows, key=lambda row: (order[row["tone"]], row["key"]))


def _state(loaded: LoadedPolicy, failing: Mapping[str, Any]) -> tuple[str, str]:
    return (_("有件未能核算"), "danger") if loaded.key in failing else (_("在用"), "success")


def _row(loaded: LoadedPolicy, state: tuple[str, str], failing: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "key": loaded.key,
        "title": bilingual(loaded.card.title),
        "rules": [version.effective_from for version in loaded.policy.rules],
        "digest": loaded.rules_digest[7:23],
        "third": loaded.confined is not None,
        "state": state[0],
        "tone": state[1],
        "quarantined": "",
        "held": state[1] == "warning",
        "worker": _worker(loaded),
        **_failures(failing, loaded.key),
    }


def _worker(loaded: LoadedPolicy) -> dict[str, Any] | None:
    if loaded.confined is None:
        return None
    standing = loaded.confined.standing
    if standing.resting:
        word = _("连续出错，休息 %(n)s 秒", n=int(standing.resting) + 1)
    else:
        word = _("运行中") if standing.pids else _("待用")
    return {"word": word, "missing": [wall for wall in ("landlock", "seccomp") if wall not in standing.walls],
            **standing._asdict()}  # fmt: skip


def _failures(failing: Mapping[str, tuple[int, AssessmentFailure]], key: str) -> dict[str, Any]:
    count, last = failing.get(key, (0, None))
    return {"failing": count, "reason": last.reason if last else "", "last_at": last.last_at if last else None}
