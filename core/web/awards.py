"""Telling people which awards rest on rent that is none any more."""

from __future__ import annotations

from collections.abc import Sequence

from flask import flash
from flask_babel import gettext as _


def warn(awards: Sequence[str]) -> None:
    """Beside what was done: numbers of awards in force, for the district to look into."""
    if awards:
        flash(_("这些月份的租金已用于%(awards)s，请告知区级窗口核查。", awards="、".join(awards)), "warning")
