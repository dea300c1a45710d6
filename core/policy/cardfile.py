"""policy.yaml, read and checked: a `Card`, or a FileError naming the file, the place, the reason and the remedy."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from core.policy.card import (
    FULL_SCORE,
    HEARING_DAYS,
    ONCE,
    PANEL_CHECK,
    PANEL_PASS,
    PANEL_SCORE,
    PAPER_SOURCES,
    PRESETS,
    PUBLICATION_FIELDS,
    PUBLICATION_ORDERS,
    QUESTIONS,
    STACKING_RULES,
    WORKFLOW_STATES,
    Cap,
    Card,
    CheckText,
    Clause,
    Criterion,
    Desk,
    Document,
    LegalBasis,
    LetterText,
    LineText,
    Panel,
    Question,
    Stacking,
    Window,
    Workflow,
)
from core.policy.params import STATUSES, ParameterError, ParameterSet, Text, parse_parameters
from core.policy.reads import Reads
from core.policy.shapes import ROWS
from core.policy.yamlfile import FileError, read_yaml

DESK_KEY = 40  # as many characters as the column of `desk_tasks` holds


class _Fault(Exception):
    """What is wrong, and where in the file."""


def read_card(path: Path) -> Card:
    """The policy.yaml at `path`. FileError when it is missing, malformed or incomplete."""
    body = read_yaml(path)
    try:
        return _card(body)
    except _Fault as fault:
        raise FileError(f"{path}: {fault}") from None
    except ParameterError as error:
        raise FileError(f"{path}: {error}") from None


def _card(body: dict[str, Any]) -> Card:
    needed = {"key", "api_version", "title", "summary", "legal_basis", "reads", "documents", "workflow", "checks"}
    optional = {
        "application_window",
        "stacking",
        "once",
        "monotone",
        "caps",
        "lines",
        "answers",
        "offers",
        "reasons",
        "letter",
        "parameters",
        "payee",
        "stay",
    }
    _keys(body, "", needed | {"letter"}, optional)
    try:
        reads = Reads.parse(body["reads"])
        monotone = tuple(reads.section(name) for name in _list(body.get("monotone", []), "monotone"))
    except ValueError as error:
        raise _Fault(str(error)) from None
    parameters = parse_parameters(body.get("parameters", {}))
    workflow = _workflow(body["workflow"], "workflow")
    checks = _named(body["checks"], "checks", _check)
    answers = _named(body.get("answers", {}), "answers", _question)
    _panel_is_read(workflow, reads, checks, answers)
    return Card(
        key=_str(body["key"], "key"),
        api_version=_int(body["api_version"], "api_version"),
        title=_text(body["title"], "title"),
        summary=_text(body["summary"], "summary"),
        legal_basis=_each(body["legal_basis"], "legal_basis", _legal_basis),
        reads=reads,
        documents=_each(body["documents"], "documents", _document),
        application_window=_optional(body.get("application_window"), "application_window", _window),
        stacking=_optional(body.get("stacking"), "stacking", _stacking),
        once=_each(body.get("once", []), "once", _once),
        workflow=workflow,
        monotone=monotone,
        caps=_each(body.get("caps", []), "caps", lambda value, at: _cap(value, at, parameters)),
        checks=checks,
        lines=_named(body.get("lines", {}), "lines", _line),
        answers=answers,
        offers=_optional(body.get("offers"), "offers", _str),
        reasons=_named(body.get("reasons", {}), "reasons", _text),
        letter=_letter(body["letter"], "letter"),
        parameters=parameters,
        own_account=_payee(body.get("payee", {"own_account": False}), "payee"),
        stay=_optional(body.get("stay"), "stay", lambda value, at: _stay(value, at, parameters)),
    )


# ── readers: each takes a value and its place in the file ───────────────────────────────────────────────────────────


def _keys(value: object, at: str, needed: set[str], optional: set[str] | None = None) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise _Fault(f"{at or 'the file'} must be a mapping with {', '.join(sorted(needed))}.")
    missing = needed - set(value)
    if missing:
        raise _Fault(f"{at + '.' if at else ''}{min(missing)} is missing; add it.")
    unknown = {str(key) for key in value} - needed - (optional or set())
    if unknown:
        raise _Fault(f"{at + '.' if at else ''}{min(unknown)} is not a key of policy.yaml; check its spelling.")
    return value


def _str(value: object, at: str) -> str:
    if not isinstance(value, str) or not value.strip():
        raise _Fault(f"{at} must be text, not {value!r} (a number needs quotation marks).")
    return value


def _int(value: object, at: str) -> int:
    if type(value) is not int or value < 0:
        raise _Fault(f"{at} must be a whole number, not {value!r}.")
    return value


def _day(value: object, at: str) -> date:
    if type(value) is not date:
        raise _Fault(f"{at} must be a date such as 2023-01-01, not {value!r}.")
    return value


def _list(value: object, at: str) -> list[Any]:
    if not isinstance(value, list):
        raise _Fault(f"{at} must be a list.")
    return value


def _text(value: object, at: str) -> Text:
    both = _keys(value, at, {"zh", "en"})
    return Text(_str(both["zh"], f"{at}.zh"), _str(both["en"], f"{at}.en"))


def _optional(value: object, at: str, read: Callable[[object, str], Any]) -> Any:
    return None if value is None else read(value, at)


def _each(value: object, at: str, read: Callable[[object, str], Any]) -> tuple[Any, ...]:
    return tuple(read(item, f"{at}[{index}]") for index, item in enumerate(_list(value, at)))


def _named(value: object, at: str, read: Callable[[object, str], Any]) -> dict[str, Any]:
    if not isinstance(value, Mapping):
        raise _Fault(f"{at} must be a mapping of codes.")
    return {_str(key, at): read(item, f"{at}.{key}") for key, item in value.items()}


def _clauses(value: object, at: str) -> tuple[Clause, ...]:
    """One clause for all rule versions, `{zh, en}`, or a list of them by rule version, `{from, zh, en}`."""
    if not isinstance(value, list):
        return (Clause(date.min, _text(value, at)),)
    clauses = []
    for index, item in enumerate(value):
        row = _keys(item, f"{at}[{index}]", {"from", "zh", "en"})
        text = _text({"zh": row["zh"], "en": row["en"]}, f"{at}[{index}]")
        clauses.append(Clause(_day(row["from"], f"{at}[{index}].from"), text))
    if not clauses or clauses != sorted(clauses, key=lambda clause: clause.start):
        raise _Fault(f"{at} must list its clauses by date, oldest first, at least one.")
    return tuple(clauses)


def _check(value: object, at: str) -> CheckText:
    row = _keys(value, at, {"label", "clause", "explain"}, {"missing", "fixed"})
    explain = _text(row["explain"], f"{at}.explain")
    missing = _text(row["missing"], f"{at}.missing") if "missing" in row else explain
    fixed = row.get("fixed", False)
    if not isinstance(fixed, bool):
        raise _Fault(f"{at}.fixed must be true or false.")
    label, clauses = _text(row["label"], f"{at}.label"), _clauses(row["clause"], f"{at}.clause")
    return CheckText(label, clauses, explain, missing, fixed)


def _once(value: object, at: str) -> str:
    if value not in ONCE:
        raise _Fault(f"{at} is {value!r}; it must be one of {', '.join(ONCE)}.")
    return str(value)


def _line(value: object, at: str) -> LineText:
    row = _keys(value, at, {"label", "clause"})
    return LineText(_text(row["label"], f"{at}.label"), _clauses(row["clause"], f"{at}.clause"))


def _question(value: object, at: str) -> Question:
    row = _keys(value, at, {"label"}, {"help", "kind", "required", "choices"})
    kind, required = row.get("kind", "text"), row.get("required", False)
    if kind not in QUESTIONS:
        raise _Fault(f"{at}.kind must be one of {', '.join(QUESTIONS)}, not {kind!r}.")
    if not isinstance(required, bool):
        raise _Fault(f"{at}.required must be true or false.")
    choices = _named(row.get("choices", {}), f"{at}.choices", _text)
    if bool(choices) is not (kind == "choice"):
        raise _Fault(f"{at} needs choices if it is a choice, and has none otherwise.")
    help_ = _optional(row.get("help"), f"{at}.help", _text)
    return Question(_text(row["label"], f"{at}.label"), help_, kind, required or kind == "confirm", choices)


def _legal_basis(value: object, at: str) -> LegalBasis:
    row = _keys(value, at, {"document", "article", "title", "status", "from"}, {"to"})
    if row["status"] not in STATUSES:
        raise _Fault(f"{at}.status must be one of {', '.join(STATUSES)}, not {row['status']!r}.")
    return LegalBasis(
        _str(row["document"], f"{at}.document"),
        _text(row["article"], f"{at}.article"),
        _text(row["title"], f"{at}.title"),
        row["status"],
        _day(row["from"], f"{at}.from"),
        _optional(row.get("to"), f"{at}.to", _day),
    )


def _document(value: object, at: str) -> Document:
    row = _keys(value, at, {"key", "title", "required"}, {"note", "from"})
    if not isinstance(row["required"], bool):
        raise _Fault(f"{at}.required must be true or false.")
    note, source = _optional(row.get("note"), f"{at}.note", _text), row.get("from")
    if source is not None and source not in PAPER_SOURCES:
        raise _Fault(f"{at}.from is {source!r}; it must be one of {', '.join(PAPER_SOURCES)}.")
    return Document(_str(row["key"], f"{at}.key"), _text(row["title"], f"{at}.title"), row["required"], note, source)


def _window(value: object, at: str) -> Window:
    return Window(_text(value, at))


def _stacking(value: object, at: str) -> Stacking:
    row = _keys(value, at, {"group", "rule"})
    if row["rule"] not in STACKING_RULES:
        raise _Fault(f"{at}.rule must be one of {', '.join(STACKING_RULES)}, not {row['rule']!r}.")
    return Stacking(_str(row["group"], f"{at}.group"), row["rule"])


def _workflow(value: object, at: str) -> Workflow:
    needed = {"preset", "limits", "institutions", "publication"}
    row = _keys(value, at, needed, {"green_limits", "appeal_days", "hearing_days", "desks", "panel"})
    limits = _named(row["limits"], f"{at}.limits", _int)
    green = _named(row.get("green_limits", {}), f"{at}.green_limits", _int)
    for state, days in green.items():
        if not 0 < days <= limits.get(state, 0):
            raise _Fault(f"{at}.green_limits.{state} must be from 1 to the {limits.get(state, 0)} days of its limit.")
    institutions = _named(row["institutions"], f"{at}.institutions", _text)
    for state in [*limits, *institutions]:
        if state not in WORKFLOW_STATES:
            raise _Fault(f"{at} names the state {state!r}; the states are {', '.join(WORKFLOW_STATES)}.")
    days, fields, order = _publication(row["publication"], f"{at}.publication")
    if row["preset"] not in PRESETS:
        raise _Fault(f"{at}.preset must be one of {', '.join(PRESETS)}, not {row['preset']!r}.")
    appeal = _int(row.get("appeal_days", 0), f"{at}.appeal_days")
    hearing = _int(row.get("hearing_days", HEARING_DAYS), f"{at}.hearing_days")
    if hearing == 0:
        raise _Fault(f"{at}.hearing_days must be at least 1: a tenant is heard before a revocation.")
    desks = _named(row.get("desks", {}), f"{at}.desks", _desk)
    if long := [key for key in desks if len(key) > DESK_KEY]:
        raise _Fault(f"{at}.desks.{long[0]} has a key of more than {DESK_KEY} characters; shorten it.")
    panel = _optional(row.get("panel"), f"{at}.panel", _panel)
    if row["preset"] != "standard" and (appeal or desks or panel):
        raise _Fault(f"{at} has appeal_days, desks or a panel, which only the preset standard knows; leave them out.")
    if row["preset"] != "standard" and order == "after":
        raise _Fault(f"{at}.publication.order is after, which only the preset standard knows: nothing is paid here.")
    return Workflow(row["preset"], limits, institutions, days, fields, green, appeal, hearing, desks, panel, order)


def _publication(value: object, at: str) -> tuple[int, tuple[str, ...], str]:
    """For how long a case is shown to the public, what of it, and when."""
    row = _keys(value, at, {"working_days", "fields"}, {"order"})
    days, fields = _int(row["working_days"], f"{at}.working_days"), _each(row["fields"], f"{at}.fields", _str)
    if unknown := [field for field in fields if field not in PUBLICATION_FIELDS]:
        raise _Fault(f"{at}.fields names {unknown[0]!r}; a notice shows {', '.join(PUBLICATION_FIELDS)}.")
    if days and "tenant" not in fields:
        raise _Fault(f"{at}.fields must have tenant: nobody could object to a nameless notice.")
    order = row.get("order", "before")
    if order not in PUBLICATION_ORDERS:
        raise _Fault(f"{at}.order must be one of {', '.join(PUBLICATION_ORDERS)}, not {order!r}.")
    if order == "after" and not days:
        raise _Fault(f"{at}.order is after, with no working_days: say how long the notice lasts.")
    return days, fields, order


def _desk(value: object, at: str) -> Desk:
    row = _keys(value, at, {"title", "asks"}, {"department"})
    department = _optional(row.get("department"), f"{at}.department", _str)
    return Desk(_text(row["title"], f"{at}.title"), _text(row["asks"], f"{at}.asks"), department)


def _panel(value: object, at: str) -> Panel:
    row = _keys(value, at, {"experts", "days", "criteria", "pass_score"}, {"spread"})
    experts, days = (_least_one(row[name], f"{at}.{name}") for name in ("experts", "days"))
    criteria = _named(row["criteria"], f"{at}.criteria", _criterion)
    if long := [key for key in criteria if len(key) > DESK_KEY]:
        raise _Fault(f"{at}.criteria.{long[0]} has a key of more than {DESK_KEY} characters; shorten it.")
    if (total := sum(it.weight for it in criteria.values())) != FULL_SCORE:
        raise _Fault(f"{at}.criteria have weights that sum to {total}; they must sum to {FULL_SCORE}.")
    spread = _optional(row.get("spread"), f"{at}.spread", _int)
    for name, score in (("pass_score", _int(row["pass_score"], f"{at}.pass_score")), ("spread", spread)):
        if score is not None and score > FULL_SCORE:
            raise _Fault(f"{at}.{name} is {score}; no score is above {FULL_SCORE}.")
    return Panel(experts, days, criteria, row["pass_score"], spread)


def _criterion(value: object, at: str) -> Criterion:
    row = _keys(value, at, {"label", "weight", "max"})
    weight, most = (_least_one(row[name], f"{at}.{name}") for name in ("weight", "max"))
    return Criterion(_text(row["label"], f"{at}.label"), weight, most)


def _least_one(value: object, at: str) -> int:
    if _int(value, at) == 0:
        raise _Fault(f"{at} must be at least 1.")
    return _int(value, at)


def _panel_is_read(workflow: Workflow, reads: Reads, checks: Mapping[str, Any], answers: Mapping[str, Any]) -> None:
    """A panel decides nothing by itself: the rule says whether its score is enough, and the letter says why."""
    own = (PANEL_SCORE, PANEL_PASS)
    if asked := [name for name in own if name in answers]:
        raise _Fault(f"answers.{asked[0]} is what a panel gives; no applicant is asked for it. Call it otherwise.")
    if workflow.panel is None:
        return
    if missing := [name for name in own if name not in reads.answers]:
        raise _Fault(f"reads needs answers.{missing[0]}, because workflow.panel is there: the rule checks the score.")
    if PANEL_CHECK not in checks:
        raise _Fault(f"checks.{PANEL_CHECK} is missing, because workflow.panel is there; add it.")


def _payee(value: object, at: str) -> bool:
    own = _keys(value, at, {"own_account"})["own_account"]
    if not isinstance(own, bool):
        raise _Fault(f"{at}.own_account must be true or false.")
    return own


def _stay(value: object, at: str, parameters: ParameterSet) -> str:
    name = _str(_keys(value, at, {"parameter"})["parameter"], f"{at}.parameter")
    if parameters.units.get(name) != "months":
        raise _Fault(f"{at}.parameter names {name!r}, which is not a number of months under parameters.")
    return name


def _cap(value: object, at: str, parameters: ParameterSet) -> Cap:
    row = _keys(value, at, set(), {"parameter", "per", "sum"})
    if set(row) == {"sum"}:
        return Cap(None, None, _column(row["sum"], f"{at}.sum"))
    if "sum" in row or "parameter" not in row:
        raise _Fault(f"{at} must be {{parameter: …}}, {{parameter: …, per: section.field}} or {{sum: section.field}}.")
    if row["parameter"] not in parameters.units:
        raise _Fault(f"{at}.parameter names {row['parameter']!r}, which is not under parameters.")
    return Cap(row["parameter"], _optional(row.get("per"), f"{at}.per", _column), None)


def _column(value: object, at: str) -> tuple[str, str]:
    section, _, field = _str(value, at).partition(".")
    if section not in ROWS or field not in ROWS[section].make._fields:
        raise _Fault(f"{at} names {value!r}; it must be a field of a list section, such as rent.paid_fen.")
    return section, field


def _letter(value: object, at: str) -> LetterText:
    row = _keys(value, at, {"title", "duties", "remedies"}, {"payment"})
    return LetterText(
        _text(row["title"], f"{at}.title"),
        _each(row["duties"], f"{at}.duties", _text),
        _each(row["remedies"], f"{at}.remedies", _text),
        _optional(row.get("payment"), f"{at}.payment", _text),
    )
