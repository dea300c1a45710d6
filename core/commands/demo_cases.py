"""The main job on the demonstration district: applications from draft to paid, by the same services as the site."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import select

from core.commands import demo_letters, demo_payouts, demo_pools, demo_procedure, demo_road, demo_rounds
from core.commands.demo_district import KEEPERS, description
from core.commands.demo_papers import papers
from core.commands.demo_stage import Scheme, Stage
from core.commands.setting_up import asking_as
from core.data.models import (
    Letter,
    LetterKind,
    LetterStatus,
)
from core.jobs import issuing, signing
from core.letters.store import Store
from core.services import letters
from core.services import papers as papers_of_cases
from core.services.transparency import proofs

ROAD = ("submit", "accept", "first_pass", "second_pass", "publish", "approve")
REFUSAL = ("submit", "accept", "first_refuse", "refuse")
# For the last that are accepted the pool of the first policy does not suffice (demo/district.yaml).
WAITING: list[tuple[str, ...]] = [
    (), (), ROAD[:1], ROAD[:1], ROAD[:1], ROAD[:5], ROAD[:5], ROAD[:4], ROAD[:3], ROAD[:2], ROAD[:2],
    ("submit", "return"), ("submit", "not_admit"), ("submit", "withdraw"),
]  # fmt: skip
# Of the other policies one at each desk: first those on whose way the rules must agree.
FEW: list[tuple[str, ...]] = [ROAD[:5], ROAD[:5], ROAD[:4], ROAD[:3], ROAD[:2]]
FEW_OF_ANY: list[tuple[str, ...]] = [
    (), ROAD[:1], ("submit", "return"), ("submit", "withdraw"), ("submit", "not_admit"),
    ("submit", "not_admit", "appeal"),
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
        held = demo_letters.hold_back(session, due)
        called_for = papers_of_cases.outstanding(session)
    for decision_id in due:
        if decision_id not in held:
            issuing.issue(app, decision_id)
    say(f"letters    {len(due) - len(held)} issued, {len(held)} held back")
    shown = demo_procedure.issue(app, called_for)
    say(f"papers     {shown} issued, {len(called_for) - shown} left to the worker")
    demo_payouts.play(app, plans, say=say)
    with asking_as(app, "seed", write=True) as session:
        stage = Stage(session, app)
        most, *others = plans
        demo_road.play(stage, most)
        for key in others:
            demo_road.play_few(stage, key)
        for key, plan in shared_out.items():
            demo_road.finish(stage, key, plan["runner"])
        keepers = (stage.staff[name] for name in KEEPERS)
        treasury = demo_pools.Treasury(session, *keepers, stage.applied_on)
        for key, plan in plans.items():
            if plan["asked_fen"]:
                treasury.ask_for_more(key, plan["asked_fen"])


def _apply(stage: Stage, scheme: Scheme, plan: Mapping[str, Any], say: Callable[[str], None]) -> None:
    eligible, ineligible, open_ = stage.sort(scheme)
    say(f"{scheme.key}: {len(eligible)} eligible, {len(ineligible)} not, {len(open_)} lack information")
    for tenant in eligible[: plan["awards"]]:
        stage.walk(scheme, tenant, ROAD)
    for tenant in ineligible[: plan["refusals"]]:
        stage.walk(scheme, tenant, REFUSAL)
    rest, others = eligible[plan["awards"] :], ineligible[plan["refusals"] :]
    if plan["many"]:
        roads = [*zip(rest, WAITING, strict=False), *((tenant, ROAD[:2]) for tenant in (*open_[:2], *others[:2]))]
    else:
        roads = [*zip(rest, FEW, strict=False), *zip(others, FEW_OF_ANY, strict=False)]
    for tenant, road in roads:
        stage.walk(scheme, tenant, road)


def export_letters(app: Flask) -> tuple[int, int, Path]:
    """Sign the log, and copy each issued letter and its proof to `letters/<number>.pdf` and `….pdf.proof`; returns
    awards, refusals and the folder."""
    settings = app.extensions["settings"]
    signing.sign(app, everything=True)
    folder: Path = settings.letters
    counts = {LetterKind.AWARD: 0, LetterKind.REFUSAL: 0}
    with asking_as(app, "seed") as session:
        for letter in session.scalars(select(Letter).where(Letter.status == LetterStatus.ISSUED).order_by(Letter.id)):
            stored = Store(folder).path(letter.file_sha256 or "")
            copy = folder / f"{letter.number}.pdf"
            shutil.copyfile(stored, copy)
            copy.with_name(f"{copy.name}.proof").write_bytes(proofs.of_letter(session, letter))
            counts[letter.kind] += 1
    return counts[LetterKind.AWARD], counts[LetterKind.REFUSAL], folder
