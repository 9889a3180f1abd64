"""An analyzer declared in a file: ``NAME.toml`` and ``NAME.sql`` beside it, as docs/analyzers.md describes them.

Reads the two into an ``Analyzer``; whether its SQL keeps the rules is ``inspection``'s. Numbers in TOML are read as exact
decimals, never as floats.
"""

import tomllib
from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import TypeVar

from ledgerwatch_pipeline.analysis.contract import (
    Analyzer,
    ChoiceParameter,
    ContractError,
    DecimalParameter,
    Evidence,
    EvidenceType,
    FlagParameter,
    Input,
    Message,
    Parameter,
    PeriodReach,
)
from ledgerwatch_pipeline.model.errors import LedgerWatchError

_Word = TypeVar("_Word", bound=StrEnum)
_Value = TypeVar("_Value", str, int, bool)


def read_declaration(file: Path) -> Analyzer:
    """The analyzer that ``file`` and the SQL beside it declare; raises ContractError saying what is wrong, and where."""
    name = file.stem
    try:
        top = _Table("", _toml(file))
        sql = _text(file.with_suffix(".sql"))
        if top.text("name") != name:
            raise ValueError(f"its name is that of the file, {name}, not {top.text('name')}")
        insufficient = top.text("insufficient", "")
        analyzer = Analyzer(
            name=name,
            version=top.whole("version"),
            summary=top.text("summary"),
            sql=_statement(sql),
            insufficient=_statement(insufficient) if insufficient else None,
            inputs=frozenset(_one_of(Input, "inputs", each) for each in top.texts("inputs")),
            evidence={key: _evidence(each) for key, each in top.tables("evidence").items()},
            messages={
                kind: Message(each.text("title"), each.text("message"), each.text("arithmetic", ""))
                for kind, each in top.tables("messages").items()
            },
            parameters=tuple(_parameter(key, each) for key, each in top.tables("parameters", optional=True).items()),
            reach=top.reach("reach"),
            lookback=top.months("lookback"),
            window=top.text("window", "") or None,
            rereads=top.flag("rereads", False),
            joins_as_written=top.flag("joins_as_written", False),
            source=str(file),
        )
        top.require_all_read()
        return analyzer
    except LedgerWatchError:
        raise
    except ValueError as error:  # what the files and the values in them are found to be wrong by
        raise ContractError(name, str(error)) from error


def _toml(file: Path) -> dict[str, object]:
    try:
        return tomllib.loads(_text(file), parse_float=Decimal)
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"{file.name} is no TOML: {error}") from error


def _text(file: Path) -> str:
    """What is in the file; raises ValueError saying what would be right."""
    try:
        return file.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise ValueError(
            f"there is no {file.name}; an analyzer is a .toml and a .sql of one name side by side"
        ) from None
    except OSError as error:
        raise ValueError(f"{file.name} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ValueError(f"{file.name} is not UTF-8 (byte {error.start + 1}); save it as UTF-8") from error


def _statement(sql: str) -> str:
    """Without the semicolon that people end a statement with."""
    return sql.strip().removesuffix(";")


def _evidence(table: "_Table") -> Evidence:
    return Evidence(table.text("column"), _one_of(EvidenceType, f"{table.place}.type", table.text("type")))


def _parameter(name: str, table: "_Table") -> Parameter:
    meaning = table.text("meaning")
    match table.text("type"):
        case "decimal":
            return DecimalParameter(
                name,
                table.decimal("default"),
                table.decimal("minimum"),
                meaning,
                table.decimal("maximum"),
                table.whole("decimals", 4),
            )
        case "choice":
            return ChoiceParameter(name, table.text("default"), table.texts("choices"), meaning)
        case "flag":
            return FlagParameter(name, table.flag("default"), meaning)
        case other:
            raise ValueError(f"{table.place}.type is decimal, choice or flag, not {other!r}")


def _one_of(kind: type[_Word], place: str, text: str) -> _Word:
    try:
        return kind(text)
    except ValueError:
        raise ValueError(f"{place} is one of {', '.join(kind)}, not {text!r}") from None


class _Table:
    """A table of TOML that is asked for its keys by type; raises ValueError naming the key that is missing or not of it."""

    def __init__(self, place: str, content: Mapping[str, object]) -> None:
        self.place = place
        self._content = content
        self._read: set[str] = set()
        self._inner: list[_Table] = []

    def text(self, key: str, default: str | None = None) -> str:
        """A text."""
        return self._typed(key, str, "a text", default)

    def whole(self, key: str, default: int | None = None) -> int:
        """A whole number."""
        return self._typed(key, int, "a whole number", default)

    def flag(self, key: str, default: bool | None = None) -> bool:
        """True or false."""
        return self._typed(key, bool, "true or false", default)

    def decimal(self, key: str) -> Decimal:
        """A number, exactly as it is written."""
        value = self._value(key, None)
        if isinstance(value, Decimal) and value.is_finite():
            return value
        if isinstance(value, int) and not isinstance(value, bool):
            return Decimal(value)
        raise ValueError(f"{self._named(key)} is a number, not {value!r}")

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of texts."""
        value = self._value(key, None)
        if isinstance(value, list) and all(isinstance(each, str) for each in value):
            return tuple(value)
        raise ValueError(f"{self._named(key)} is a list of texts, not {value!r}")

    def months(self, key: str) -> int | None:
        """A number of months; None where ``all`` is written."""
        return None if self._value(key, None) == "all" else self.whole(key)

    def reach(self, key: str) -> int | PeriodReach | None:
        """A number of months; None where ``all`` is written; as far as the thresholds reach where ``thresholds`` is."""
        if self._value(key, None) == PeriodReach.THRESHOLDS:
            return PeriodReach.THRESHOLDS
        return self.months(key)

    def tables(self, key: str, *, optional: bool = False) -> dict[str, "_Table"]:
        """The tables below this one, in the order they are written."""
        value = self._value(key, {} if optional else None)
        if not isinstance(value, dict) or not all(isinstance(each, dict) for each in value.values()):
            raise ValueError(f"{self._named(key)} holds tables, such as [{key}.name]")
        inner = {name: _Table(f"{self._named(key)}.{name}", each) for name, each in value.items()}
        self._inner += inner.values()
        return inner

    def require_all_read(self) -> None:
        """Raise ValueError for a key that nobody asked for: it is misspelt, or means nothing here."""
        for key in self._content:
            if key not in self._read:
                raise ValueError(f"{self._named(key)} is not known here; known: {', '.join(sorted(self._read))}")
        for each in self._inner:
            each.require_all_read()

    def _typed(self, key: str, kind: type[_Value], what: str, default: _Value | None) -> _Value:
        value = self._value(key, default)
        if isinstance(value, kind) and not (kind is int and isinstance(value, bool)):
            return value
        raise ValueError(f"{self._named(key)} is {what}, not {value!r}")

    def _value(self, key: str, default: object) -> object:
        self._read.add(key)
        value = self._content.get(key, default)
        if value is None:
            raise ValueError(f"{self._named(key)} is missing")
        return value

    def _named(self, key: str) -> str:
        return f"{self.place}.{key}" if self.place else key
