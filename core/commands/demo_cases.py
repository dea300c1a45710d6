"""The main job on the demonstration district: applications from draft to paid, by the same services as the site."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import select

from core.commands import demo_rounds
from core.commands.demo_district import description
from core.commands.demo_papers import papers
from core.commands.demo_stage import Scheme, Stage
from core.commands.setting_up import asking_as
from core.data.models import (
    Case,
    CaseState,
    Letter,
    LetterKind,
    LetterStatus,
)
from core.jobs import issuing
from core.letters.store import Store
from core.services import letters

ROAD = ("submit", "accept", "first_pass", "second_pass", "publish", "approve")
REFUSAL = ("submit", "accept", "first_refuse", "refuse")
WAITING: list[tuple[str, ...]] = [
    (), (), ROAD[:1], ROAD[:1], ROAD[:1], ROAD[:2], ROAD[:2], ROAD[:3], ROAD[:4], ROAD[:5], ROAD[:5],
    ("submit", "return"), ("submit", "not_admit"),
]  # fmt: skip


def play(app: Flask, *, say: Callable[[str], None]) -> None:
    """Of each policy that demo/district.yaml names, as many awards and refusals as it says, with their letters; and
    cases waiting at every desk."""
    plans, shared_out = (description()["application"][part] for part in ("policies", "rounds"))
    with app.app_context():
        bundles = {key: papers(key, app.extensions["registry"]) for key in (*plans, *shared_out)}
    with asking_as(app, "seed", write=True) as session:
        stage = Stage(session, app)
        stage.confirm_papers()
        for key, plan in plans.items():
            _apply(stage, Scheme(key, plan["answers"], bundles[key]), plan, say)
        for key, plan in shared_out.items():
            demo_rounds.play(stage, Scheme(key, plan["answers"], bundles[key]), plan, say)
        session.flush()
        due = letters.outstanding(session)
    for decision_id in due:
        issuing.issue(app, decision_id)
    say(f"letters    {len(due)} issued")
    with asking_as(app, "seed", write=True) as session:
        stage = Stage(session, app)
        for key, plan in plans.items():
            issued = select(Case).where(Case.state == CaseState.ISSUED, Case.policy_key == key).order_by(Case.id)
            for case in session.scalars(issued.limit(plan["paid"])).all():
                stage.act(case, "pay")


def _apply(stage: Stage, scheme: Scheme, plan: Mapping[str, Any], say: Callable[[str], None]) -> None:
    eligible, ineligible, open_ = stage.sort(scheme)
    say(f"{scheme.key}: {len(eligible)} eligible, {len(ineligible)} not, {len(open_)} lack information")
    for tenant in eligible[: plan["awards"]]:
        stage.walk(scheme, tenant, ROAD)
    for tenant in ineligible[: plan["refusals"]]:
        stage.walk(scheme, tenant, REFUSAL)
    for tenant, road in zip(eligible[plan["awards"] :], WAITING[: plan["waiting"]], strict=False):
        stage.walk(scheme, tenant, road)
    if plan["waiting"] == len(WAITING):
        for tenant in (*open_[:2], *ineligible[plan["refusals"] : plan["refusals"] + 2]):
            stage.walk(scheme, tenant, ROAD[:2])


def export_letters(app: Flask) -> tuple[int, int, Path]:
    """Copy each issued letter to `letters/<number>.pdf`; returns awards, refusals and the folder."""
    settings = app.extensions["settings"]
    folder: Path = settings.letters
    counts = {LetterKind.AWARD: 0, LetterKind.REFUSAL: 0}
    with asking_as(app, "seed") as session:
        for letter in session.scalars(select(Letter).where(Letter.status == LetterStatus.ISSUED).order_by(Letter.id)):
            stored = Store(folder).path(letter.file_sha256 or "")
            shutil.copyfile(stored, folder / f"{letter.number}.pdf")
            counts[letter.kind] += 1
    return counts[LetterKind.AWARD], counts[LetterKind.REFUSAL], folder
