"""`hongcai verify`: is this letter genuine? Needs no server, no account, no network and no database.

The verdict is the exit status: 0 valid, 1 not valid, 2 cannot tell (unknown signer, unreadable file). Of several files
the worst counts: not valid before cannot tell.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from core.config import ROOT, extra_plugins

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.letters.keylist import Ended
    from core.letters.proof import Proof
    from core.letters.revocation import RevocationList
    from core.letters.verification import Verification
    from core.policy import Registry
    from core.transparency.note import Verifier

_MARKS = {"ok": "✓", "bad": "✗", "unknown": "?", "not_checked": "–"}
_VERDICTS = {
    "valid": ("有效", "VALID"),
    "not_valid": ("无效", "NOT VALID"),
    "cannot_tell": ("无法判断", "CANNOT TELL"),
}


@click.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE.pdf...", type=click.Path(path_type=Path))
@click.option("--proof", type=click.Path(path_type=Path), help="Proof of the issue log (default: FILE.pdf.proof).")
@click.option(
    "--trust",
    multiple=True,
    type=click.Path(path_type=Path),
    help="Root certificate of the issuer, PEM (one or several) or DER (default: those of this instance).",
)
@click.option(
    "--log-key",
    "log_keys",
    multiple=True,
    metavar="KEY",
    help="Public key of the log, or a file of them (default: those of this instance).",
)
@click.option(
    "--revocations",
    type=click.Path(path_type=Path),
    help="Signed list of the letters that no longer stand (/revocations of the issuer).",
)
@click.option(
    "--held",
    type=click.Path(path_type=Path),
    help="A list that you have from before: one that is older, or lacks what was on it, is refused.",
)
@click.option(
    "--keys",
    "statement",
    type=click.Path(path_type=Path),
    help="What the issuer says of its keys, as it is published at /keys/statement (default: that of this instance).",
)
@click.option(
    "--tsa-trust",
    multiple=True,
    type=click.Path(path_type=Path),
    help="Root certificate of the time stamp service (default: HONGCAI_TSA_TRUST).",
)
@click.option("--json", "as_json", is_flag=True, help="One object per file on stdout, and nothing else.")
@click.option("--language", type=click.Choice(["zh", "en"]), help="Language of the readable answer (default: LANG).")
def verify(
    files: tuple[Path, ...],
    proof: Path | None,
    trust: tuple[Path, ...],
    log_keys: tuple[str, ...],
    revocations: Path | None,
    held: Path | None,
    statement: Path | None,
    tsa_trust: tuple[Path, ...],
    as_json: bool,
    language: str | None,
) -> None:
    """Prove one or more letters, offline. Exit status 0 valid, 1 not valid, 2 cannot tell."""
    from core.letters.cms import load_roots
    from core.letters.verify import verify_letter

    if proof and len(files) > 1:
        raise click.UsageError("--proof belongs to one letter: give one file, or keep each proof beside its letter")
    try:
        roots = load_roots(trust or _instance_roots())
        stamp_roots = load_roots(tsa_trust or _named("HONGCAI_TSA_TRUST"))
    except (OSError, ValueError) as error:
        raise click.ClickException(f"the trusted certificate cannot be used: {_reason(error)}") from error
    keys = log_verifiers(log_keys)
    ended = _ended(statement, keys, own=not log_keys)
    listed = _listed(revocations, held, keys, ended)
    chinese = (language or _language()) == "zh"
    statuses, registry = set(), None
    for file in files:
        data, evidence = _read(file), _proof(file, proof)
        registry = registry or _registry()
        result = verify_letter(
            data,
            roots=roots,
            registry=registry,
            proof=evidence,
            log_keys=keys,
            revocations=listed,
            ended=ended,
            stamp_roots=stamp_roots,
        )
        statuses.add(result.status)
        if as_json:
            click.echo(json.dumps({"file": str(file), **result.to_json()}, ensure_ascii=False))
        else:
            click.echo(_told(file, result, chinese))
    raise click.exceptions.Exit(1 if "not_valid" in statuses else 2 if "cannot_tell" in statuses else 0)


def _read(path: Path) -> bytes:
    """The file, but never more of it than a letter can have: the answer for a larger one is that it is too large."""
    from core.letters.verify import MAX_BYTES

    try:
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except OSError as error:
        raise click.ClickException(f"{path} cannot be read: {_reason(error)}") from error


def _proof(letter: Path, given: Path | None) -> Proof | None:
    from core.letters.proof import MAX_PROOF, ProofError, read_proof

    path = given or letter.with_name(letter.name + ".proof")
    if given is None and not path.exists():
        return None
    try:
        with path.open("rb") as file:
            return read_proof(file.read(MAX_PROOF + 1))
    except (OSError, ProofError) as error:
        raise click.ClickException(f"{path}: {_reason(error)}") from error


def _listed(
    given: Path | None, held: Path | None, keys: list[Verifier], ended: Sequence[Ended]
) -> RevocationList | None:
    """The list of revoked letters, if one is given and a known key of the log signed it that is not in wrong hands.
    The one that was held before may be by any: it was taken when that key was good."""
    if given is None:
        if held is not None:
            raise click.UsageError("--held is compared with --revocations: give both")
        return None
    from core.letters.keylist import without_compromised
    from core.letters.revocation import problem

    if not keys:
        raise click.ClickException(f"{given}: no public key of the log is given to check it against (--log-key)")
    found, sound = read_list(given, keys), without_compromised(keys, ended)
    if sound != keys:
        try:
            found = read_list(given, sound)
        except click.ClickException as error:
            raise click.ClickException(f"{given}: signed only by a key in wrong hands: get a newer list") from error
    if held is not None and (wrong := problem(read_list(held, keys), found)):
        raise click.ClickException(f"{given}: {wrong[1]}")
    return found


def read_list(path: Path, keys: list[Verifier]) -> RevocationList:
    """The list of revoked letters in a file."""
    from core.letters.revocation import LONGEST, read
    from core.transparency.note import NoteError

    try:
        with path.open("rb") as file:
            return read(file.read(LONGEST + 1).decode(), keys)
    except (OSError, NoteError, UnicodeDecodeError) as error:
        raise click.ClickException(f"{path}: {_reason(error)}") from error


def log_verifiers(given: tuple[str, ...]) -> list[Verifier]:
    """The public keys that are given, each as text or as a file with a line for each; else those of this instance."""
    from core.services.transparency.keys import verifiers_in
    from core.transparency.note import NoteError, Verifier

    try:
        if not given:
            return verifiers_in(_signing())
        texts = [text for it in given for text in (Path(it).read_text().splitlines() if Path(it).is_file() else [it])]
        return [Verifier.parse(text) for text in texts if text.strip()]
    except (OSError, NoteError, UnicodeDecodeError) as error:
        raise click.ClickException(f"the log's public key cannot be used: {_reason(error)}") from error


def _signing() -> Path:
    return Path(os.environ.get("HONGCAI_VAR", ROOT / "var")) / "signing"


def _instance_roots() -> tuple[Path, ...]:
    """The roots of this instance: its own, and those that HONGCAI_TRUST names. Reads no other setting."""
    from core.letters.roots import trusted_roots

    return trusted_roots(_signing(), _named("HONGCAI_TRUST"))


def _named(variable: str) -> tuple[Path, ...]:
    return tuple(Path(text) for text in os.environ.get(variable, "").split(os.pathsep) if text)


def _ended(given: Path | None, keys: Sequence[Verifier], *, own: bool) -> tuple[Ended, ...]:
    """The keys that were lost or came into wrong hands, as the statement says that one of the log's keys signed. This
    instance's statement may be none of a log whose keys were given (`own`: they were not)."""
    from core.letters.keylist import NAME, read
    from core.transparency.note import LONGEST, NoteError

    path = given or _signing() / NAME
    if given is None and not path.exists():
        return ()
    try:
        with path.open(encoding="utf-8") as file:
            return read(file.read(LONGEST + 1), keys).ended
    except (OSError, UnicodeDecodeError, NoteError) as error:
        if given is None and not own:
            return ()
        raise click.ClickException(f"{path}: {_reason(error)}") from error


def _registry() -> Registry | None:
    """The rules at hand, for replay. Without them a letter verifies all the same, so no fault of theirs stops it."""
    try:
        from core.policy import Registry

        return Registry.load(strict=False, extra=extra_plugins())
    except Exception:  # noqa: BLE001 - a plugin can fail in any way; replay then says "not checked"
        return None


def _told(file: Path, result: Verification, chinese: bool) -> str:
    verdict = _VERDICTS[result.status][0 if chinese else 1]
    lines = [f"{file}: {verdict}"]
    for line in result.lines:
        label, detail = (line.label_zh, line.zh) if chinese else (line.label_en, line.en)
        lines.append(f"  {_MARKS[line.status]} {label}{'：' if chinese else ': '}{detail}")
    if result.facts.sample:
        lines.append("  ! 样稿：不作为拨付依据" if chinese else "  ! A sample (样稿): nothing is paid on it")
    return "\n".join(lines)


def _language() -> str:
    wanted = next((os.environ[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if os.environ.get(name)), "")
    return "zh" if wanted.startswith("zh") else "en"


def _reason(error: Exception) -> str:
    return (error.strerror or str(error)) + f" ({error.filename})" if isinstance(error, OSError) else str(error)
