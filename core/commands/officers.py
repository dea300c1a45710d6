"""hongcai officers: the three administrators of the platform (三员), and links for the first of each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import click

from core.commands.setting_up import application, asking_as

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from core.commands.checkup import Finding
    from core.data.models import Role


def known() -> dict[str, Role]:
    """What each is called on the command line."""
    from core.data.models import Role

    return {"system": Role.PLATFORM_ADMIN, "security": Role.SECURITY_ADMIN, "audit": Role.AUDIT_ADMIN}


@click.group()
def officers() -> None:
    """The three administrators: system, security, audit. Three persons."""


@officers.command("list")
def show() -> None:
    """Say who they are. Exit 1 if one of the three is missing."""
    from core.services.separation import officers_of

    app = application()
    with asking_as(app, "officers list") as session:
        there = officers_of(session)
        for name, role in known().items():
            click.echo(f"{name:9} {', '.join(there[role]) or 'missing'}")
    if not all(there.values()):
        raise click.exceptions.Exit(1)


@officers.command()
@click.option("--system", metavar="EMAIL", help="Who runs the instance: plugins, jobs, mail, subscriptions.")
@click.option("--security", metavar="EMAIL", help="Who looks after accounts and posts.")
@click.option("--audit", metavar="EMAIL", help="Who reads what administrators and auditors did, and changes nothing.")
def invite(system: str | None, security: str | None, audit: str | None) -> None:
    """Invite the first of each, or one more: prints a link for each person, good for one use and seven days. Later ones
    are invited on the site by the security administrator."""
    from core.errors import DomainError
    from core.services import invitations

    wanted = [(role, email) for role, email in zip(known().values(), (system, security, audit), strict=True) if email]
    if not wanted:
        raise click.UsageError("say whom: --system EMAIL, --security EMAIL, --audit EMAIL (three persons).")
    if len({email.strip().lower() for _role, email in wanted}) < len(wanted):
        raise click.UsageError("the three administrators are three persons: give each an address of their own.")
    app = application()
    try:
        with asking_as(app, "officers invite", write=True) as session:
            made = [(role, email, invitations.invite(session, email=email, role=role)[1]) for role, email in wanted]
    except DomainError as error:
        raise click.ClickException(str(error)) from error
    for role, email, token in made:
        click.echo(f"{role.value:15} {email}  {app.extensions['settings'].base_url}/invitations/{token}")


def missing(session: Session) -> Sequence[str]:
    """Which of the three nobody is, as the command line calls them."""
    from core.services.separation import officers_of

    there = officers_of(session)
    return [name for name, role in known().items() if not there[role]]


def remedy(names: Sequence[str]) -> str:
    """The command that mends it."""
    return "hongcai officers invite " + " ".join(f"--{name} EMAIL" for name in names)


def examine(session: Session) -> Iterator[Finding]:
    """For the doctor: whether all three are there, and whether anybody holds posts that are to be kept apart."""
    from core.commands.checkup import Finding
    from core.services.separation import mixed

    if names := missing(session):
        yield Finding("note", "officers", f"of the three administrators nobody is {', '.join(names)}", remedy(names))
    else:
        yield Finding("ok", "officers", "system, security and audit administrator are there, three persons")
    for email, why in mixed(session).items():
        yield Finding("note", "officers", f"{email}: {why}", "end one of these posts on the page 人员")
