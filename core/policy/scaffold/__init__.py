"""`hongcai policies new`: a plugin that works, to start from. The files beside this one are its patterns."""

from __future__ import annotations

import re
from pathlib import Path

from core.policy.loaded import BUILT_IN, PluginError

HERE = Path(__file__).parent


def write_plugin(key: str, into: Path | None = None) -> Path:
    """Write the plugin `key` into the folder `into` (default: the program's plugins/). PluginError says why not."""
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,39}", key):
        raise PluginError(f"{key!r} is not a key: lower-case letters, digits and _, at most 40, a letter first.")
    folder = (BUILT_IN if into is None else into) / key
    try:
        (folder / "templates").mkdir(parents=True)
        for pattern in sorted(HERE.glob("*.txt")):
            name = pattern.name.removesuffix(".txt")
            target = folder / "templates" / name if name.endswith(".html") else folder / name
            target.write_text(pattern.read_text(encoding="utf-8").replace("__KEY__", key), encoding="utf-8")
    except FileExistsError:
        raise PluginError(f"{folder} is already there; choose another key, or remove it.") from None
    except OSError as error:
        raise PluginError(f"{folder} cannot be written: {error.strerror}. Choose a folder with --into.") from error
    return folder
