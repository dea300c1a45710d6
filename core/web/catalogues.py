"""The message catalogues: Chinese is the source, English is complete.

The message ids in code and templates ARE the Chinese text (zh_Hans_CN needs no catalogue); English comes from
translations/en/LC_MESSAGES/messages.po. Only .po files are kept; `compile_catalogues` makes the .mo files beside them
when they are missing or older, so that a changed translation is never a forgotten build step.

    python scripts/translations.py       bring messages.po up to date with the sources and list what lacks English
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parents[2]
TRANSLATIONS = Path(__file__).parent / "translations"
SOURCES = ("core", "templates", "plugins")
# Letters are Chinese documents by law; the design page is for developers: neither is translated.
METHODS = [
    ("letters/**", "ignore"),
    ("design/**", "ignore"),
    ("web/**design**.py", "ignore"),
    ("**.py", "python"),
    ("**.html", "jinja2"),
]
# The domain errors carry their sentence as first argument; it is translated where the error is shown.
ERRORS = ("NotFound", "Forbidden", "Conflict", "Invalid", "Unavailable")
KEYWORDS = {
    **dict.fromkeys(("_", "N_", "gettext", "lazy_gettext", *ERRORS)),
    **dict.fromkeys(("ngettext", "lazy_ngettext"), (1, 2)),
}
# Fixed, because Babel's own header has dates that change the file at every run.
HEADER = b"""# English of Hongcai. The message ids are the Chinese text.
msgid ""
msgstr ""
"Language: en\\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"

"""
JINJA = {"**.html": {"trimmed": "true", "silent": "false"}}


def compile_catalogues(folder: Path = TRANSLATIONS) -> list[Path]:
    """Make each .mo that is missing or older than its .po; return those made. Where the folder cannot be written
    (installed read-only) and a .mo is there, the old one stays in use."""
    made = []
    for po in sorted(folder.glob("*/LC_MESSAGES/*.po")):
        mo = po.with_suffix(".mo")
        if mo.exists() and mo.stat().st_mtime_ns >= po.stat().st_mtime_ns:
            continue
        catalogue = _read(po)
        try:
            handle, name = tempfile.mkstemp(dir=po.parent, suffix=".mo.tmp")
        except OSError:
            if mo.exists():
                continue
            raise
        with os.fdopen(handle, "wb") as out:
            write_mo(out, catalogue)
        made_file = Path(name)
        made_file.chmod(0o644)
        made_file.replace(mo)
        made.append(mo)
    return made


def _read(po: Path) -> Catalog:
    with po.open("rb") as source:
        return read_po(source, locale=po.parent.parent.name)


def extract(root: Path = ROOT) -> dict[str | tuple[str, str], set[str]]:
    """Every message id of the sources (letters apart: they are Chinese documents) with the files that use it."""
    found: dict[str | tuple[str, str], set[str]] = {}
    for top in SOURCES:
        folder = root / top
        if not folder.is_dir():
            continue
        for file, _line, message, _comments, _context in extract_from_dir(
            folder, method_map=METHODS, options_map=JINJA, keywords=KEYWORDS
        ):
            if message:
                found.setdefault(message, set()).add(f"{top}/{file}")
    return found


def without_english(catalogue: Catalog) -> list[str]:
    """The message ids whose translation is missing, or missing for the singular or the plural."""
    return [
        str(m.id) for m in catalogue if m.id and not (all(m.string) if isinstance(m.string, tuple | list) else m.string)
    ]


def update_english() -> list[str]:
    """Rewrite messages.po sorted and without line numbers (so that two people's additions merge). Translations of ids
    no longer used are kept as obsolete ones and come back when the id does. Returns the ids without English."""
    po = TRANSLATIONS / "en" / "LC_MESSAGES" / "messages.po"
    old = _read(po)
    new = Catalog(locale="en")
    wanted = extract()
    for message_id in sorted(wanted, key=str):
        known = old.get(message_id) or old.obsolete.get(message_id if isinstance(message_id, str) else message_id[0])
        new.add(message_id, known.string if known is not None and not known.fuzzy else None)
    for message_id, message in sorted({**old.obsolete, **old._messages}.items(), key=str):
        if message_id and message.string and message_id not in new:
            new.obsolete[message_id] = message
    with po.open("wb") as out:
        out.write(HEADER)
        write_po(out, new, no_location=True, sort_output=True, width=120, omit_header=True)
    return without_english(new)
