"""The browser of the tests and of the pictures in the README: the machine's own Chromium, driven by Playwright."""

from __future__ import annotations

import os
import shutil

from playwright.sync_api import Browser, Playwright

# A browser that meets nobody but the server under test: no updates, no sync, no start page. The sandbox needs user
# namespaces, which containers often lack; only our own pages are opened.
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
DESKTOP = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}


class NoBrowser(Exception):
    """There is no Chromium. The message says what to do."""


def executable() -> str:
    """Chromium's path: $CHROMIUM, else the machine's; raises `NoBrowser`."""
    named = os.environ.get("CHROMIUM")
    found = named or next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if found is None:
        raise NoBrowser(
            "Chromium is not installed: run `scripts/setup.sh --tests`, or set CHROMIUM to the path of one "
            "(Ubuntu has it as a snap: `snap install chromium`)."
        )
    return found


def launch(playwright: Playwright) -> Browser:
    """A headless Chromium."""
    return playwright.chromium.launch(executable_path=executable(), args=list(ARGUMENTS))
