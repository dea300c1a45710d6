"""The file of a district's values, which `hongcai policies assess --params` takes: written, read, and brought in."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from functools import lru_cache
from typing import Any

from core.errors import Invalid
from core.policy import FileError, LoadedPolicy, ParameterError, ParameterSet, ParameterValue, parse_parameters
from core.policy.canonical import plain
from core.policy.params import typed_value
from core.policy.yamlfile import parse_yaml
from core.services.parameters.rows import MAX_ROWS, in_words, kept, typed

LARGEST = 256 * 1024
_UNSAFE = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff\ud800-\udfff]")


def parse(file: str, loaded: LoadedPolicy) -> ParameterSet:
    """The values of a published file. One that a newer version of the plugin no longer has is left out: no rule reads
    it. Raises `Invalid` where a value no longer fits its parameter."""
    known = loaded.card.parameters
    section = {name: body for name, body in _section(file).items() if name in known.units}
    try:
        return parse_parameters(section, defaults=known)
    except ParameterError as error:
        raise Invalid(
            "本区公布的参数“%(name)s”与插件现在的版本不符，无法核算；请区级管理人员重新公布，或联系平台管理人员",
            name=error.name,
        ) from error


@lru_cache(maxsize=256)
def _section(file: str) -> Mapping[str, Any]:
    section: dict[str, Any] = parse_yaml(file, "published parameters")["parameters"]
    return section


def written(values: Iterable[ParameterValue], heading: Iterable[str] = ()) -> str:
    """The values as the file that `assess --params` takes: YAML with a comment of `heading` lines, always the same
    bytes for the same values."""
    lines = [*(f"# {line}".rstrip() for line in heading), "parameters:"]
    name = None
    for value in sorted(values, key=lambda value: (value.name, value.start)):
        if value.name != name:
            name = value.name
            lines += [f"  {name}:", "    values:"]
        checked_on = "null" if value.checked_on is None else value.checked_on.isoformat()
        lines.append(
            f"      - {{from: {value.start}, value: {_text(plain(value.value))}, source: {_text(value.source)}, "
            f"status: {value.status}, checked_on: {checked_on}}}"
        )
    return "\n".join(lines) + "\n"


def _text(value: Any) -> str:
    """As JSON, which YAML reads alike where characters that YAML does not allow, or breaks lines at, are escaped."""
    return _UNSAFE.sub(lambda found: f"\\u{ord(found[0]):04x}", json.dumps(value, ensure_ascii=False))


def rows_of(body: bytes, loaded: LoadedPolicy, before: ParameterSet | None) -> tuple[list[dict[str, str]], int]:
    """A file as rows of a draft, with what it has wrong as it stands there, to be mended on the page; and how many of
    its values the district has published just so, which are left out. Raises `Invalid` for what is no such file."""
    if len(body) > LARGEST:
        raise Invalid("文件超过256KB，不会是参数文件", field="file")
    try:
        content = parse_yaml(body.decode("utf-8-sig"), "the file")
    except (FileError, UnicodeDecodeError) as error:
        raise Invalid("这不是参数文件，无法读取：%(why)s", why=str(error), field="file") from error
    section = content.get("parameters", content)
    if not isinstance(section, Mapping) or not section:
        raise Invalid("文件里没有参数。请用本页导出的文件，或按插件文档的格式编写", field="file")
    published = [typed(value) for value in (before.values if before else ())]
    found: list[dict[str, str]] = []
    known = 0
    for row in _rows(section, loaded):
        if row in published:
            known += 1
        elif len(found) == MAX_ROWS:
            raise Invalid("一份草案最多%(most)s个值，请分几次起草", most=MAX_ROWS, field="file")
        else:
            found.append(row)
    return found, known


def _rows(section: Mapping[Any, Any], loaded: LoadedPolicy) -> Iterator[dict[str, str]]:
    for name, body in section.items():
        values = body.get("values") if isinstance(body, Mapping) else None
        if not isinstance(values, list) or not all(isinstance(value, Mapping) for value in values):
            raise Invalid(
                "文件里“%(name)s”下面没有values列表，请按插件文档的格式编写", name=str(name)[:60], field="file"
            )
        unit = loaded.card.parameters.units.get(str(name), "")
        for value in values:
            yield kept(
                {
                    "name": str(name)[:60],
                    "value": _in_words(str(name), unit, value.get("value")),
                    "ended": "yes" if "value" in value and value["value"] is None else "",
                    **{field: _plain(value.get(field)) for field in ("from", "source", "status", "checked_on")},
                }
            )


def _in_words(name: str, unit: str, value: Any) -> str:
    """As people would type it; what does not fit its unit stays as it is, for the page to say so."""
    try:
        checked = typed_value(name, unit, value)
    except ParameterError:
        return _plain(value)
    return "" if checked is None else in_words(unit, checked)


def _plain(value: Any) -> str:
    return str(value) if isinstance(value, str | int | float | date) else ""
