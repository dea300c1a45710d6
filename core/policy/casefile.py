"""The case file: from plain JSON values to a `Case` and back, naming every fault by its path.

The format is the contract of docs/plugins.md ("The case file"). `parse_case` takes what `json.loads` gives.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from itertools import chain
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from core.policy.model import Case, Dossier
from core.policy.shapes import COMPANY, MENTORING, PERIOD, ROWS, WITH_LINES
from core.policy.values import DAY, Wrong, read_answers, shown, shown_key

if TYPE_CHECKING:
    from core.policy.reads import Reads

SCHEMA = "1.3"
"""The schema version written, and the only one read without a converter."""

CONVERTERS: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "1.0": lambda value: {**value, "schema": "1.1"},  # 1.1 adds mentoring.languages and mentoring.hours
    "1.1": lambda value: {**value, "schema": "1.2"},  # 1.2 adds spent_by and spent_fen of rows that are evidence
    "1.2": lambda value: {**value, "schema": "1.3"},  # 1.3 adds prizes
}
"""Older schema version: a function giving the same case one version later (its result carries the newer "schema")."""

_CASE_FIELDS = ("schema", "applied_on", "period", "answers", "dossier")
_SECTION_READERS: dict[str, Callable[[object, Sequence[int]], Any]] = {
    "company": COMPANY.read,
    **{name: shape.read_rows for name, shape in ROWS.items()},
    "mentoring": MENTORING.read,
}


class CaseError(ValueError):
    """A case file that cannot be read. `path` names the field (`dossier.rent[3].paid_fen`), `message` the reason."""

    def __init__(self, path: str, message: str) -> None:
        super().__init__(f"{path} {message}" if path else message)
        self.path = path
        self.message = message


def parse_case(value: object, reads: Reads | None = None) -> Case:
    """One case file, as `json.loads` gives it, to a Case. Raises CaseError with path and reason.

    With `reads` (a policy's: `loaded.card.reads`) every field is checked all the same, but the Case holds only those.
    """
    try:
        return _read_case(value, reads)
    except Wrong as wrong:
        raise CaseError(wrong.at.removeprefix("."), str(wrong)) from None


def _read_case(value: object, reads: Reads | None) -> Case:
    value = _object(value, "a case is")
    schema = value.get("schema")
    if schema is not None and schema != SCHEMA:
        value = _converted(value, schema)
    _only(value, _CASE_FIELDS, "")
    applied_on = _at(value, "applied_on", DAY.read, "", required=True)
    period = _at(value, "period", PERIOD.read, "", required=True)
    answers = _at(value, "answers", read_answers, "") or {}
    return Case(
        applied_on,
        period,
        _read_dossier(value.get("dossier"), reads),
        answers if reads is None else reads.visible_answers(answers),
    )


def _converted(value: dict[str, Any], schema: object) -> dict[str, Any]:
    while type(schema) is str and schema in CONVERTERS:
        value = CONVERTERS[schema](value)
        schema = value["schema"]
    if schema != SCHEMA:
        raise Wrong(f"is {shown(schema)}; this program reads {', '.join([*CONVERTERS, SCHEMA])}", ".schema")
    return value


def _read_dossier(value: object, reads: Reads | None) -> Dossier:
    if value is None:  # nothing known at all, so in particular not the company
        raise Wrong("is missing", ".dossier.company")
    value = _object(value, "must be", ".dossier")
    _only(value, _SECTION_READERS, ".dossier")
    sections: dict[str, Any] = {}
    for name, read in _SECTION_READERS.items():
        item = value.get(name)
        if item is not None:
            try:
                item = read(item, reads.hidden.get(name, ()) if reads else ())
            except Wrong as wrong:
                raise Wrong(str(wrong), f".dossier.{name}{wrong.at}") from None
        elif name == "company":
            raise Wrong("is missing", ".dossier.company")
        sections[name] = item
    _refuse_doubles(sections)
    if reads is not None:  # only now, so that the same files are refused whatever a policy reads
        for name in sections.keys() - reads.visible.keys():
            sections[name] = None
    return Dossier(**sections)


def _object(value: object, sentence: str, path: str = "") -> dict[str, Any]:
    if type(value) is not dict:
        raise Wrong(f"{sentence} an object, not {shown(value)}", path)
    return value


def _only(value: Mapping[str, Any], known: Collection[str], path: str) -> None:
    for key in value:
        if key not in known:
            raise Wrong("is not a field of the case file; check its spelling", f"{path}.{shown_key(key)}")


def _at(value: Mapping[str, Any], key: str, read: Callable[[object], Any], path: str, *, required: bool = False) -> Any:
    item = value.get(key)
    if item is None:
        if required:
            raise Wrong("is missing", f"{path}.{key}")
        return None
    try:
        return read(item)
    except Wrong as wrong:
        raise Wrong(str(wrong), f"{path}.{key}{wrong.at}") from None


_line_of = itemgetter(0)
_person_and_month_of = itemgetter(1, 2)
_post_of = itemgetter(1, 2, 3)  # person, month and employer of an employment row
_prize_of = itemgetter(1, 2, 3)  # contest, edition and level


def _refuse_doubles(sections: Mapping[str, Any]) -> None:
    """Two rows with one line id, two employment rows for one person, month and employer, or two rows of one prize and
    level would be counted twice."""
    rows = [sections[name] or () for name in WITH_LINES]
    lines = list(map(_line_of, chain.from_iterable(rows)))
    if len(set(lines)) != len(lines):
        seen: set[Any] = set()
        for name, index, row in ((n, i, row) for n in WITH_LINES for i, row in enumerate(sections[n] or ())):
            if row.line in seen:
                raise Wrong(f"{shown(row.line)} is already used by another row", f".dossier.{name}[{index}].line")
            seen.add(row.line)
    employment = sections["employment"] or ()
    if len(set(map(_person_and_month_of, employment))) != len(employment):
        seen = set()
        for index, row in enumerate(employment):
            if row.employer_uscc is not None and _post_of(row) in seen:
                reason = f"is a second row for {row.person} in {row.month} with the same employer"
                raise Wrong(reason, f".dossier.employment[{index}]")
            seen.add(_post_of(row))
    seen = set()
    for index, row in enumerate(sections["prizes"] or ()):
        if _prize_of(row) in seen:
            reason = f"is a second row for {shown(row.contest)} of {row.edition} at the level {row.level}"
            raise Wrong(reason, f".dossier.prizes[{index}]")
        seen.add(_prize_of(row))


def case_to_json(case: Case) -> dict[str, Any]:
    """The canonical case file of `case`: every field, null where not known; `parse_case` gives the same case back."""
    dossier: dict[str, Any] = {"company": COMPANY.write(case.dossier.company)}
    for name, shape in ROWS.items():
        rows = getattr(case.dossier, name)
        dossier[name] = None if rows is None else [shape.write(row) for row in rows]
    mentoring = case.dossier.mentoring
    dossier["mentoring"] = None if mentoring is None else MENTORING.write(mentoring)
    return {
        "schema": SCHEMA,
        "applied_on": case.applied_on.isoformat(),
        "period": PERIOD.write(case.period),
        "answers": dict(case.answers),
        "dossier": dossier,
    }
