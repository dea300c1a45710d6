"""hongcai subscriptions: what operators are asked to pay, at Stripe."""

from __future__ import annotations

import click

from core.commands.setting_up import application


@click.group()
def subscriptions() -> None:
    """What operators are asked to pay for the service."""


@subscriptions.command()
def prices() -> None:
    """Have Stripe ask what the plans say. Whoever has subscribed keeps the price of then; safe to repeat."""
    from core.errors import DomainError
    from core.jobs import paying

    app = application()
    with app.app_context():
        try:
            made = paying.put_prices(app)
        except DomainError as error:
            raise click.ClickException(str(error)) from error
    for key in made:
        click.echo(key)
    click.echo(f"{len(made)} made; the others were there", err=True)
