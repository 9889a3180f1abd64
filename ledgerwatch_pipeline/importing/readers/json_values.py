"""Reads JSON strictly: numbers by their own digits, never through binary floating point; no NaN, no key twice, no deep nesting.

The two readers of JSON use it. Where the values lie in a file is theirs.
"""

import json
import re
from typing import TypeAlias

from ledgerwatch_pipeline.importing.limits import MAX_JSON_DEPTH
from ledgerwatch_pipeline.model.errors import FileRejectedError

WHITE = " \t\r\n"
_BRACKETS = re.compile(r'"(?:[^"\\]|\\.)*"|[\[{}\]]', re.DOTALL)


class Number(str):
    """A number as the file writes it."""

    __slots__ = ()


Value: TypeAlias = "str | Number | bool | None | list[Value] | dict[str, Value]"


class _TwiceError(ValueError):
    """An object has a key twice."""


def _object(pairs: list[tuple[str, Value]]) -> dict[str, Value]:
    found = dict(pairs)
    if len(found) != len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise _TwiceError(f"the key {twice[:60]!r} is there {keys.count(twice)} times")
    return found


def _constant(text: str) -> Value:
    raise ValueError(f"{text} is no number of JSON")


_DECODER = json.JSONDecoder(
    object_pairs_hook=_object, parse_float=Number, parse_int=Number, parse_constant=_constant, strict=True
)


def value_at(text: str, start: int, place: str, line: int = 1) -> tuple[Value, int]:
    """The value that begins at ``start`` and the place behind it. place, line: what an error calls where this is, and the number
    of the first line of ``text``. Raises FileRejectedError."""
    try:
        return _DECODER.raw_decode(text, start)
    except json.JSONDecodeError as error:
        where = f"line {line + error.lineno - 1}, column {error.colno}"
        ended = "the text ends there, it is truncated; " if skipped(text, error.pos) == len(text) else ""
        raise FileRejectedError("json", f"{place}: not valid JSON at {where}: {ended}{error.msg}") from error
    except ValueError as error:
        raise FileRejectedError("json", f"{place}: {error}") from error
    except RecursionError as error:
        raise FileRejectedError(
            "json_depth", f"{place}: lists or objects lie more than {MAX_JSON_DEPTH} deep"
        ) from error


def require_shallow(text: str, place: str, start: int, end: int) -> None:
    """Raise FileRejectedError where brackets of the value in ``text[start:end]`` lie deeper than MAX_JSON_DEPTH. Looks closely only at
    texts with so many of them."""
    if text.count("[", start, end) + text.count("{", start, end) <= MAX_JSON_DEPTH:
        return
    depth = 0
    for bracket in _BRACKETS.finditer(text, start, end):
        if bracket[0] in "[{":
            depth += 1
        elif bracket[0] in "]}":
            depth -= 1
        if depth > MAX_JSON_DEPTH:
            raise FileRejectedError("json_depth", f"{place}: lists or objects lie more than {MAX_JSON_DEPTH} deep")


def skipped(text: str, start: int) -> int:
    """The place of the first character from ``start`` that is no white space."""
    while start < len(text) and text[start] in WHITE:
        start += 1
    return start


def as_text(value: Value, decimal: str) -> str | None:
    """A value as staging takes it: text, a number's digits, ``true``; None where there is nothing."""
    if value is None or isinstance(value, list | dict):
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Number):
        return str(value).replace(".", decimal)
    return value
