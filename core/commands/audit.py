"""hongcai audit: does everything still hold, and do the decisions still come out the same?"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from core.commands.setting_up import application, asking_as
from core.commands.verify import log_verifiers

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from core.services.replays import Told
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
@click.argument("numbers", nargs=-1, required=True, metavar="LETTER_NUMBER...")
@click.option("--out", required=True, type=click.Path(dir_okay=False, path_type=Path), help="The ZIP to write.")
def pack(numbers: tuple[str, ...], out: Path) -> None:
    """Write what proves these letters into one ZIP, for people without an account: its README.txt says how they check
    each thing. The trail says that it was made."""
    from sqlalchemy import select

    from core.data.models import Letter
    from core.errors import DomainError
    from core.services import audit as trail
    from core.services.audit_packs import bundling, gathering

    app = application()
    with asking_as(app, "audit pack") as session:
        found = session.scalars(select(Letter).where(Letter.number.in_(numbers)).order_by(Letter.id)).all()
        if missing := sorted(set(numbers) - {letter.number for letter in found}):
            raise click.ClickException(
                f"there is no letter {', '.join(missing)}: hongcai audit pack takes their numbers"
            )
        try:
            gathered = gathering.gather(session, found, gathering.Places.of(app.extensions["settings"]))
        except DomainError as error:
            raise click.ClickException(str(error)) from error
        districts: dict[int, list[int]] = {}
        for letter in found:
            districts.setdefault(letter.district_id, []).append(letter.id)
    with out.open("w+b") as file:
        digest = bundling.write(gathered, file, app.extensions["registry"])
    with asking_as(app, "audit pack", write=True) as session:
        for district, ids in districts.items():  # to each what was taken of its own
            event = trail.record(session, "pack.make", detail={"letters": ids, "sha256": digest})
            event.district_id = district
    click.echo(f"{digest}  {out}")


@audit.command()
@click.option("--policy", metavar="KEY", help="Only decisions of this policy.")
@click.option("--since", type=click.DateTime(["%Y-%m-%d"]), help="Only decisions made on or after this day.")
@click.option("--today", is_flag=True, help="By the rules and values in force today: what would have changed.")
@click.option("--workers", type=click.IntRange(1, 64), help="Processes (default: one for each core).")
@click.option(
    "--flips",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write those that are not the same to this XLSX or CSV file.",
)
@click.option("--json", "as_json", is_flag=True, help="One object per decision on stdout.")
def replay(
    policy: str | None,
    since: datetime | None,
    today: bool,
    workers: int | None,
    flips: Path | None,
    as_json: bool,
) -> None:
    """Compute every kept decision again from its capsule, on all cores. Exit 0 if all come out the same, 1 if any does
    not."""
    app = application()
    registry = app.extensions["registry"]
    if policy is not None and policy not in registry:
        raise click.ClickException(f"there is no policy {policy}: hongcai policies list")
    import core
    from core.services import replays

    counts: Counter[str] = Counter()
    flipped: list[replays.Told] = []
    chosen = replays.Selection(policy=policy or "", since=since and since.date())
    with asking_as(app, "audit replay") as session:
        asked = replays.asked_of(session, registry, core.today().date() if today else None, _keys(session))
        extra = app.extensions["settings"].extra_plugins
        rows = replays.kept(session, chosen)
        for told in replays.rerun(rows, asked, registry=registry, extra=extra, workers=workers):
            counts[told.status] += 1
            flipped += [told] if told.flipped and flips is not None else []
            if as_json:
                click.echo(json.dumps(asdict(told), ensure_ascii=False))
            elif told.flipped:
                click.echo(f"{told.case}  {told.status}  {'; '.join(told.differences)}")
    if flips is not None:
        flips.write_bytes(_table(flipped, flips.suffix))
    if not as_json:
        click.echo(", ".join(f"{count} {status}" for status, count in sorted(counts.items())) or "no decisions")
    if set(counts) - {"same"}:
        raise click.exceptions.Exit(1)


@audit.command()
@click.option("--rule", "codes", multiple=True, metavar="CODE", help="Only this rule; may be given again.")
@click.option("--since", type=click.DateTime(["%Y-%m-%d"]), help="Only awards approved on or after this day.")
@click.option("--json", "as_json", is_flag=True, help="One object per rule on stdout.")
def leads(codes: tuple[str, ...], since: datetime | None, as_json: bool) -> None:
    """Look for what is suspicious in each district and keep it for its auditors. No case is touched."""
    from core.jobs import leading
    from core.services.leads import EVER
    from core.services.leads.book import rules

    if unknown := [code for code in codes if code not in rules()]:
        raise click.ClickException(f"there is no rule {unknown[0]}; the rules are: {', '.join(rules())}")
    app = application()
    first = since.date() if since is not None else EVER
    broken = False
    for district, run in leading.runs(app, codes, since=first, name="command:audit"):
        broken = broken or bool(run.error)
        if run.error:
            click.echo(f"{district}  {run.rule}: {run.error}, its leads stay as they were", err=True)
        elif as_json:
            told = {"district": district, "rule": run.rule, "title": rules()[run.rule].title, "seen": run.seen}
            click.echo(json.dumps(told | dict(run.counts), ensure_ascii=False))
        else:
            changed = ", ".join(f"{count} {word}" for word, count in run.counts.items())
            click.echo(f"{district}  {run.rule:22} {run.seen:5}  {changed}".rstrip())
    if broken:
        raise click.exceptions.Exit(1)


def _keys(session: Session) -> list[tuple[int, str]]:
    """The districts and policies that there are decisions of."""
    from sqlalchemy import select

    from core.data.models import Case

    keys = select(Case.district_id, Case.policy_key).distinct()
    return [(row[0], row[1]) for row in session.execute(keys)]


def _table(flipped: Sequence[Told], kind: str) -> bytes:
    """Those that are not the same, as a spreadsheet."""
    from core.services.exports import As, Field, Listing, write_csv, write_xlsx

    columns = {
        "case": ("申请件", As.TEXT), "policy": ("政策", As.TEXT), "status": ("结果", As.TEXT),
        "recorded_fen": ("原核定（元）", As.MONEY), "amount_fen": ("重算（元）", As.MONEY),
        "difference_fen": ("差额（元）", As.MONEY), "first_check": ("第一处不同", As.TEXT), "why": ("说明", As.TEXT),
        "capsule": ("决定包", As.TEXT),
    }  # fmt: skip
    rows = [asdict(told) | {"why": "; ".join(told.differences)} for told in flipped]
    listing = Listing(
        title="重算不一致",
        fields=[Field(label, form) for label, form in columns.values()],
        rows=[[row[name] for name in columns] for row in rows],
    )
    return write_csv(listing) if kind.lower() == ".csv" else write_xlsx([listing])


@audit.command()
@click.argument("population", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.argument("record", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="One object per letter on stdout.")
def sample(population: Path, record: Path, as_json: bool) -> None:
    """Draw a sample again, from the file of its population and the record that the site hands out beside it; no
    database is asked. Exit 0 if the same letters are drawn, 1 if not."""
    from core.services.sampling import plans

    try:
        said = json.loads(record.read_bytes())
        plan, seed, known = plans.Plan.read(said["plan"]), str(said["seed"]), list(said["drawn"])
        data = population.read_bytes()
        if plans.digest(data) != said["population_sha256"]:
            click.echo(f"{population}: not the population of {record}: its SHA-256 differs", err=True)
            raise click.exceptions.Exit(1)
        drawn = plans.draw(plans.read(data), plan, seed)
    except (ValueError, TypeError, KeyError, UnicodeDecodeError) as error:
        raise click.UsageError(f"{record}: not the record of a sample and its population: {error}") from error
    for place, it in enumerate(drawn, 1):
        told = {"place": place, "number": it.item.key, "amount_fen": it.item.amount_fen, "hits": it.hits}
        line = f"{place:4}  {it.item.key}  {it.item.amount_fen / 100:,.2f}" + (f"  ×{it.hits}" if it.hits > 1 else "")
        click.echo(json.dumps(told, ensure_ascii=False) if as_json else line)
    if [it.item.key for it in drawn] != known:
        click.echo("the record names other letters than its seed draws", err=True)
        raise click.exceptions.Exit(1)
    if not as_json:
        click.echo(f"same: {len(drawn)} letters")
