"""hongcai audit: does everything still hold, and do the decisions still come out the same?"""

from __future__ import annotations

import json
from collections import Counter
from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from core.commands.setting_up import application, asking_as

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


@click.group()
def audit() -> None:
    """Check the records and replay decisions."""


@audit.command()
@click.option("--json", "as_json", is_flag=True, help="One object per fault on stdout.")
def verify(as_json: bool) -> None:
    """Check the rules that must hold at any time, and every kept file against its hash. Exit 0 sound, 1 not."""
    from core.services.invariants import check, checks

    app = application()
    settings = app.extensions["settings"]
    with asking_as(app, "audit verify") as session:
        wrong = check(session, store=settings.letters, uploads=settings.files)
        rules = [rule for rule, _find in checks(session, store=settings.letters, uploads=settings.files)]
    for fault in wrong:
        told = {"rule": fault.rule, "thing": fault.thing, "detail": fault.detail}
        click.echo(json.dumps(told, ensure_ascii=False) if as_json else str(fault))
    if not as_json:
        click.echo(
            f"{len(wrong)} faults" if wrong else f"sound: {' '.join(rules)}",
            err=bool(wrong),
        )
    if wrong:
        raise click.exceptions.Exit(1)


@audit.command()
@click.option("--policy", metavar="KEY", help="Only decisions of this policy.")
@click.option("--since", type=click.DateTime(["%Y-%m-%d"]), help="Only decisions made on or after this day.")
@click.option("--json", "as_json", is_flag=True, help="One object per decision on stdout.")
def replay(policy: str | None, since: datetime | None, as_json: bool) -> None:
    """Compute every kept decision again from its capsule. Exit 0 if all come out the same, 1 if any does not."""
    app = application()
    registry = app.extensions["registry"]
    if policy is not None and policy not in registry:
        raise click.ClickException(f"there is no policy {policy}: hongcai policies list")
    counts: Counter[str] = Counter()
    with asking_as(app, "audit replay") as session:
        for told in _replayed(session, registry, policy, since):
            counts[told["status"]] += 1
            if as_json:
                click.echo(json.dumps(told, ensure_ascii=False))
            elif told["status"] != "same":
                click.echo(f"{told['case']}  {told['status']}  {'; '.join(told['differences'])}")
    if not as_json:
        click.echo(", ".join(f"{count} {status}" for status, count in sorted(counts.items())) or "no decisions")
    if set(counts) - {"same"}:
        raise click.exceptions.Exit(1)


def _replayed(session: Session, registry: Any, policy: str | None, since: datetime | None) -> Any:
    """One row per decision, oldest first; capsules are read a hundred at a time."""
    from sqlalchemy import select

    from core import SHANGHAI
    from core.data.models import Case, Decision
    from core.policy import replay as again

    wanted = select(Decision, Case.number).join(Case, Case.id == Decision.case_id).order_by(Decision.id)
    if policy is not None:
        wanted = wanted.where(Case.policy_key == policy)
    if since is not None:
        wanted = wanted.where(Decision.decided_at >= since.replace(tzinfo=SHANGHAI))
    for decision, number in session.execute(wanted.execution_options(yield_per=100)):
        result = again(json.loads(decision.capsule), registry)
        yield {
            "case": number,
            "decision": decision.id,
            "capsule": decision.capsule_digest,
            "status": result.status.value,
            "amount_fen": result.amount_fen,
            "difference_fen": result.difference_fen,
            "first_check": result.first_check,
            "differences": list(result.differences),
        }
