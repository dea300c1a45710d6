"""What the facts of a lead say to people: names are read here, when the lead is shown, and persons are masked as
elsewhere."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import g, url_for
from flask_babel import gettext as _
from sqlalchemy import select

from core.data.queries.people import names
from core.extensions import db
from core.policy import Month
from core.services.leads import Rule
from core.web import formats
from core.web.access import is_open_to
from core.web.lead_words import FIGURES, KINDS, NOTHING, Kind, day_of

SHOWN = 12  # things named in a sentence; the table below it has all


@dataclass(frozen=True, slots=True)
class Thing:
    """A row that a fact names: what it is called, and its page where the reader may open it."""

    text: str
    href: str | None = None


def kind_of(name: str) -> Kind | None:
    """What the ids of a fact are, if it is one of ids that `KINDS` knows."""
    for tail in ("_ids", "_id"):
        if name.endswith(tail):
            return KINDS.get(name.removesuffix(tail))
    return None


def things(facts: Mapping[str, Any]) -> dict[str, list[Thing]]:
    """By the name of the fact, the rows it names; one question for each kind of row. A row that is gone is said to be
    so."""
    return {name: _rows(kind, _ids(facts[name])) for name in facts if (kind := kind_of(name)) is not None}


def _ids(value: Any) -> list[int]:
    return [] if value is None else [value] if isinstance(value, int) else list(value)


def _rows(kind: Kind, ids: Sequence[int]) -> list[Thing]:
    if not ids:
        return []
    found = {row.id: row for row in db.session.scalars(select(kind.model).where(kind.model.id.in_(ids)))}
    open_ = bool(kind.endpoint) and is_open_to(kind.endpoint, g.membership.role if g.membership else None)

    def page(row_id: int) -> str | None:
        given: dict[str, Any] = {kind.parameter: row_id}
        return url_for(kind.endpoint, **given) if open_ else None

    return [
        Thing(kind.text(found[it]), page(it)) if it in found else Thing(_("第%(id)s号，已不存在", id=it)) for it in ids
    ]


def sentence(rule: Rule, facts: Mapping[str, Any], named: Mapping[str, list[Thing]]) -> str:
    """What the rule saw, in words. What a fact of an older run lacks is a dash."""
    return str(_(rule.says)) % _Said({name: _said(name, facts[name], named) for name in facts})


class _Said(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return NOTHING


def _said(name: str, value: Any, named: Mapping[str, list[Thing]]) -> str:
    if name in named:
        return _joined(thing.text for thing in named[name])
    return figure(name, value)


def _joined(words: Iterable[str]) -> str:
    found = [word for word in words if word]
    more = _("等%(n)s项", n=len(found)) if len(found) > SHOWN else ""
    return _("、").join(found[:SHOWN]) + more or NOTHING


def figure(name: str, value: Any) -> str:
    """One figure, day, area or list as people read it."""
    if value is None or value in ("", []):
        return NOTHING
    if name == "user_ids":
        called = names(db.session(), value)
        return _joined(called.get(it, NOTHING) for it in value)
    if name.endswith("_fen"):
        return formats.money_figure(value)
    if name.endswith("_cm2"):
        return formats.area(value)
    if name.endswith("_on"):
        return day_of(value)
    if name.endswith(("month", "months")) and not isinstance(value, int):
        return _joined([value] if isinstance(value, str) else list(_runs(value)))
    return _joined(map(str, value)) if isinstance(value, list) else str(value)


def _runs(months: Sequence[str]) -> Iterator[str]:
    """Months that follow one another as one stretch: 2026-01至2026-03."""
    run: list[str] = []
    for month in [*months, ""]:
        if run and (not month or Month.parse(month) != Month.parse(run[-1]) + 1):
            yield run[0] if len(run) == 1 else _("%(first)s至%(last)s", first=run[0], last=run[-1])
            run = []
        run.append(month)


def figures(facts: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The facts that are no rows, with their words, in the order of `FIGURES`."""
    known = [name for name in FIGURES if name in facts]
    others = [name for name in facts if name not in FIGURES and kind_of(name) is None]
    return [{"label": FIGURES.get(name, name), "value": figure(name, facts[name])} for name in (*known, *others)]
