"""How the numbers of a column are written: separators, signs, currency signs, marks. By all its values, whatever its name."""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

_TOKEN = re.compile(r"[^\W\d_]+[.]?|[^\w\s.,'\u2019()+\-\u2212]+")
"""What is neither digit, sign nor separator: ``EUR``, ``Rs.``, ``£``, ``CR``."""
_DIGIT = re.compile("[0-9]")
_NOTATIONS = ((".", ""), (",", ""), (".", ","), (",", "."), (".", " "), (",", " "), (".", "'"), (",", "'"))
"""Decimal and thousands separators, the plainest first."""
_MARKS = ({"CR", "DR"}, {"C", "D"}, {"S", "H"})
_DEBITS = {"DR", "D", "S", "DEBIT", "DBIT", "SOLL", "-"}
_USUAL_DECIMALS = 2
_ENOUGH = 20
"""Rows from which on a separator before three digits is one of thousands."""
_MOST_LETTERS = 4
"""Of a currency's sign; longer words make a text of it."""


@dataclass(frozen=True, slots=True)
class Numbers:
    """What a column's values have in common as numbers. rows, fits: how many there are, and how many this notation takes.

    likely: how many are numbers in some notation. also: another notation that takes as many, or more. negative, zero, long: rows that are negative, zero, or have more than two decimals.
    strip: currency signs; marks: beside amounts, the ones of debits first. odd: values that do not fit.
    """

    decimal: str
    thousands: str
    rows: int
    fits: int
    likely: int
    also: tuple[str, str] | None
    negative: int
    zero: int
    long: int
    fractions: int
    strip: tuple[str, ...]
    marks: tuple[str, ...]
    odd: tuple[str, ...]

    @property
    def are_numbers(self) -> bool:
        """Whether nearly all values are."""
        return self.rows > 0 and self.likely * 10 >= self.rows * 9


@dataclass(slots=True)
class _Core:
    """A value without currency signs: digits and separators, and whether it is negative by its own sign. shape: every digit a 9,
    so that many values are one shape."""

    text: str
    shape: str
    negative: bool
    rows: int
    value: str
    tokens: list[str] = field(default_factory=list)

    @property
    def is_zero(self) -> bool:
        return re.search("[1-9]", self.text) is None


def numbers_of(values: Mapping[str, int]) -> Numbers:
    """values: text → rows that have it."""
    cores = [_core(text, rows) for text, rows in values.items()]
    best: tuple[tuple[int, int], tuple[str, str]] | None = None
    fitting: dict[tuple[str, str], tuple[int, int]] = {}
    for notation in _NOTATIONS:
        usual = sum(each.rows for each in cores if _takes(each.shape, *notation, _USUAL_DECIMALS))
        fits = sum(each.rows for each in cores if _takes(each.shape, *notation, None))
        fitting[notation] = (fits if usual * 2 >= fits else usual, usual)
        if best is None or fitting[notation] > best[0]:
            best = fitting[notation], notation
    likely = best[1] if best is not None else _NOTATIONS[0]
    decimal, thousands = _NOTATIONS[0] if _is_open(cores, *likely) else likely
    good: list[_Core] = []
    odd: list[str] = []
    for each in cores:
        if _takes(each.shape, decimal, thousands, None):
            good.append(each)
        else:
            odd.append(each.value)
    tokens = Counter(token for each in good for token in each.tokens)
    marks = _marks_in({token.upper() for token in tokens})
    return Numbers(
        decimal,
        thousands,
        sum(values.values()),
        sum(each.rows for each in good),
        sum(each.rows for each in cores if _takes(each.shape, *likely, None)),
        likely if likely != (decimal, thousands) else _also(likely, fitting, good),
        sum(each.rows for each in good if each.negative and not each.is_zero),
        sum(each.rows for each in good if each.is_zero),
        sum(each.rows for each in good if len(each.text.partition(decimal)[2]) > _USUAL_DECIMALS),
        sum(each.rows for each in good if decimal in each.text),
        tuple(token for token in tokens if not any(token.upper() in mark for mark in marks)),
        marks,
        tuple(odd),
    )


def _core(value: str, rows: int) -> _Core:
    tokens = _TOKEN.findall(value)
    text = re.sub(r"\s+", " ", _TOKEN.sub("", value)).replace("\u2019", "'").replace("\u2212", "-").strip()
    negative = True
    if len(tokens) > 2 or any(len(token) > _MOST_LETTERS for token in tokens):
        text = ""
    if re.fullmatch(r"\([^-+()]*\)", text):
        text = text[1:-1]
    elif re.fullmatch(r"[^-+()]+-", text):
        text = text[:-1]
    elif text.startswith("-"):
        text = text[1:]
    else:
        negative = False
        text = text.removeprefix("+")
    text = text.strip()
    return _Core(text, _DIGIT.sub("9", text), negative, rows, value, tokens)


@lru_cache(maxsize=10_000)
def _takes(text: str, decimal: str, thousands: str, decimals: int | None) -> bool:
    point = re.escape(decimal)
    count = "*" if decimals is None else f"{{0,{decimals}}}"
    whole = r"[0-9]+"
    if thousands:
        whole = rf"(?:[0-9]+|[0-9]{{1,3}}(?:{re.escape(thousands)}[0-9]{{3}})+)"
    return re.fullmatch(rf"{whole}(?:{point}[0-9]{count})?|{point}[0-9]+", text) is not None


def _is_open(cores: list[_Core], decimal: str, thousands: str) -> bool:
    """Whether a few values such as 1.234 are all that speaks for the thousands: they may be decimals as well. Where there are many,
    each with three digits, they are none."""
    if thousands not in (".", ","):
        return False
    grouped = [each for each in cores if thousands in each.text and _takes(each.shape, decimal, thousands, None)]
    plain = all(each.text.count(thousands) == 1 for each in grouped)
    no_point = not any(decimal in each.text for each in cores if _takes(each.shape, decimal, thousands, None))
    return plain and no_point and sum(each.rows for each in grouped) < _ENOUGH


def _also(
    chosen: tuple[str, str], fitting: Mapping[tuple[str, str], tuple[int, int]], good: list[_Core]
) -> tuple[str, str] | None:
    """Another notation that takes as many values, and takes some of them for other numbers."""
    for decimal, thousands in _NOTATIONS:
        other = decimal, thousands
        if other == chosen or not any(decimal in each.text or chosen[0] in each.text for each in good):
            continue
        if all(_takes(each.shape, *other, None) for each in good):
            differs = any(_value(each.text, *other) != _value(each.text, *chosen) for each in good)
            if differs and fitting[other][0] >= fitting[chosen][0]:
                return other
    # One separator before three digits may be either.
    if chosen[1] in (".", ",") and not any(chosen[0] in each.text for each in good):
        return (chosen[1], "")
    return None


def _value(text: str, decimal: str, thousands: str) -> str:
    return (text.replace(thousands, "") if thousands else text).replace(decimal, ".")


def _marks_in(tokens: set[str]) -> tuple[str, ...]:
    for pair in _MARKS:
        if tokens & pair and (pair == {"CR", "DR"} or not tokens - pair):  # the $ of C$ is no mark
            return marks_of(pair)
    return ()


def marks_of(pair: set[str]) -> tuple[str, ...]:
    """The marks of a pair, that of a debit first."""
    return tuple(sorted(pair, key=lambda mark: mark not in _DEBITS))
