"""Which column of a file is which field: by the words of its header first, held against what is in it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from ledgerwatch_pipeline.importing.draft import words
from ledgerwatch_pipeline.importing.draft.dates import Dates
from ledgerwatch_pipeline.importing.draft.numbers import Numbers, marks_of
from ledgerwatch_pipeline.model.errors import FileRejectedError
from ledgerwatch_pipeline.model.profile import CREDIT, DEBIT, SIGN, columns_text

_TYPES = {"expense", "income", "refund", "debit", "credit"}
_PAIRS = ({"S", "H"}, {"D", "C"}, {"DR", "CR"}, {"DBIT", "CRDT"}, {"SOLL", "HABEN"}, {"+", "-"})
_TEXTS = ("category", "description", "reference")


@dataclass(frozen=True, slots=True)
class Column:
    """One column. place: from 0; values: text → rows, of those that have something."""

    place: int
    name: str
    rows: int
    values: dict[str, int]
    dates: Dates
    numbers: Numbers

    @property
    def filled(self) -> int:
        """Rows that have something in it."""
        return sum(self.values.values())

    @property
    def is_text(self) -> bool:
        """Whether it holds words."""
        letters = sum(rows for text, rows in self.values.items() if re.search(r"[^\W\d_]", text))
        return letters * 2 > self.filled and not self.dates.are_dates and not self.numbers.are_numbers

    def said(self, name: str) -> int:
        """How well its header says a field."""
        return words.score(self.name, name)


@dataclass(frozen=True, slots=True)
class ColumnMap:
    """field → column, why, and what was left open. marks: of the column ``sign``, that of a debit first."""

    columns: dict[str, Column]
    why: dict[str, str]
    notes: tuple[str, ...]
    marks: tuple[str, ...] = ()


@dataclass(slots=True)
class _Choosing:
    columns: Sequence[Column]
    chosen: dict[str, Column] = field(default_factory=dict)
    why: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def left(self) -> list[Column]:
        taken = {each.place for each in self.chosen.values()}
        return [each for each in self.columns if each.place not in taken and each.filled]

    def take(self, name: str, fitting: Sequence[Column], kind: str) -> Column | None:
        """The column of the fitting whose header says the field best; others that say it too are told."""
        said = sorted((each for each in fitting if each.said(name)), key=lambda each: -each.said(name))
        if not said:
            return None
        self.put(name, said[0], f"its header says so{kind}")
        if len(said) > 1:
            self.why[name] += f"; {' and '.join(repr(each.name) for each in said[1:4])} could be meant too"
        return said[0]

    def put(self, name: str, column: Column, why: str) -> None:
        self.chosen[name] = column
        self.why[name] = why


def mapped(columns: Sequence[Column], *, dated_by_name: bool) -> ColumnMap:
    """The columns as fields; raises FileRejectedError naming what no column can be. dated_by_name: the date may be in the file's
    name."""
    choosing = _Choosing(columns)
    _date(choosing, dated_by_name=dated_by_name)
    _amount(choosing)
    marks = _sign_and_type(choosing)
    _vendor(choosing)
    _others(choosing)
    return ColumnMap(choosing.chosen, choosing.why, tuple(choosing.notes), marks)


def _date(choosing: _Choosing, *, dated_by_name: bool) -> None:
    fitting = [each for each in choosing.left() if each.dates.are_dates]
    if choosing.take("date", fitting, " and its values are dates") is not None:
        return
    plain = [each for each in fitting if not each.numbers.are_numbers]
    if plain:
        choosing.put("date", plain[0], "the first column of dates; its header does not say so")
    elif not dated_by_name:
        raise _missing("dates", choosing)


def _amount(choosing: _Choosing) -> None:
    fitting = [each for each in choosing.left() if each.numbers.are_numbers]
    debit = max(fitting, key=lambda each: each.said(DEBIT), default=None)
    credit = max((each for each in fitting if each is not debit), key=lambda each: each.said(CREDIT), default=None)
    if debit is not None and credit is not None and debit.said(DEBIT) and credit.said(CREDIT):
        choosing.put(DEBIT, debit, "the headers name a pair: what goes out")
        choosing.put(CREDIT, credit, "and what comes in")
        return
    if choosing.take("amount", fitting, " and its values are numbers") is not None:
        return
    if not fitting:
        raise _missing("numbers", choosing)
    best = max(fitting, key=lambda each: (each.numbers.fractions > 0, bool(each.numbers.strip), each.place))
    why = "numbers with decimals" if best.numbers.fractions else "the last column of numbers"
    choosing.put("amount", best, f"{why}; its header does not say so: look at it")


def _sign_and_type(choosing: _Choosing) -> tuple[str, ...]:
    for column in choosing.left():
        if column.said("type") and {each.lower() for each in column.values} <= _TYPES:
            choosing.put("type", column, "every value is a type of transaction")
            return ()
    amount = choosing.chosen.get("amount")
    if amount is None or amount.numbers.negative or amount.numbers.marks:
        return ()
    for column in choosing.left():
        values = {each.upper() for each in column.values}
        for pair in _PAIRS:
            if column.filled == column.rows and (values == pair or (values <= pair and column.said(SIGN))):
                choosing.put(SIGN, column, "every row has a mark of debit or credit, and no amount a sign of its own")
                return marks_of(pair)
    return ()


def _vendor(choosing: _Choosing) -> None:
    fitting = [each for each in choosing.left() if each.is_text]
    full = [each for each in fitting if each.filled * 2 >= each.rows]
    if choosing.take("vendor", full or fitting, "") is not None:
        return
    codes = [each for each in choosing.left() if not each.dates.are_dates and not each.numbers.fractions]
    if choosing.take("vendor", codes, ", though it holds no words") is not None:
        return
    if not fitting:
        raise _missing("names", choosing)
    best = max(full or fitting, key=lambda each: (min(len(each.values), 50), -each.place))
    choosing.put("vendor", best, "the column of words with the most different values; its header does not say so")


def _others(choosing: _Choosing) -> None:
    codes = [each for each in choosing.left() if all(re.fullmatch("[A-Z]{3}", text) for text in each.values)]
    choosing.take("currency", codes, "; a row in another currency than the organization's is refused")
    digits = [each for each in choosing.left() if all(re.search("[0-9]", text) for text in list(each.values)[:1000])]
    choosing.take("account", [each for each in digits if not each.dates.are_dates and not each.numbers.fractions], "")
    for name in _TEXTS:
        limit = {"category": 100, "reference": 255, "description": 10_000}[name]
        fitting = [each for each in choosing.left() if max(map(len, each.values)) <= limit]
        fitting = [each for each in fitting if not each.dates.are_dates and not each.numbers.fractions]
        choosing.take(name, fitting if name == "reference" else [each for each in fitting if each.is_text], "")
    for column in choosing.left():
        if column.said("external_id"):
            unique = len(column.values) == column.rows
            choosing.notes.append(
                f"external_id = {column.name!r}? Its values {'do not repeat here' if unique else 'repeat, so it cannot be'}"
                + ("; only the source can say that they never do" if unique else "")
            )
    unused = [each.name for each in choosing.left()]
    if unused:
        choosing.notes.append(f"not used: {', '.join(repr(each[:40]) for each in unused[:20])}")


def _missing(what: str, choosing: _Choosing) -> FileRejectedError:
    names = columns_text([each.name for each in choosing.columns])
    return FileRejectedError(
        "draft",
        f"no profile can be drafted: no column holds {what}; the columns are {names}. Write one: docs/profiles.md",
    )
