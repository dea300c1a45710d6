"""hongcai policies: list, check, write and try policy plugins. Only `export` needs Flask and a database."""

from __future__ import annotations

import json
import sys
from contextlib import redirect_stdout
from datetime import date
from pathlib import Path
from typing import Any

import click


@click.group()
def policies() -> None:
    """List, check, write and try policy plugins."""


@policies.command("list")
@click.option("--json", "as_json", is_flag=True, help="One object per policy on stdout.")
def list_(as_json: bool) -> None:
    """The policies found, and those set aside with the reason."""
    from core.commands.assessing import registry as policies_there_are

    registry = policies_there_are()
    for loaded in registry.policies:
        versions = [version.effective_from.isoformat() for version in loaded.policy.rules]
        apart = loaded.confined is not None
        row = {"key": loaded.key, "title": loaded.card.title._asdict(), "rules": versions, "status": "ready"}
        told = (
            f"{loaded.key}  {loaded.card.title.zh}  rules from {', '.join(versions)}{'  (confined)' if apart else ''}"
        )
        _say({**row, "confined": apart}) if as_json else click.echo(told)
    for name, reason in registry.quarantined.items():
        row = {"key": name, "status": "quarantined", "reason": reason}
        _say(row) if as_json else click.echo(f"{name}  QUARANTINED: {reason}")


@policies.command()
@click.argument("path", required=False, type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="One object per finding on stdout.")
def check(path: Path | None, as_json: bool) -> None:
    """Run the contract suite on the plugin in PATH, or on all of a folder of plugins (default: those installed).

    A plugin that is not in the program's own folder is run confined, as a third party's is. Exit status 1 when one
    breaks the contract.
    """
    from core.policy.contract import check_folder, plugin_folders

    folders = plugin_folders(path)
    if not folders:
        raise click.UsageError(f"{path} holds no plugin; name a folder with a policy.yaml, or one with such folders.")
    broken = False
    for folder in folders:
        with redirect_stdout(sys.stderr):
            findings = list(check_folder(folder, render=_renderer()))
        broken |= any(not finding.passed for finding in findings)
        for finding in findings:
            row = {"policy": folder.name, **finding._asdict()}
            told = f"{folder.name}  {'ok  ' if finding.passed else 'FAIL'}  {finding.rule}"
            _say(row) if as_json else click.echo(told + (f": {finding.message}" if finding.message else ""))
    if broken:
        raise click.exceptions.Exit(1)


def _renderer() -> Any:
    """How a sample letter is rendered; None where the letters part is not installed."""
    try:
        from core.commands.sample_letter import render_sample
    except ImportError:
        return None
    return render_sample


@policies.command()
@click.argument("key")
@click.option("--into", type=click.Path(file_okay=False, path_type=Path), help="Folder of plugins (default: plugins/).")
def new(key: str, into: Path | None) -> None:
    """Write a working plugin KEY, with golden cases that pass, to start from."""
    from core.policy import PluginError
    from core.policy.scaffold import write_plugin

    try:
        folder = write_plugin(key, into)
    except PluginError as error:
        raise click.UsageError(str(error)) from error
    click.echo(f"Written: {folder}\nTry it:  hongcai policies check {folder}\nThen read docs/plugins.md.")


@policies.command()
@click.argument("key")
@click.option(
    "--case",
    "cases",
    multiple=True,
    required=True,
    type=click.Path(path_type=Path),
    help="A .json or .jsonl case file.",
)
@click.option("--on", "on", metavar="DATE", help="Reference date for rule and values, instead of the application's.")
@click.option("--params", "params", type=click.Path(path_type=Path), help="A district's published parameter values.")
@click.option("--json", "as_json", is_flag=True, help="One answer per line on stdout, and nothing else.")
@click.option("--language", type=click.Choice(["zh", "en"]), default="zh", help="Language of the readable answer.")
@click.option("--jobs", type=click.IntRange(1, 64), default=1, help="Processes to share many cases among.")
def assess(
    key: str, cases: tuple[Path, ...], on: str | None, params: Path | None, as_json: bool, language: str, jobs: int
) -> None:
    """Assess case files under policy KEY, in order. Exit status 2 when a case is in error."""
    from core.commands.assessing import Assessing, answers
    from core.policy.casefiles import texts_of

    work = Assessing(key, _reference(on), params, language if not as_json else None)
    failed = False
    for answer in answers(work, (text for path in cases for text in texts_of(path)), jobs):
        failed |= answer.failed
        click.echo(answer.text, err=answer.failed and not as_json)
    if failed:
        raise click.exceptions.Exit(2)


@policies.command()
@click.argument("key")
@click.option("--district", "region", metavar="CODE", help="Six-digit code; needed where the instance has several.")
def export(key: str, region: str | None) -> None:
    """Print a district's published values of policy KEY, as the file that `assess --params` takes."""
    from sqlalchemy import select

    from core.commands.setting_up import application, asking_as
    from core.data.models import District
    from core.services.parameters import latest

    with asking_as(application(), "policies export") as session:
        districts = session.scalars(select(District).order_by(District.region)).all()
        chosen = [it for it in districts if region in (None, it.region)]
        if len(chosen) != 1:
            codes = ", ".join(it.region for it in districts) or "none"
            raise click.UsageError(f"name one district with --district; this instance has: {codes}.")
        found = latest(session, chosen[0].id, key)
        if found is None:
            raise click.ClickException(f"district {chosen[0].region} has published no values of {key}.")
        click.echo(found.file.encode(), nl=False)


def _reference(text: str | None) -> date | None:
    from core.policy.values import Wrong, read_day

    if text is None:
        return None
    try:
        return read_day(text)
    except Wrong:
        raise click.UsageError(f"--on {text} is not a date; write it as 2026-03-10.") from None


def _say(row: dict[str, Any]) -> None:
    """One JSON object on a line of its own, in UTF-8 whatever the terminal is set to."""
    click.echo(json.dumps(row, ensure_ascii=False).encode("utf-8", "backslashreplace"))


if __name__ == "__main__":
    policies()
