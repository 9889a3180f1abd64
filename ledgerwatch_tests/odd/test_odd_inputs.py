"""Every odd input of the tables, imported together into one home, an organization each: what becomes of it is what its row says.

None may make a traceback, and of none may anything be lost: every row is accepted, refused, skipped or blank, and the ledger
has the sum of the accepted ones.
"""

import itertools
import json
from collections import Counter
from collections.abc import Callable, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from ledgerwatch_pipeline import views
from ledgerwatch_pipeline.home import Home
from ledgerwatch_pipeline.importing.receive.files import Archived, Delivery, archive, register
from ledgerwatch_pipeline.importing.receive.folder import FileSource
from ledgerwatch_pipeline.model.load import ImportOptions, LoadRow, LoadStatus, OnInvalid
from ledgerwatch_pipeline.model.money import Currency
from ledgerwatch_pipeline.model.organization import Organization
from ledgerwatch_pipeline.model.row_issue import IssueKind, IssueReport, RowIssue
from ledgerwatch_pipeline.model.transaction import TYPES
from ledgerwatch_pipeline.stores.lake import row_issues
from ledgerwatch_pipeline.stores.postgres import loads, organizations
from ledgerwatch_tests.conftest import TESTER
from ledgerwatch_tests.odd import rows, statements, texts, values, workbooks
from ledgerwatch_tests.odd.case import Odd
from ledgerwatch_tests.reading import BUILT_IN, profile_of
from ledgerwatch_tests.steps import import_these

NUMBERS = itertools.count(1)
TABLES: dict[str, Callable[[], Sequence[Odd]]] = {
    "fields and profiles": lambda: (*rows.BOUNDS, *rows.BY_PROFILE),
    "delimited text": lambda: (*texts.ENCODINGS, *texts.LINES, *texts.HEADERS, *texts.NO_TEXTS),
    "JSON and Parquet": lambda: (*values.JSON, *values.parquet()),
    "workbooks": workbooks.workbooks,
    "statements": lambda: (*statements.OFX, *statements.QIF_FILES, *statements.MT, *statements.CAMT),
}
"""Each is imported as one delivery: together they cost a fraction of what each would alone."""


@pytest.mark.parametrize("table", TABLES)
def test_what_becomes_of_odd_inputs(home: Home, tmp_path: Path, table: str) -> None:
    cases = {each.what: each for each in TABLES[table]()}
    found = imported(home, tmp_path, list(cases.values()))
    wrong = {
        what: {"expected": case.lines, "found": found[what]}
        for what, case in cases.items()
        if not as_expected(case.lines, found[what])
    }
    assert not wrong, json.dumps(wrong, indent=1, ensure_ascii=False)


def test_there_are_enough_of_them_and_each_has_a_name_of_its_own() -> None:
    names = [each.what for make in TABLES.values() for each in make()]
    assert len(names) >= 250
    assert len(set(names)) == len(names)


def as_expected(expected: Sequence[str], found: Sequence[str]) -> bool:
    """Line by line: the same before the first colon, and what is expected behind it somewhere in what was found."""
    if len(expected) != len(found):
        return False
    for wanted, got in zip(expected, found, strict=True):
        head, _, part = wanted.partition(":")
        found_head, _, message = got.partition(":")
        if head.rstrip() not in (found_head.rstrip(), found_head.split()[0]) or part.strip() not in message:
            return False
    return True


def imported(home: Home, folder: Path, cases: Sequence[Odd]) -> dict[str, tuple[str, ...]]:
    """Import all in one go; by the case, what became of it in the words of ``Odd.expected``."""
    deliveries = delivered(home, folder, cases)
    ids = {}
    alike: dict[tuple[object, ...], list[tuple[Odd, Archived]]] = {}
    for case, archived in zip(cases, archive(home, deliveries), strict=True):
        assert isinstance(archived, Archived)
        ids[case.what] = archived.load_id
        alike.setdefault((case.profile, case.quarantine), []).append((case, archived))
    for group in alike.values():
        register(home, [archived for _, archived in group], _options(group[0][0]), TESTER)
    report = import_these(home, TESTER, list(ids.values()))
    assert not report.failures, report.failures
    with home.database.transaction() as connection:
        by_id = loads.by_ids(connection, list(ids.values()))
    found = {what: by_id[each] for what, each in ids.items()}
    issues = row_issues.of_loads(home.lake.con, list(found.values()), None, (IssueKind.REJECTED,))
    ledger = _ledger(home, [load.id for load in found.values()])
    told = {}
    for what, load in found.items():
        of_load = issues.get(load.id, [])
        require_whole(load, of_load, ledger.get(load.id, []))
        told[what] = tuple(_told(load, of_load, ledger.get(load.id, [])))
    return told


