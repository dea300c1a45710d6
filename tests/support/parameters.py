"""A district's parameter values, from a draft to the publication, as two of its people would do it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from core.data import models as m
from core.data.asker import asking
from core.services.parameters import drafting, publishing
from core.services.parameters.golden import Key
from tests.scenes import Scene

SOURCE = "示例区公布值（测试）"


def row(name: str, value: str, start: date | str, **more: str) -> dict[str, str]:
    """A row of a draft as typed, complete."""
    return {
        "name": name, "value": value, "ended": "", "from": str(start), "source": SOURCE, "status": "demonstration",
        "checked_on": "2026-11-01",
    } | more  # fmt: skip


def draft(
    scene: Scene, *rows: Mapping[str, str], policy: str = "rent_subsidy", who: str = "second"
) -> m.ParameterDraft:
    with asking(scene.session, scene.as_user(scene.staff[who])):
        return drafting.start(scene.session, scene.registry.get(policy), rows=rows, note="测试")


def accept_all(scene: Scene, made: m.ParameterDraft, today: date, who: str = "second") -> None:
    """As if its author had worked out every golden case by hand, and rightly."""
    loaded = scene.registry.get(made.policy_key)
    with asking(scene.session, scene.as_user(scene.staff[who])):
        report = drafting.check(scene.session, made, loaded, today).report
        assert report is not None
        amounts: dict[Key, int] = {it.key: it.now.amount_fen for it in report.rows}
        drafting.accept(scene.session, made, loaded, version=None, amounts=amounts, today=today)


def submit(scene: Scene, made: m.ParameterDraft, today: date, who: str = "second") -> None:
    with asking(scene.session, scene.as_user(scene.staff[who])):
        drafting.submit(scene.session, made, scene.registry.get(made.policy_key), version=None, today=today)


def publish(scene: Scene, made: m.ParameterDraft, today: date, who: str = "approver") -> m.PublishedParameters:
    with asking(scene.session, scene.as_user(scene.staff[who])):
        return publishing.publish(
            scene.session, made, scene.registry.get(made.policy_key), version=None, seen=None, confirmed=True,
            today=today,
        )  # fmt: skip


def published(
    scene: Scene, *rows: Mapping[str, str], today: date, correction: str | None = None, policy: str = "rent_subsidy"
) -> m.PublishedParameters:
    """All the way."""
    made = draft(scene, *rows, policy=policy)
    made.correction = correction
    accept_all(scene, made, today)
    submit(scene, made, today)
    return publish(scene, made, today)
