"""hongcai stripe: comparing Stripe's books with ours, here and now."""

from __future__ import annotations

import json

import click

from core.commands.setting_up import application


@click.group(name="stripe")
def stripe_group() -> None:
    """Compare Stripe's books with ours."""


@stripe_group.command()
@click.option("--days", default=7, show_default=True, type=click.IntRange(1, 400), help="How far back to look.")
@click.option("--json", "as_json", is_flag=True, help="One object on stdout.")
def reconcile(days: int, as_json: bool) -> None:
    """Do what missed events would have done, and keep what differs for people. Exit 0 nothing differs, 1 something
    does. Safe beside a running instance."""
    from stripe import StripeError

    from core.jobs.online import reconcile as compare

    app = application()
    try:
        told = compare(app, days)
    except StripeError as error:
        raise click.ClickException(f"Stripe does not answer as it should: {type(error).__name__}: try again") from error
    if told is None:
        raise click.ClickException("online payment is not set up: set HONGCAI_STRIPE_SECRET_KEY (docs/stripe.md)")
    words = f"{told['seen']} checkouts seen, {told['settled']} put right, {told['open']} for people"
    click.echo(json.dumps(told) if as_json else words)
    if told["open"]:
        raise click.exceptions.Exit(1)
