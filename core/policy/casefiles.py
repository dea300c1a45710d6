"""Case files on disk: `.json` (one case) and `.jsonl` (one case a line), read strictly and one at a time."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from core.policy.casefile import CaseError
from core.policy.values import shown_key


class _Doubled(dict[str, Any]):
    """A JSON object in which `key` is there twice; found again by walking the value, which gives it a path."""

    key = ""


def read_cases(path: Path) -> Iterator[object]:
    """The values of a case file, each ready for `parse_case`, or a CaseError in the place of one that is no JSON.

    A file that cannot be opened or is not text is one CaseError. Lines of a `.jsonl` file that are blank are skipped.
    """
    return map(read_text, texts_of(path))


class CaseText(NamedTuple):
    """One case as it stands in a file, unread; `where` is for people to find it again."""

    text: bytes
    where: str


def texts_of(path: Path) -> Iterator[CaseText | CaseError]:
    """The cases of a file one by one, not read yet."""
    try:
        if path.suffix.lower() == ".jsonl":
            with path.open("rb") as lines:  # bytes, so that one bad line does not take the rest with it
                for number, line in enumerate(lines, 1):
                    if line.strip(b" \t\r\n\xef\xbb\xbf"):
                        yield CaseText(line, f"{path} line {number}")
        else:
            yield CaseText(path.read_bytes(), str(path))
    except OSError as error:
        yield CaseError("", f"{path} cannot be read: {error.strerror or error}. Check the name and who may read it.")


def read_text(case: CaseText | CaseError) -> object:
    """The value of a case, or a CaseError saying where it is no JSON."""
    return case if isinstance(case, CaseError) else _value(*case)


def _value(text: bytes, where: str) -> object:
    doubles: list[_Doubled] = []
    try:
        value = json.loads(text.decode("utf-8-sig"), object_pairs_hook=partial(_object, doubles))
    except UnicodeDecodeError as error:
        return CaseError("", f"{where} is not UTF-8 text: {error.reason} at byte {error.start + 1}. Save it as UTF-8.")
    except RecursionError:
        return CaseError("", f"{where} is nested too deeply to be a case. Mend it there.")
    except json.JSONDecodeError as error:
        reason = f"{error.msg} (line {error.lineno}, column {error.colno})"
        return CaseError("", f"{where} is not JSON: {reason}. Mend it there.")
    except ValueError:  # Python reads no number of more than 4,300 digits
        return CaseError("", f"{where} holds a number of thousands of digits. Mend it there.")
    # JSON readers differ on which of two fields of one name wins, so neither does.
    return CaseError(_path_to_double(value), "is there twice; keep one") if doubles else value


def _object(doubles: list[_Doubled], pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) == len(pairs):
        return value
    keys = [key for key, _ in pairs]
    doubled = _Doubled(value)
    doubled.key = next(key for index, key in enumerate(keys) if key in keys[:index])
    doubles.append(doubled)
    return doubled


def _path_to_double(value: object) -> str:
    """The path of the first field that is there twice; empty when it is itself in a field that was."""
    waiting: list[tuple[str, Any]] = [("", value)]
    for path, item in waiting:
        if isinstance(item, _Doubled):
            return f"{path}.{shown_key(item.key)}".removeprefix(".")
        if isinstance(item, dict):
            waiting += [(f"{path}.{shown_key(key)}", inner) for key, inner in item.items()]
        elif isinstance(item, list):
            waiting += [(f"{path}[{index}]", inner) for index, inner in enumerate(item)]
    return ""
