"""Corrections of real data (Devon): the ledger and its findings are those of an installation that got the right files at once."""

import csv
import io
import tarfile
from collections import Counter
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import text

from ledgerwatch_pipeline.importing.receive.files import receive
from ledgerwatch_pipeline.importing.receive.options import import_options
from ledgerwatch_pipeline.model.load import LoadRow, OnInvalid, transaction_id
from ledgerwatch_pipeline.pipeline.imports import import_waiting
from ledgerwatch_pipeline.pipeline.rebuild import rebuild
from ledgerwatch_pipeline.stores.lake import ledger
from ledgerwatch_pipeline.stores.postgres import audit, loads
from ledgerwatch_pipeline.stores.postgres.audit import AuditFilter
from ledgerwatch_tests.conftest import TESTER
from ledgerwatch_tests.correcting import replace, void, withdrawn
from ledgerwatch_tests.processes import Installation, installation
from ledgerwatch_tests.real_data.test_real_data import PROJECT, real_file
from ledgerwatch_tests.steps import analyse_due

pytestmark = pytest.mark.slow

CORRECTED, WITHDRAWN = "DCCSpendingOver500_201904.csv", "DCCSpendingOver500_201906.csv"
VOIDED_LINE, REPLACED_LINE = 700, 1500
"""Lines of the file that is corrected, counted from 1."""
AMOUNT = "Amount"


@pytest.fixture(scope="module")
def devon(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("devon")
    with tarfile.open(real_file("devon_raw_183_csv.tar.gz")) as archive:
        archive.extractall(folder, filter="data")
    return sorted(folder.rglob("*.csv"))


def delivered(council: Installation, files: list[Path]) -> dict[str, LoadRow]:
    """Import the files, and analyse; the loads by their file's name."""
    council.add_organization("devon", "GBP")
    options = import_options(PROJECT, str(PROJECT / "examples/profiles/devon.toml"), OnInvalid.QUARANTINE)
    receipts = receive(council.home, files, "devon", options, TESTER)
    import_waiting(council.home, TESTER)
    analyse_due(council.home)
    with council.home.database.transaction() as connection:
        return {row.file: row for row in loads.by_ids(connection, [each.load_id for each in receipts]).values()}


def seen(council: Installation) -> tuple[Counter[object], object, Counter[object]]:
    """The ledger's rows without their ids, its totals, and the findings that hold; the same for the same payments."""
    con = council.home.lake.con
    ledger.define(con)
    rows = con.execute(
        "SELECT date, count(*), sum(amount), sum(hash(vendor_key, amount, type, category)::HUGEINT)"
        " FROM ledger_transactions GROUP BY ALL"
    ).fetchall()
    totals = con.execute(
        "SELECT month, type, sum(rows), sum(amount) FROM ledger_totals GROUP BY ALL ORDER BY ALL"
    ).fetchall()
    with council.home.database.transaction() as connection:
        runs = [str(run) for run in connection.scalars(text("SELECT DISTINCT run_id FROM current_runs"))]
        holding = {tuple(row) for row in connection.execute(text("SELECT analyzer, month, run_id FROM current_runs"))}
    found = con.execute(
        "SELECT analyzer, month, analysis_run_id, severity, subject, title, message, amount, evidence, kind"
        " FROM lake.findings WHERE analysis_run_id IN (SELECT unnest(CAST($runs AS UUID[])))",
        {"runs": runs},
    ).fetchall()
    findings: Counter[object] = Counter((*row[:2], *row[3:]) for row in found if row[:3] in holding)
    return Counter(map(tuple, rows)), totals, findings


def rightly(files: list[Path], folder: Path) -> tuple[list[Path], Decimal]:
    """The files as they should have been: a line less, another amount, a file less; and that amount."""
    right = []
    amount = Decimal(0)
    for file in files:
        if file.name == CORRECTED:
            lines = file.read_text(encoding="utf-8-sig").splitlines(keepends=True)
            header = next(csv.reader([lines[0]]))
            fields = next(csv.reader([lines[REPLACED_LINE - 1]]))
            amount = Decimal(fields[header.index(AMOUNT)].replace(",", "")) + 100_000
            fields[header.index(AMOUNT)] = str(amount)
            line = io.StringIO()
            csv.writer(line).writerow(fields)
            lines[REPLACED_LINE - 1] = line.getvalue()
            del lines[VOIDED_LINE - 1]
            file = folder / file.name
            file.write_text("".join(lines), encoding="utf-8", newline="")
        if file.name != WITHDRAWN:
            right.append(file)
    return right, amount


def test_corrected_it_is_what_the_right_files_give(devon: list[Path], tmp_path: Path) -> None:
    right, amount = rightly(devon, tmp_path)
    with installation() as council, installation() as other:
        delivered(other, right)
        expected = seen(other)
        ours = delivered(council, devon)
        assert seen(council) != expected

        home, corrected = council.home, ours[CORRECTED]
        gone, old = transaction_id(corrected.id, VOIDED_LINE), transaction_id(corrected.id, REPLACED_LINE)
        void(home, gone)
        replace(home, old, amount=str(amount))
        withdrawn(home, ours[WITHDRAWN])
        analyse_due(home)
        assert seen(council) == expected

        with home.database.transaction() as connection:
            events = list(audit.list_recent(connection, AuditFilter(), TESTER, limit=None, after=None))
            audit.verify(connection)
        named = {(each.event_type, each.subject_id) for each in events}
        assert {
            ("TRANSACTION_VOIDED", str(gone)),
            ("TRANSACTION_REPLACED", str(old)),
            ("LOAD_WITHDRAWN", str(ours[WITHDRAWN].id)),
        } <= named
        done = rebuild(home, TESTER)
        assert done.comparison.equal, done.comparison
        assert done.comparison.loads == 184
