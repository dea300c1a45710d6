"""hongcai policies: list, check, write and try policy plugins. Needs neither Flask nor a database."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from contextlib import redirect_stdout
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from core.policy import Decision, LoadedPolicy, ParameterSet, Registry


@click.group()
def policies() -> None:
    """List, check, write and try policy plugins."""


@policies.command("list")
@click.option("--json", "as_json", is_flag=True, help="One object per policy on stdout.")
def list_(as_json: bool) -> None:
    """The policies found, and those set aside with the reason."""
    registry = _registry()
    for loaded in registry.policies:
        versions = [version.effective_from.isoformat() for version in loaded.policy.rules]
        row = {"key": loaded.key, "title": loaded.card.title._asdict(), "rules": versions, "status": "ready"}
        _say(row) if as_json else click.echo(f"{loaded.key}  {loaded.card.title.zh}  rules from {', '.join(versions)}")
    for name, reason in registry.quarantined.items():
        row = {"key": name, "status": "quarantined", "reason": reason}
        _say(row) if as_json else click.echo(f"{name}  QUARANTINED: {reason}")


@policies.command()
@click.argument("path", required=False, type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="One object per finding on stdout.")
def check(path: Path | None, as_json: bool) -> None:
    """Run the contract suite on the plugin in PATH, or on all of a folder of plugins (default: those installed).

    Exit status 1 when a plugin breaks the contract.
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
def assess(
    key: str, cases: tuple[Path, ...], on: str | None, params: Path | None, as_json: bool, language: str
) -> None:
    """Assess case files under policy KEY, in order. Exit status 2 when a case is in error."""
    from core.policy import UnknownPolicy

    try:
        loaded = _registry().get(key)
    except UnknownPolicy as error:
        raise click.UsageError(str(error)) from error
    day, published = _reference(on), _published(loaded, params)
    failed = False
    for answer in _answers(loaded, cases, day, published):
        if isinstance(answer, dict):
            failed = True
            _say(answer) if as_json else click.echo(f"error: {answer['error']}", err=True)
        else:
            _say(answer.to_json()) if as_json else click.echo("\n".join(_readable(loaded, answer, language)))
    if failed:
        raise click.exceptions.Exit(2)


def _answers(
    loaded: LoadedPolicy, cases: Iterable[Path], on: date | None, params: ParameterSet | None
) -> Iterator[Decision | dict[str, str]]:
    """The decision of each case in order, or, in its place, what is wrong with it and where."""
    from core.policy import AssessmentFailed, CaseError, evaluate_json
    from core.policy.casefiles import read_cases

    for path in cases:
        for value in read_cases(path):
            try:
                if isinstance(value, CaseError):
                    raise value
                with redirect_stdout(sys.stderr):  # whatever a rule prints, stdout is for answers
                    answer: Decision | dict[str, str] = evaluate_json(loaded, value, on=on, params=params)
            except CaseError as error:
                answer = {"error": str(error), "field": error.path}
            except AssessmentFailed as error:
                answer = {"error": str(error), "field": error.field}
            yield answer


def _reference(text: str | None) -> date | None:
    from core.policy.values import Wrong, read_day

    if text is None:
        return None
    try:
        return read_day(text)
    except Wrong:
        raise click.UsageError(f"--on {text} is not a date; write it as 2026-03-10.") from None


def _published(loaded: LoadedPolicy, path: Path | None) -> ParameterSet | None:
    from core.policy import FileError, ParameterError, parse_parameters
    from core.policy.yamlfile import read_yaml

    if path is None:
        return None
    try:
        return parse_parameters(read_yaml(path), defaults=loaded.card.parameters)
    except FileError as error:
        raise click.UsageError(str(error)) from error
    except ParameterError as error:
        raise click.UsageError(f"{path}: {error}") from error


def _registry() -> Registry:
    from core.policy import Registry

    with redirect_stdout(sys.stderr):  # importing a plugin runs its code
        return Registry.load(strict=False)


def _say(row: dict[str, Any]) -> None:
    """One JSON object on a line of its own, in UTF-8 whatever the terminal is set to."""
    click.echo(json.dumps(row, ensure_ascii=False).encode("utf-8", "backslashreplace"))


def _readable(loaded: LoadedPolicy, decision: Decision, language: str) -> Iterator[str]:
    card = loaded.card
    mark = "  [样稿 / demonstration values]" if decision.demonstration else ""
    yield f"{card.title.get(language)}: {decision.outcome}, {_yuan(decision.amount_fen)} CNY{mark}"
    yield f"  rule from {decision.rule_from or '-'}, reference date {decision.reference_on}"
    for check in decision.checks:
        text = card.checks[check.code]
        sign = {True: "yes", False: "NO ", None: " ? "}[check.passed]
        proof = f"{_value(check.observed)} {check.relation} {_value(check.required)}"
        yield f"  {sign}  {text.label.get(language)}  [{proof}]"
        if not check.passed:
            yield f"       {(text.missing if check.passed is None else text.explain).get(language)}"
    for line in decision.lines:
        label = card.lines[line.code].label.get(language)
        yield f"  {label} {line.note}: {line.quantity} × {_yuan(line.unit_fen)} = {_yuan(line.amount_fen)}"
    for use in decision.uses:
        yield f"  uses {_yuan(use.amount_fen)} of {use.line_id}"
    for row in decision.excluded:
        yield f"  left out {row.line_id}: already spent by {row.award}"


def _yuan(fen: int) -> str:
    return f"{'-' if fen < 0 else ''}{abs(fen) // 100:,}.{abs(fen) % 100:02d}"


def _value(value: object) -> str:
    if isinstance(value, (tuple, list)):
        return ", ".join(value) or "none"
    return "?" if value is None else str(value)


if __name__ == "__main__":
    policies()
