"""hongcai doctor: what is wrong with this instance, and how to mend it."""

from __future__ import annotations

import json

import click


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One object per check on stdout.")
def doctor(as_json: bool) -> None:
    """Check settings, database, policies, fonts, signer, disk and queue. Exit 1 if something must be mended."""
    from core.commands.checkup import Finding, examine

    marks = {"ok": "ok  ", "note": "note", "bad": "BAD "}
    bad = False

    def tell(finding: Finding) -> None:
        nonlocal bad
        bad = bad or finding.level == "bad"
        if as_json:
            click.echo(json.dumps(finding._asdict(), ensure_ascii=False))
            return
        click.echo(f"{marks[finding.level]}  {finding.what:<12} {finding.state}")
        if finding.remedy:
            click.echo(f"      {'':<12} → {finding.remedy}")

    for finding in examine():
        tell(finding)
    if bad:
        raise click.exceptions.Exit(1)
