"""Bring the English catalogue up to date; exit 1 while something lacks English.

Run as `.venv/bin/python scripts/translations.py`.
"""

from __future__ import annotations

import sys

from core.web.catalogues import compile_catalogues, update_english


def main() -> int:
    missing = update_english()
    compile_catalogues()
    for message_id in missing:
        print(message_id)
    if missing:
        print(
            f"{len(missing)} message(s) above have no English: add it in "
            "core/web/translations/en/LC_MESSAGES/messages.po and run this again.",
            file=sys.stderr,
        )
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
