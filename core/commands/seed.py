"""hongcai seed demo: the demonstration district, from the spreadsheets its operators would send (demo/)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from core.commands.running import using
from core.commands.setting_up import application

if TYPE_CHECKING:
    from flask import Flask

    from core.commands.demo_district import Account


@click.group()
def seed() -> None:
    """Load invented data for trying things out. Refused in production."""


@seed.command()
def demo() -> None:
    """One district, five operators, 320 tenants, and rent-subsidy cases from draft to paid. Harmless to repeat."""
    from core.commands import (
        demo_audit,
        demo_cases,
        demo_clocks,
        demo_district,
        demo_findings,
        demo_leads,
        demo_notices,
        demo_objections,
        demo_outside,
        demo_packages,
        demo_parameters,
        demo_recovery,
        demo_replay,
        demo_ties,
    )

    app = application()
    if app.extensions["settings"].production:
        raise click.ClickException("demonstration data do not belong on a production instance; use another one.")
    with using(app.extensions["settings"]):
        if demo_district.is_there(app):
            click.echo("the demonstration district is there already; nothing was changed.")
        else:
            accounts = demo_district.load(app, say=click.echo)
            demo_leads.prepare(app)
            demo_cases.play(app, say=click.echo)
            demo_clocks.play(app, say=click.echo)
            demo_objections.play(app)
            demo_recovery.play(app, say=click.echo)
            demo_findings.play(app, say=click.echo)
            demo_parameters.play(app, say=click.echo)
            demo_ties.play(app)
            demo_outside.play(app, say=click.echo)
            demo_notices.play(app, say=click.echo)
            demo_packages.play(app)
            demo_leads.play(app, say=click.echo)
            demo_replay.play(app, say=click.echo)
            demo_audit.play(app, say=click.echo)
            _print(accounts)
        _summary(app)


def _print(accounts: list[Account]) -> None:
    click.echo("\nDemonstration accounts (password of all: " + accounts[0].password + ")")
    for account in accounts:
        click.echo(f"  {account.email:36} {account.what}")
    click.echo("Where a second factor is asked for, the page shows the current code, for these accounts only.\n")


def _summary(app: Flask) -> None:
    """Leave a copy of each letter under its number in var/…/letters, and say how many there are."""
    from core.commands.demo_cases import export_letters

    awards, refusals, folder = export_letters(app)
    click.echo(f"letters: {awards} awards, {refusals} refusals in {folder}")
