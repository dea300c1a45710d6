"""What this instance trusts, read: root certificates, public keys of its log. A file that is none is named in a
sentence."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from core.config import Settings
from core.errors import Invalid
from core.letters.cms import RootsError, load_roots
from core.letters.roots import trusted_roots
from core.services.transparency import keys
from core.transparency.note import NoteError, Verifier


def roots(settings: Settings) -> tuple[bytes, ...]:
    """Those that signers must lead to. Raises `Invalid`."""
    return _loaded(trusted_roots(settings.signing, settings.trust))


def stamp_roots(settings: Settings) -> tuple[bytes, ...]:
    """Those that the time stamp service must lead to. Raises `Invalid`."""
    return _loaded(settings.tsa_trust)


def log_keys(signing: Path) -> list[Verifier]:
    """The public keys of the log, the oldest first. Raises `Invalid`."""
    try:
        return keys.verifiers_in(signing)
    except (OSError, NoteError) as error:
        raise Invalid("日志公钥文件%(file)s无法读取，请平台管理人员检查", file=keys.PUBLIC) from error


def _loaded(files: Sequence[Path]) -> tuple[bytes, ...]:
    try:
        return load_roots(files)
    except RootsError as error:
        name = error.file.name
        raise Invalid("可信根证书文件%(file)s里没有可以读取的证书，请平台管理人员换成PEM证书", file=name) from error
    except OSError as error:
        name = Path(str(error.filename or "")).name
        raise Invalid("可信根证书文件%(file)s无法读取，请平台管理人员检查", file=name) from error
