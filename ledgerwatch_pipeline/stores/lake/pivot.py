"""PIVOT … ON columns without IN: DuckDB makes two statements of it, a type of the values and the pivot, and shows neither.

So the values are looked up here and written into the text: ``ON type`` becomes ``ON type IN ('expense', 'income')``, which is
the same question, one SELECT that the fence can read. Every text that is run went through the fence in that very form.
"""

import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import duckdb

from ledgerwatch_pipeline.model.errors import UsageError
from ledgerwatch_pipeline.stores.lake.fence import Tree, kinds_of, parse
from ledgerwatch_pipeline.stores.lake.rows import only_row
from ledgerwatch_pipeline.stores.lake.session import quoted

_MOST = 1_000
_ENDS = {"using", "group", "order", "limit", "offset", "union", "intersect", "except"}
_DEEPER, _HIGHER = ("(", "[", "{"), (")", "]", "}")
_VALUES = f"SELECT DISTINCT CAST(value AS VARCHAR) AS value FROM source ORDER BY ALL LIMIT {_MOST + 1}"


@dataclass(frozen=True, slots=True)
class _Token:
    """A token of the text: where it begins, in bytes, its first word in lower case, and how deep in brackets it stands."""

    start: int
    word: str
    depth: int


@dataclass(frozen=True, slots=True)
class Pivots:
    """A text whose open pivots have a mark for their values; the marks stand in the order of the text."""

    text: str
    marks: tuple[str, ...]

    def with_values(self, values: dict[str, Sequence[str]]) -> str:
        """The text with each mark's values in its place."""
        text = self.text
        for mark in self.marks:
            text = text.replace(f"'{mark}'", ", ".join(f"'{quoted(value)}'" for value in values[mark]))
        return text


def find_pivots(con: duckdb.DuckDBPyConnection, text: str) -> Pivots | None:
    """The pivots in ``text`` that do not say which values become columns; None where there are none."""
    if set(kinds_of(con, text)) != {"CREATE", "SELECT"}:
        return None
    content = text.encode()
    tokens = list(_tokens(text, content))
    places = sorted({place for at, token in enumerate(tokens) for place in _open_elements(tokens, at, len(content))})
    marks = tuple(f"pivot-{uuid4().hex}" for _ in places)
    for place, mark in reversed(list(zip(places, marks, strict=True))):
        content = content[:place] + f"\nIN ('{mark}') ".encode() + content[place:]
    return Pivots(content.decode(), marks) if marks else None


def values_of(
    con: duckdb.DuckDBPyConnection, pivots: Pivots, ask: Callable[[str], Sequence[tuple[Any, ...]]]
) -> dict[str, Sequence[str]]:
    """The values that become columns, by mark. ``ask`` answers a SELECT, and checks it before. Inner pivots come first."""
    found: dict[str, Sequence[str]] = {}
    for pivot, column, visible in _marked(parse(con, pivots.text)["statements"], pivots.marks, {}):
        mark = column["entries"][0]["values"][0]["value"]
        values = [row[0] for row in ask(_values_query(con, pivot, column, visible)) if row[0] is not None]
        if not values:
            raise UsageError("PIVOT finds no values to make columns of; write them: ON column IN ('a', 'b')")
        if len(values) > _MOST:
            raise UsageError(
                f"PIVOT finds more than {_MOST} values to make columns of; write those you mean: ON column IN ('a', 'b')"
            )
        found[mark] = values
        column["entries"] = [{**column["entries"][0], "values": [_text(value)]} for value in values]
    return found


def _tokens(text: str, content: bytes) -> Iterator[_Token]:
    depth = 0
    for start, kind in duckdb.tokenize(text):
        word = ""
        if kind.name in ("keyword", "identifier", "operator"):
            found = re.match(rb"\w+|.", content[start : start + 40], re.DOTALL)
            word = found[0].decode(errors="replace").lower() if found else ""
        depth -= word in _HIGHER
        yield _Token(start, word, depth)
        depth += word in _DEEPER


def _open_elements(tokens: Sequence[_Token], at: int, end: int) -> Iterator[int]:
    """Where, in bytes, the IN belongs for each element of the ON list of the pivot that begins at token ``at``, if one does."""
    first = tokens[at]
    if first.word not in ("pivot", "pivot_wider"):
        return
    within = at + 1
    on = None
    while within < len(tokens) and tokens[within].depth >= first.depth:
        token = tokens[within]
        if token.depth == first.depth and (token.word in _ENDS or token.word == ";"):
            break
        if token.depth == first.depth and token.word == "on":
            on = within  # the last one: those before belong to joins
        within += 1
    if on is None or _is_suffix(tokens, at):
        return
    closed = False
    for place in range(on + 1, within + 1):
        here = tokens[place] if place < len(tokens) else None
        if place == within or (here and here.depth == first.depth and here.word == ","):
            if not closed:
                yield here.start if here else end
            closed = False
        elif here and here.depth == first.depth and here.word == "in":
            closed = True


def _is_suffix(tokens: Sequence[_Token], at: int) -> bool:
    """Whether it is the other PIVOT, after a table, in brackets and with FOR … IN; that one always has its values."""
    inside = tokens[at + 2 :]
    if at + 1 >= len(tokens) or tokens[at + 1].word != "(":
        return False
    for token in inside:
        if token.depth <= tokens[at].depth:
            return False
        if token.depth == tokens[at].depth + 1 and token.word == "for":
            return True
    return False


def _marked(part: Any, marks: Sequence[str], visible: dict[str, Tree]) -> Iterator[tuple[Tree, Tree, dict[str, Tree]]]:
    """Each marked column of a pivot with its pivot and the WITH entries in whose scope it stands, by name; inner ones first."""
    if isinstance(part, list):
        for each in part:
            yield from _marked(each, marks, visible)
    elif isinstance(part, dict):
        for entry in (part.get("cte_map") or {}).get("map", ()):
            yield from _marked(entry["value"], marks, visible)
            visible = {**visible, entry["key"]: entry}
        for name, each in part.items():
            if name != "cte_map":
                yield from _marked(each, marks, visible)
        if part.get("type") == "PIVOT":
            for column in part["pivots"]:
                if any(_constant(entry) in marks for entry in column.get("entries", ())):
                    yield part, column, visible


def _constant(entry: Tree) -> Any:
    values = entry.get("values") or [{}]
    return values[0].get("value")


def _values_query(con: duckdb.DuckDBPyConnection, pivot: Tree, column: Tree, visible: dict[str, Tree]) -> str:
    """SELECT DISTINCT the column's expression FROM the pivot's source, as SQL, under the same WITH."""
    query = parse(con, _VALUES)
    node = query["statements"][0]["node"]
    node["select_list"][0]["child"] = column["pivot_expressions"][0]
    node["from_table"] = pivot["source"]
    node["cte_map"]["map"] = list(visible.values())
    return str(only_row(con.execute(f"SELECT json_deserialize_sql('{quoted(json.dumps(query))}')"))[0])


def _text(value: str) -> Tree:
    return {"type": {"id": "VARCHAR", "type_info": None}, "is_null": False, "value": value}
