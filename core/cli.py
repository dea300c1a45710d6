"""The `hongcai` command. Groups load when they are called, so that `verify` and `assess` start without Flask."""

from __future__ import annotations

import importlib
import sys

import click

# name: module:attribute, help line
COMMANDS = {
    "init": ("core.commands.instance:init", "Make the database, the keys and the development signer."),
    "seed": ("core.commands.seed:seed", "Load the demonstration district."),
    "serve": ("core.commands.instance:serve", "Serve the site (and, by default, run its jobs)."),
    "worker": ("core.commands.instance:worker", "Run jobs only."),
    "doctor": ("core.commands.doctor:doctor", "Say what is wrong with this instance and how to mend it."),
    "officers": ("core.commands.officers:officers", "The three administrators: who they are, links for the first."),
    "policies": ("core.commands.policies:policies", "List, check, write and try policy plugins."),
    "letters": ("core.commands.letters:letters", "Issue letters."),
    "keys": ("core.commands.keys:keys", "Look at, replace and give up what letters and the log are signed with."),
    "stripe": ("core.commands.stripe_books:stripe_group", "Compare Stripe's books with ours."),
    "subscriptions": ("core.commands.subscriptions:subscriptions", "Prices of the plans at Stripe."),
    "verify": ("core.commands.verify:verify", "Prove a letter, offline."),
    "backup": ("core.commands.backup:backup", "Save the database, files and letters."),
    "restore": ("core.commands.backup:restore", "Bring a backup back."),
    "audit": ("core.commands.audit:audit", "Check the trail and replay decisions."),
}


class LazyGroup(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        module, attribute = COMMANDS[name][0].split(":")
        command = getattr(importlib.import_module(module), attribute)
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])


@click.command(cls=LazyGroup)
def hongcai() -> None:
    """Hongcai 宏才: a district's startup incubation, from lease to letter that proves itself."""


def main() -> None:
    """Errors go to stderr with status 2 and name the thing, the reason and the remedy."""
    try:
        # Without standalone mode click gives an Exit's status back instead of raising it.
        status = hongcai.main(standalone_mode=False)
        sys.exit(status if isinstance(status, int) else 0)
    except click.Abort:
        sys.exit(130)
    except click.ClickException as error:
        click.echo(f"hongcai: {error.format_message()}", err=True)
        if isinstance(error, click.UsageError) and error.ctx is not None:
            click.echo(error.ctx.get_usage(), err=True)
        sys.exit(2)


if __name__ == "__main__":
    main()
