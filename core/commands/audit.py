"""hongcai audit: does everything still hold, and do the decisions still come out the same?"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from core.commands.setting_up import application, asking_as
from core.commands.verify import log_verifiers

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from core.services.transparency.checking import Held
    from core.transparency.note import Verifier


@click.group()
def audit() -> None:
    """Check the records and replay decisions."""


@audit.command()
@click.option(
    "--held",
    multiple=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A checkpoint that you hold; its hashes are taken from FILE.hashes where that is there.",
)
@click.option("--log-key", "log_keys", multiple=True, metavar="KEY", help="Public key of the log that you hold.")
@click.option("--json", "as_json", is_flag=True, help="One object per fault on stdout.")
def verify(held: tuple[Path, ...], log_keys: tuple[str, ...], as_json: bool) -> None:
    """Check the rules that must hold at any time, every kept file against its hash, and the log against its signed
    heads and those that you hold. Exit 0 sound, 1 not."""
    from core.services.invariants import Violation, check, checks
    from core.services.transparency import checking

    app = application()
    settings = app.extensions["settings"]
    keys = log_verifiers(log_keys)
    with asking_as(app, "audit verify") as session:
        known = {"store": settings.letters, "uploads": settings.files, "log_keys": keys}
        wrong = check(session, **known)
        if held:
            outside = [_held(path, keys) for path in held]
            found = [Violation("I6", *fault) for fault in checking.check(session.connection(), keys, outside)]
            wrong += [fault for fault in found if fault not in wrong]
        rules = [rule for rule, _find in checks(session, **known)]
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


def _held(path: Path, keys: Sequence[Verifier]) -> Held:
    """A checkpoint as an auditor keeps it, and beside it the hashes under it."""
    from core.services.transparency.checking import Held
    from core.transparency import checkpoint
    from core.transparency.note import NoteError

    hashes = path.with_name(path.name + ".hashes")
    try:
        head = checkpoint.read(path.read_text(), keys)
    except (NoteError, UnicodeDecodeError) as error:
        raise click.ClickException(f"{path}: {error}") from error
    return Held(head, hashes.read_bytes()[: head.size * 32] if hashes.exists() else b"")


@audit.command()
@click.argument("file", required=False, type=click.Path(dir_okay=False, path_type=Path))
def checkpoint(file: Path | None) -> None:
    """Sign the head of the log as it is now and print it; with FILE, write it there and its hashes to FILE.hashes, to
    be kept by whoever is to notice if the log is ever rewritten."""
    from core.jobs import signing
    from core.services.transparency import keeping, proofs

    app = application()
    signing.sign(app, everything=True)
    with asking_as(app, "audit checkpoint") as session:
        head = keeping.newest(session)
        assert head is not None  # it was signed a moment ago
        if file is None:
            click.echo(head.note, nl=False)
            return
        file.write_text(head.note)
        with file.with_name(file.name + ".hashes").open("wb") as kept:
            kept.writelines(proofs.hashes(session, head.size))
    click.echo(f"{file}  {head.size} entries", err=True)


@audit.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--district", type=int, metavar="ID", help="Only events and letters of this district.")
def entries(file: Path, district: int | None) -> None:
    """Write what is in the log to FILE, one entry a line, for `verify_log.py` and for reading."""
    from core.services.transparency import proofs

    app = application()
    with asking_as(app, "audit entries") as session, file.open("wb") as kept:
        count = 0
        for line in proofs.lines(session, district):
            kept.write(line)
            count += 1
    click.echo(f"{file}  {count} entries", err=True)


@audit.command()
def keys() -> None:
    """Print the public keys of the log, the oldest first: one to be given to auditors, once."""
    for key in log_verifiers(()):
        click.echo(str(key))


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