def delivered(home: Home, folder: Path, cases: Sequence[Odd]) -> list[Delivery]:
    """Write each file for a new organization of its own."""
    deliveries = []
    for number, case in enumerate(cases):
        slug = f"odd-{next(NUMBERS):05}"
        currency = Currency.of(case.currency)
        organization = Organization(uuid4(), slug, f"Odd {slug}", currency.code, currency.decimals)
        with home.database.transaction() as connection:
            organizations.add(connection, organization, TESTER)
        path = folder / f"{number}-{case.name}"
        path.write_bytes(case.bytes)
        deliveries.append(Delivery(FileSource(path), case.name, organization, len(case.bytes)))
    return deliveries


def _options(case: Odd) -> ImportOptions:
    profile = None
    if case.profile:
        profile = BUILT_IN[case.profile] if case.profile in BUILT_IN else profile_of(case.profile)
    return ImportOptions(OnInvalid.QUARANTINE if case.quarantine else OnInvalid.REJECT, profile)


def _ledger(home: Home, ids: Sequence[Any]) -> dict[Any, list[tuple[Any, ...]]]:
    cursor = home.lake.con.execute(
        "SELECT load_id, date, vendor, type, amount FROM lake.transactions WHERE list_contains($ids, load_id)"
        " ORDER BY load_id, row_number",
        {"ids": list(ids)},
    )
    return {load: list(of_load) for load, of_load in itertools.groupby(cursor.fetchall(), key=lambda row: row[0])}


def require_whole(load: LoadRow, issues: Sequence[RowIssue], ledger: Sequence[tuple[Any, ...]]) -> None:
    """What must be so of any load, whatever was in the file."""
    assert load.status in (LoadStatus.ACCEPTED, LoadStatus.REJECTED), load.error
    assert (load.status is LoadStatus.REJECTED) == (load.reason is not None)
    assert load.rejected == len({issue.row for issue in issues})
    assert load.accepted == len(ledger)
    if load.status is LoadStatus.ACCEPTED:
        assert load.rows == (load.accepted or 0) + (load.rejected or 0) + (load.skipped or 0) + (load.blank or 0)
    for kind, total in zip(TYPES, (load.expense, load.income, load.refund), strict=True):
        assert sum((row[4] for row in ledger if row[3] == kind), Decimal(0)) == total
    for message in (load.reason or "", *(issue.message for issue in issues)):
        assert "Traceback" not in message
        assert len(message) < 2_000
    report = views.imported_file(
        load.file,
        load.organization,
        status=load.status,
        reason=load.reason,
        report=IssueReport(issues[:20], {IssueKind.REJECTED: Counter(issue.rule for issue in issues)}),
        row=load,
    )
    assert json.loads(json.dumps(report)) == report


def _told(load: LoadRow, issues: Sequence[RowIssue], ledger: Sequence[tuple[Any, ...]]) -> list[str]:
    lines = []
    if load.status is LoadStatus.ACCEPTED:
        others = {"skipped": load.skipped, "blank": load.blank, "rejected": load.rejected}
        counts = "".join(f", {what} {count}" for what, count in others.items() if count)
        shown = [
            f"{date} {vendor!r} {kind} {amount:.{load.currency_decimals}f}"
            for _, date, vendor, kind, amount in (*ledger[:4], *ledger[4:][-1:])
        ]
        lines.append(f"taken {load.accepted}{counts}: {'; '.join(shown)}")
    elif not issues or load.options.on_invalid is OnInvalid.QUARANTINE:
        rules = " ".join(load.rules or {}) if not issues else ""
        lines.append(f"refused {rules}: {load.reason}")
    lines += [f"{issue.row} {issue.column} {issue.rule}: {issue.message}" for issue in issues]
    return lines
