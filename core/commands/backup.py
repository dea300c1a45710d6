"""hongcai backup | restore."""

from __future__ import annotations

from pathlib import Path

import click

from core.commands.running import Busy, alone
from core.commands.setting_up import alembic_config, application, asking_as, migrate, schema_versions


@click.command()
@click.argument("target", type=click.Path(path_type=Path))
def backup(target: Path) -> None:
    """Save the database, letters and files to TARGET, a file, or a folder to put one in. Nothing need be stopped."""
    from core.backups import BadBackup, back_up
    from core.extensions import db

    app = application()
    with app.app_context():
        there, newest = schema_versions(db.engine)
        if there is None:
            raise click.ClickException("there is nothing to back up: the database has no tables (hongcai init)")
        try:
            path, manifest = back_up(app.extensions["settings"], db.engine, target, schema_version=there)
        except (BadBackup, OSError) as error:
            raise click.ClickException(f"backup failed: {error}") from error
    if there != newest:
        click.echo(f"note: the tables are of version {there}, the program knows {newest}: run hongcai init", err=True)
    click.echo(f"{path}  {len(manifest.members) - 1} files and the database, {path.stat().st_size:,} bytes")
    for what in manifest.not_included:
        click.echo(f"not in it: {what}")


@click.command()
@click.argument("source", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--force", is_flag=True, help="Replace the instance that is there; its files are moved aside.")
def restore(source: Path, force: bool) -> None:
    """Bring the backup SOURCE back, check it, and say which number comes next. Stop every hongcai process first."""
    from alembic.script import ScriptDirectory

    from core.backups import BadBackup
    from core.backups import restore as bring_back
    from core.extensions import db
    from core.jobs import create_tables
    from core.services.invariants import check
    from core.services.transparency.keys import verifiers_in

    app = application()
    settings = app.extensions["settings"]
    known = {script.revision for script in ScriptDirectory.from_config(alembic_config()).walk_revisions()}
    with app.app_context():
        engine = db.engine
        try:
            with alone(settings):
                done = bring_back(settings, engine, source, known_schemas=known, force=force)
                engine.dispose()
                migrate(engine)
                create_tables(engine)
        except (BadBackup, Busy, OSError) as error:
            raise click.ClickException(f"{source} was not restored: {error}") from error
    with asking_as(app, "restore") as session:
        wrong = check(session, store=settings.letters, uploads=settings.files, log_keys=verifiers_in(settings.signing))
    click.echo(f"restored the backup of {done.manifest.made_at} (version {done.manifest.app_version})")
    if done.aside:
        click.echo(f"what was there before is in {done.aside}")
    for issuer, last in sorted(done.manifest.last_numbers.items()):
        click.echo(f"next number of {issuer}: {last + 1}")
    for violation in wrong:
        click.echo(f"wrong: {violation}", err=True)
    if wrong:
        raise click.exceptions.Exit(1)
    if not any(settings.signing.glob("*.pem")) and not any(settings.signing.glob("*.p12")):
        click.echo(f"put the issuers' signing keys back into {settings.signing}; a backup doesn't hold them")
