"""Golden cases of signals: files that a person reads, a ledger in, the signals of one kind out (``golden/signals``).

A line of the ledger: ``date | vendor | amount | type | category | description | reference``, the last four may be left out; ``5 x``
before it counts it five times. A line of the signals: ``month | subject | evidence | stake | figure=value ...``; ``rows=1,2`` names
the lines that it rests on.
"""

import json
import re
import shlex
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path

from ledgerwatch_pipeline.model.month import Month
from ledgerwatch_pipeline.ranking.evaluate import Given
from ledgerwatch_pipeline.ranking.figures import Figures
from ledgerwatch_pipeline.ranking.parameters import read
from ledgerwatch_pipeline.ranking.registry import KINDS, named
from ledgerwatch_pipeline.ranking.signals.batch import BATCH
from ledgerwatch_tests.ranking.lake import Found, rank
from ledgerwatch_tests.small_lake import Row, SmallLake

FOLDER = Path(__file__).parent / "golden" / "signals"
ONLY = "acme"


@dataclass(frozen=True, slots=True)
class SignalCase:
    """One case of a file. words: what the strongest signal says, if the case says it."""

    kind: str
    title: str
    ledger: tuple[Row, ...]
    signals: tuple[str, ...]
    currency: str = "GBP"
    parameters: Mapping[str, str] = field(default_factory=dict)
    words: str | None = None


def load() -> Iterator[SignalCase]:
    """Every case of every file."""
    for file in sorted(FOLDER.glob("*.toml")):
        document = tomllib.loads(file.read_text(encoding="utf-8"))
        for each in document["case"]:
            yield SignalCase(
                kind=file.stem,
                title=each["title"],
                ledger=tuple(_rows(each["ledger"])),
                signals=tuple(line.strip() for line in each["signals"].splitlines() if line.strip()),
                currency=each.get("currency", "GBP"),
                parameters=each.get("parameters", {}),
                words=each.get("words"),
            )


def _rows(text: str) -> Iterator[Row]:
    for line in text.splitlines():
        if line.strip():
            times, rest = re.fullmatch(r"\s*(?:([1-9][0-9]*) x )?(.*)", line).groups()  # type: ignore[union-attr]
            day, vendor, amount, *more = [cell.strip() for cell in rest.split("|")]
            kind, category, description, reference = [*more, "", "", "", ""][:4]
            row = Row(
                ONLY,
                date.fromisoformat(day),
                vendor,
                Decimal(amount),
                kind or "expense",
                category or None,
                description or None,
                reference or None,
            )
            yield from [row] * int(times or 1)


def differences(lake: SmallLake, case: SignalCase) -> list[str]:
    """How the product's answer differs from the case; empty: not at all."""
    lake.clear()
    organization = lake.organization(ONLY, case.currency)
    lake.add_rows(case.ledger)
    first, last = (str(Month.of(pick(row.day for row in case.ledger))) for pick in (min, max))
    kind = named(case.kind)
    kinds = KINDS if kind is BATCH or kind.left_to_batches else [kind]
    ranking = rank(lake, lake.scope(first, last), Given({organization.id: read(case.parameters)}), kinds)
    found = [each for each in ranking.signals if each.kind == case.kind]
    left = list(found)
    told = []
    for line in case.signals:
        match = next((each for each in left if _shows(each, line)), None)
        if match is None:
            told.append(f"not found: {line}")
        else:
            left.remove(match)
    told += [f"not expected: {_written(each)}" for each in left]
    if case.words is not None and found:
        strongest = max(found, key=lambda each: each.strength)
        said = kind.words(Figures(strongest.figures, organization.currency_decimals))
        if said != case.words:
            told.append(f"it says: {said}")
    return told


def _shows(found: Found, line: str) -> bool:
    month, subject, evidence, stake, *more = [cell.strip() for cell in line.split("|")]
    figures = dict(each.partition("=")[::2] for each in shlex.split(more[0] if more else ""))
    rows = figures.pop("rows", None)
    return (
        (found.month, found.subject, str(found.evidence), str(found.stake)) == (month, subject, evidence, stake)
        and (rows is None or rows == _numbers(found))
        and all(str(found.figures.get(name)).lower() == value.lower() for name, value in figures.items())
    )


def _numbers(found: Found) -> str:
    return "all" if found.rows is None else ",".join(map(str, sorted(found.rows)))


def _written(found: Found) -> str:
    figures = json.dumps(found.figures)
    return f"{found.month} | {found.subject} | {found.evidence} | {found.stake} | rows={_numbers(found)} {figures}"
