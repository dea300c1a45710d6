"""What runs in the worker: the plugin, imported behind the walls, and a loop that asks it what is wanted.

Every case is assessed twice, and the two answers must be the same bytes. What the plugin raises is told in words; what
takes the process down, the other side sees.
"""

from __future__ import annotations

import ctypes  # noqa: F401 - libraries import it, which is refused once the walls stand
import os
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any, NoReturn

from core.confined import walls
from core.confined.channel import Channel
from core.confined.frames import Garbled, dump, load, short
from core.policy.casefile import parse_case
from core.policy.confined import wire
from core.policy.confined.wire import LARGEST_FRAME
from core.policy.decision import Decision
from core.policy.loaded import LoadedPolicy, PluginError
from core.policy.model import Case, Check, Line, Outcome, StageMove, Use
from core.policy.params import ParameterError, Params
from core.policy.registry import Registry, load_in_worker
from core.policy.yamlfile import FileError

ROOT = Path(__file__).resolve().parents[3]


def main(descriptor: str) -> NoReturn:
    channel = Channel(int(descriptor))
    turn, body = channel.receive()
    config = load(body)
    walls.limit(config["memory"])
    folder, path = Path(config["folder"]), config["path"]
    if path:
        sys.path.append(path)
    readable = [Path(sys.prefix), Path(sys.base_prefix), ROOT / "core", folder, *([Path(path)] if path else [])]
    channel.answer_by(config["start_seconds"])
    standing = walls.raise_walls([place for place in readable if place.exists()])
    try:
        registry = load_in_worker(config["name"], folder, config["module"])
        body = dump(_described(registry, config["name"], standing))
    except (PluginError, FileError) as error:
        _refused(channel, turn, str(error))
    except BaseException as error:  # noqa: BLE001 - whatever a plugin does when imported is its fault
        _refused(channel, turn, f"it cannot be imported: {_told(error)}")
    channel.send(turn, body)
    loaded = registry.get(config["name"])
    while True:
        turn, body = channel.receive()
        request = load(body)
        channel.answer_by(request["seconds"])
        channel.send(turn, _sized(_answer(registry, loaded, request)))


def _refused(channel: Channel, turn: bytes, reason: str) -> NoReturn:
    channel.send(turn, dump({"refused": short(reason)}))
    os._exit(0)


def _sized(body: bytes) -> bytes:
    if len(body) > LARGEST_FRAME:
        return dump({"failed": f"its answer is of {len(body)} bytes, more than the {LARGEST_FRAME} that one may have"})
    return body


def _described(registry: Registry, name: str, standing: list[str]) -> dict[str, Any]:
    policy = registry.get(name).policy
    return {
        "key": policy.key,
        "api_version": policy.api_version,
        "package": str(policy.package),
        "rules": [[version.effective_from.isoformat(), version.assess is not None] for version in policy.rules],
        "modules": sorted({version.assess.__module__.rpartition(".")[2] for version in policy.rules if version.assess}),
        "allocates": policy.allocate is not None,
        "hooks": registry.hooks_of(name),
        "walls": standing,
    }


def _answer(registry: Registry, loaded: LoadedPolicy, request: dict[str, Any]) -> bytes:
    """Assessed twice on the same case: whoever changes what it is given, counts, or looks at a clock, answers twice."""
    if request["ask"] == "tell":
        return _tell(registry, loaded, request)
    if request["ask"] == "allocate":
        return _once(_allocated, loaded, request, None)
    case = parse_case(request["case"])
    first = _once(_assessed, loaded, request, case)
    if first.startswith(b'{"failed"') or _once(_assessed, loaded, request, case) == first:
        return first
    return dump({"failed": "its rule gives two answers to one case"})


def _once(ask: Callable[..., dict[str, Any]], loaded: LoadedPolicy, request: dict[str, Any], given: Any) -> bytes:
    what = "its rule" if request["ask"] == "assess" else "sharing out"
    try:
        params = wire.parameters_from_text(request["parameters"]).on(date.fromisoformat(request["on"]))
        return dump({"answer": ask(loaded, request, given, params)})
    except Garbled as error:
        return dump({"failed": short(error)})
    except ParameterError as error:
        text = str(error).removeprefix(f"parameter {error.name} ")
        return dump({"failed": short(text), "parameter": short(error.name)})
    except BaseException as error:  # noqa: BLE001 - leaving the program included
        return dump({"failed": short(f"{what} raised {_told(error)}")})


def _assessed(loaded: LoadedPolicy, request: dict[str, Any], case: Case, params: Params) -> dict[str, Any]:
    assess = loaded.policy.rules[request["rule"]].assess
    assert assess is not None
    return wire.assessment_to_json(assess(case, params), params)


def _allocated(loaded: LoadedPolicy, request: dict[str, Any], _: Any, params: Params) -> dict[str, Any]:
    assert loaded.policy.allocate is not None
    cases = {ref: parse_case(case) for ref, case in request["cases"].items()}
    offers = [wire.offer_from_json(row) for row in request["offers"]]
    return wire.allocation_to_json(loaded.policy.allocate(cases, offers, params), params)


def _tell(registry: Registry, loaded: LoadedPolicy, request: dict[str, Any]) -> bytes:
    value = request["value"]
    argument: Any
    if request["hook"] == "tenant_stage_moved":
        moved_on = date.fromisoformat(value["moved_on"])
        argument = {"move": StageMove(value["tenant_ref"], value["from_stage"], value["to_stage"], moved_on)}
    else:
        argument = {"decision": _decision(loaded, value)}
    try:
        registry.ask(loaded.key, request["hook"], **argument)
    except Exception as error:  # noqa: BLE001 - a PluginError, whatever the hook did
        return dump({"failed": short(error)})
    return dump({"answer": None})


def _decision(loaded: LoadedPolicy, value: dict[str, Any]) -> Decision:
    rule_from = None if value["rule_from"] is None else date.fromisoformat(value["rule_from"])
    return Decision(
        policy=value["policy"],
        outcome=Outcome(value["outcome"]),
        amount_fen=value["amount_fen"],
        reference_on=date.fromisoformat(value["reference_on"]),
        rule_from=rule_from,
        checks=tuple(
            Check(row["code"], row["passed"], row["observed"], row["required"], row["relation"], unit)
            for row, unit in zip(value["checks"], value["units"], strict=True)
        ),
        lines=tuple(
            Line(row["code"], row["quantity"], row["unit_fen"], row["amount_fen"], row["note"])
            for row in value["lines"]
        ),
        uses=tuple(Use(row["line"], row["amount_fen"]) for row in value["uses"]),
        clauses={} if rule_from is None else loaded.clauses(rule_from),
    )


def _told(error: BaseException) -> str:
    try:
        return f"{type(error).__name__}: {error}" if str(error) else repr(error)
    except BaseException:  # noqa: BLE001 - an exception that cannot even be shown
        return type(error).__name__
