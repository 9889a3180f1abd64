"""Golden cases as files: what ``golden/cases/<analyzer>.toml`` may say, read and checked, and held against the product.

How a case is written: CONTRIBUTING.md. The cases are run by ``golden/test_cases.py``; here is nothing of any one analyzer.
"""

import json
import re
import shlex
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from pathlib import Path

from ledgerwatch_pipeline.analysis.contract import Analyzer, ParameterValue
from ledgerwatch_pipeline.model.errors import LedgerWatchError
from ledgerwatch_pipeline.model.month import Month, MonthRange
from ledgerwatch_pipeline.model.run import ScopeRow
from ledgerwatch_tests.small_lake import FoundRow, Row, SmallLake

ONLY = "acme"
"""The organization of a case that names none."""

_CASE_KEYS = {"title", "ledger", "months", "findings", "insufficient", "organizations"}
_ORGANIZATION_KEYS = {"currency", "opening_balance", "opening_date"}
_TYPES = ("expense", "income", "refund")


class CaseError(ValueError):
    """A case that cannot be read; says which and why."""


@dataclass(frozen=True, slots=True)
class Tenant:
    """An organization of a case, and what it sets for itself."""

    slug: str
    currency: str
    opening_balance: str | None
    opening_date: str | None
    parameters: Mapping[str, str]
    thresholds: Sequence[Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class Found:
    """A finding as a case writes it. figures: those of its evidence that the case is about, and ``rows``: the rows of the
    ledger that it names, counted from 1."""

    slug: str
    month: str
    severity: str
    subject: str
    at_stake: Decimal
    kind: str
    figures: Mapping[str, str]

    def __str__(self) -> str:
        figures = " ".join(f"{key}={value}" for key, value in self.figures.items())
        return f"{self.slug} | {self.month} | {self.severity} | {self.subject!r} | {self.at_stake:f} | {self.kind} | {figures}"

    def shows(self, wanted: "Found") -> bool:
        """Whether it is what ``wanted`` says, as far as that goes."""
        return replace(self, figures=wanted.figures) == wanted and wanted.figures.items() <= self.figures.items()


@dataclass(frozen=True, slots=True)
class Case:
    """Ledgers of some organizations, and everything that is found in them in ``months``; insufficient: None if it does not
    matter, else every organization and month without enough data, with the reason."""

    title: str
    tenants: Sequence[Tenant]
    ledger: Sequence[Row]
    months: MonthRange
    findings: Sequence[Found]
    insufficient: frozenset[tuple[str, str, str]] | None


def read_cases(file: Path, analyzer: Analyzer) -> list[Case]:
    """The cases of a file; raises CaseError for one that says too little, too much, or what cannot be."""
    stored = tomllib.loads(file.read_text(encoding="utf-8"))
    if set(stored) != {"case"}:
        raise CaseError(f"{file.name} has tables [[case]] and nothing else")
    cases = [_case(each, analyzer) for each in stored["case"]]
    titles = [each.title for each in cases]
    if len(set(titles)) < len(titles):
        raise CaseError(f"{file.name} has two cases of one title: {max(titles, key=titles.count)}")
    return cases


def _case(stored: Mapping[str, object], analyzer: Analyzer) -> Case:
    title = str(stored.get("title", "one without a title"))
    try:
        return _checked_case(title, stored, analyzer)
    except (ValueError, KeyError, ArithmeticError, LedgerWatchError) as error:
        raise CaseError(f"{analyzer.name}: {title}: {type(error).__name__}: {error}") from error


def _checked_case(title: str, stored: Mapping[str, object], analyzer: Analyzer) -> Case:
    many = "organizations" in stored
    _require_keys(stored, _CASE_KEYS if many else (_CASE_KEYS | {"organization", "parameters", "thresholds"}))
    if "findings" not in stored and "insufficient" not in stored:
        raise CaseError('says neither findings nor insufficient; findings = "" says that there are none')
    if many:
        tenants = [_tenant(slug, _table(each), analyzer) for slug, each in _table(stored["organizations"]).items()]
    else:
        one = {key: stored[key] for key in ("parameters", "thresholds") if key in stored}
        tenants = [_tenant(ONLY, _table(stored.get("organization", {})) | one, analyzer)]
    slugs = {each.slug for each in tenants}
    ledger = [_row(cells, slugs) for cells in _lines(str(stored["ledger"]), many)]
    findings = [_found(cells, slugs, analyzer) for cells in _lines(str(stored.get("findings", "")), many)]
    poor = None
    if "insufficient" in stored:
        lines = list(_lines(str(stored["insufficient"]), many))
        poor = frozenset((cells[0], str(Month.parse(cells[1])), cells[2]) for cells in lines)
    return Case(title, tenants, ledger, _months(stored.get("months"), ledger), findings, poor)


def _table(value: object) -> dict[str, object]:
    if not isinstance(value, dict):
        raise CaseError(f"{value!r} is no table")
    return value


def _require_keys(given: Mapping[str, object], known: set[str]) -> None:
    if unknown := set(given) - known:
        raise CaseError(f"has {', '.join(sorted(unknown))}; known are {', '.join(sorted(known))}")


def _tenant(slug: str, stored: Mapping[str, object], analyzer: Analyzer) -> Tenant:
    _require_keys(stored, _ORGANIZATION_KEYS | {"parameters", "thresholds"})
    parameters = {name: _text(value) for name, value in _table(stored.get("parameters", {})).items()}
    for name in parameters:
        analyzer.parameter(name)
    thresholds = stored.get("thresholds", [])
    if not isinstance(thresholds, list):
        raise CaseError("thresholds are a list of tables")
    return Tenant(
        slug=slug,
        currency=str(stored.get("currency", "USD")),
        opening_balance=None if "opening_balance" not in stored else _text(stored["opening_balance"]),
        opening_date=None if "opening_date" not in stored else _text(stored["opening_date"]),
        parameters=parameters,
        thresholds=[{name: _text(value) for name, value in _table(each).items()} for each in thresholds],
    )


def _text(value: object) -> str:
    """A value of TOML as people type it; a float never, as it would not be the figure that was written."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (str, int, date)):
        return str(value)
    raise CaseError(f"{value!r} is to be written in quotes")


def _lines(text: str, many: bool) -> Iterator[list[str]]:
    """The cells of each line, that of the organization first; a line that begins with ``5 x`` counts as five."""
    for line in text.split("\n"):
        if line.strip():
            times, rest = re.fullmatch(r"\s*(?:([1-9][0-9]*) x )?(.*)", line).groups()  # type: ignore[union-attr]
            cells = [_cell(each) for each in rest.split("|")]
            yield from [cells if many else [ONLY, *cells]] * int(times or 1)


def _cell(text: str) -> str:
    """What stands between two bars, without the white space around it; in quotes, white space and all."""
    cell = text.strip(" \t")
    return cell[1:-1] if len(cell) >= 2 and cell[0] == cell[-1] == '"' else cell


def _row(cells: Sequence[str], slugs: set[str]) -> Row:
    slug, day, vendor, amount, *more = cells
    kind, category = [*more, "", ""][:2]
    if len(more) > 2 or slug not in slugs or (kind or "expense") not in _TYPES:
        raise CaseError(f"{' | '.join(cells)} is no row of the ledger: date | vendor | amount | type | category")
    return Row(slug, date.fromisoformat(day), vendor, Decimal(amount), kind or "expense", category or None)


def _found(cells: Sequence[str], slugs: set[str], analyzer: Analyzer) -> Found:
    slug, month, severity, subject, at_stake, *more = cells
    kind, said = [*more, "", ""][:2]
    figures = dict(_figure(each) for each in shlex.split(said))
    if slug not in slugs or kind not in analyzer.messages or not 1 <= len(more) <= 2:
        raise CaseError(
            f"{' | '.join(cells)} is no finding: month | severity | subject | at stake | kind | figure=value ..."
        )
    _require_keys(figures, {*analyzer.evidence, "rows"})
    return Found(slug, str(Month.parse(month)), severity, subject, Decimal(at_stake), kind, figures)


def _figure(text: str) -> tuple[str, str]:
    key, equals, value = text.partition("=")
    if not equals:
        raise CaseError(f"{text!r} is no figure: it says name=value")
    return key, value


def _months(stored: object, ledger: Sequence[Row]) -> MonthRange:
    if stored is not None:
        first, _, last = str(stored).partition("..")
        return MonthRange(Month.parse(first), Month.parse(last or first))
    if not ledger:
        raise CaseError('has an empty ledger and needs months = "2024-03" or "2024-03..2024-05"')
    return MonthRange(Month.of(min(row.day for row in ledger)), Month.of(max(row.day for row in ledger)))


def differences(lake: SmallLake, case: Case, analyzer: Analyzer) -> list[str]:
    """How the product's answer differs from the case, over its months at once; empty: not at all."""
    rows, poor = lake.answer(analyzer, _put_in(lake, case), _parameters(case, analyzer))
    return [
        *_against(case.findings, [_written(row) for row in rows]),
        *_against_reasons(case.insufficient, poor),
        *_not_unique(rows),
    ]


def differences_by_month(lake: SmallLake, case: Case, analyzer: Analyzer) -> list[str]:
    """How the product's answer over the case's months at once differs from its answers one by one; empty: not at all."""
    parameters = _parameters(case, analyzer)
    rows, poor = lake.answer(analyzer, _put_in(lake, case), parameters)
    alone: list[FoundRow] = []
    poor_alone: set[tuple[str, str, str]] = set()
    for month in case.months:
        found, reasons = lake.answer(analyzer, lake.scope(str(month)), parameters)
        alone += found
        poor_alone |= reasons
    if sorted(map(str, alone)) != sorted(map(str, rows)) or poor_alone != poor:
        return [f"{case.title}: month by month: {[str(_written(row)) for row in alone]} {sorted(poor_alone)}"]
    return []


def _put_in(lake: SmallLake, case: Case) -> list[ScopeRow]:
    """The case's ledger and nothing else; its months, of all organizations."""
    lake.clear()
    for tenant in case.tenants:
        lake.organization(tenant.slug, tenant.currency, balance=tenant.opening_balance, opened=tenant.opening_date)
        for fields in tenant.thresholds:
            rest = {key: value for key, value in fields.items() if key != "slug"}
            lake.threshold(fields["slug"], slug=tenant.slug, **rest)
    lake.add_rows(case.ledger)
    return lake.scope(str(case.months.first), str(case.months.last))


def _parameters(case: Case, analyzer: Analyzer) -> dict[str, dict[str, ParameterValue]]:
    return {each.slug: dict(analyzer.values(each.parameters)) for each in case.tenants}


def _written(row: FoundRow) -> Found:
    """A finding of the product, with all its figures in the words of a case: rows of the ledger by their numbers."""
    numbers = {str(each): f"row{number}" for each, number in row.rows.items()}
    figures = {key: _figure_text(value, numbers) for key, value in json.loads(row.evidence).items()}
    figures["rows"] = ",".join(str(row.rows[each]) for each in row.transactions)
    severity = ("LOW", "MEDIUM", "HIGH")[row.severity - 1]
    return Found(row.organization, row.month, severity, row.subject, row.amount, row.kind, figures)


def _figure_text(value: object, numbers: Mapping[str, str]) -> str:
    if value is None:
        return "null"
    if isinstance(value, list):
        return ",".join(map(str, value))
    return numbers.get(str(value), str(value))


def _against(wanted: Sequence[Found], found: Sequence[Found]) -> Iterator[str]:
    """What is wanted and not found, and found and not wanted. Those that say most are matched first."""
    left = list(found)
    for each in sorted(wanted, key=lambda each: -len(each.figures)):
        match = next((other for other in left if other.shows(each)), None)
        if match is None:
            yield f"not found: {each}"
        else:
            left.remove(match)
    yield from (f"not expected: {each}" for each in left)


def _against_reasons(
    wanted: frozenset[tuple[str, str, str]] | None, poor: frozenset[tuple[str, str, str]]
) -> Iterator[str]:
    if wanted is not None:
        yield from (f"not said: {' | '.join(each)}" for each in sorted(wanted - poor))
        yield from (f"said and not expected: {' | '.join(each)}" for each in sorted(poor - wanted))


def _not_unique(rows: Sequence[FoundRow]) -> Iterator[str]:
    """Alerts are told apart by their fingerprints: in a month an organization has each once."""
    keys = [(row.organization, row.month, row.fingerprint) for row in rows]
    yield from (f"two findings of one key: {key}" for key in sorted({key for key in keys if keys.count(key) > 1}))
