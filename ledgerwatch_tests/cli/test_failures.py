"""What fails is named with its error and how to go on; what is mended is taken up again with ``retry``."""

import json
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

import pytest

from ledgerwatch_pipeline.importing.receive.archive import archive_path
from ledgerwatch_pipeline.importing.receive.files import receive
from ledgerwatch_pipeline.model.load import ImportOptions
from ledgerwatch_pipeline.model.month import Month, MonthRange
from ledgerwatch_pipeline.model.run import ScopeRow
from ledgerwatch_pipeline.model.work import Cause, NewWork
from ledgerwatch_pipeline.pipeline import analyses
from ledgerwatch_pipeline.stores.postgres import loads, runs, work
from ledgerwatch_pipeline.stores.postgres.runs import StartedRun
from ledgerwatch_tests.cli.conftest import HEADER, Answer
from ledgerwatch_tests.processes import TESTER, Installation, organization_id

pytestmark = pytest.mark.slow


def test_a_failed_load_is_named_until_a_retry_completes_it(
    ledgerwatch: Callable[..., Answer], place: Installation, tmp_path: Path
) -> None:
    place.add_organization("lossy")
    lost, fine = tmp_path / "lost.csv", tmp_path / "fine.csv"
    lost.write_text(HEADER + "2024-01-01,Acme,1.00,,\n")
    fine.write_text(HEADER + "2024-01-02,Acme,2.00,,\n")
    (receipt,) = receive(place.home, [lost], "lossy", ImportOptions(), TESTER)
    with place.home.database.transaction() as connection:
        sha256 = loads.by_ids(connection, [receipt.load_id])[receipt.load_id].sha256
    archived = archive_path(place.home.settings.archive, sha256)
    archived.rename(tmp_path / "kept")

    code, out, err = ledgerwatch("import", fine, "--org", "lossy", "--json")
    document = json.loads(out)
    assert (code, [load["status"] for load in document["loads"]]) == (1, ["ACCEPTED"])
    (failure,) = document["failures"]
    assert (failure["kind"], failure["organization"], failure["name"]) == ("load", "lossy", "lost.csv")
    assert f"failed: lossy/lost.csv: {failure['error']}\nmend it, then: ledgerwatch retry\n" in err

    (load,) = json.loads(ledgerwatch("loads", "list", "--status", "FAILED", "--json")[1])["loads"]
    assert (load["file"], load["error"], load["reason"]) == ("lost.csv", failure["error"], None)
    assert load["attempts"] >= 1
    assert failure in json.loads(ledgerwatch("status", "--json")[1])["health"]["failures"]
    assert f"Failed\n  lossy/lost.csv: {failure['error']}" in ledgerwatch("status")[1]
    assert (
        ledgerwatch("import", fine, "--org", "acme", "--dry-run")[0] == 0
    )  # somebody else's failure is no failure here

    code, out, err = ledgerwatch("retry", "--org", "lossy", "--json")
    assert (code, json.loads(out)["failures"]) == (1, [failure])
    archived.parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / "kept").rename(archived)
    assert ledgerwatch("retry")[:2] == (0, "taken up again: lossy/lost.csv\n")
    assert ledgerwatch("loads", "list", "--org", "lossy", "--status", "ACCEPTED")[1].count("ACCEPTED") == 2
    assert ledgerwatch("retry") == (3, "nothing has failed\n", "")


def test_what_was_done_is_printed_as_json(ledgerwatch: Callable[..., Answer], place: Installation) -> None:
    place.alert_of("again")
    code, out, err = ledgerwatch("analyze", "--month", "2024-03", "--org", "again", "--json")
    assert (code, json.loads(out), err) == (0, {"months": "2024-03", "failures": []}, "")
    assert json.loads(ledgerwatch("migrate", "--json")[1]).keys() == {"revision", "granted"}
    report = json.loads(ledgerwatch("maintain", "--json")[1])["maintenance"]
    assert {"tables_flushed", "snapshots_expired"} <= report.keys()


def test_an_analyzer_is_checked(ledgerwatch: Callable[..., Answer]) -> None:
    code, out, _ = ledgerwatch("analyzers", "check", "duplicate", "--json")
    document = json.loads(out)
    assert (code, document["violations"]) == (0, [])
    assert document["findings"] > 0


def test_the_list_of_runs_says_why_one_failed(ledgerwatch: Callable[..., Answer], place: Installation) -> None:
    place.add_organization("unlucky")
    month = ScopeRow(organization_id("unlucky"), MonthRange(Month(2024, 3), Month(2024, 3)))
    run = StartedRun(uuid4(), "duplicate", 1, [month], {}, None, worker=7)
    with place.home.database.transaction() as connection:
        runs.start(connection, run)
        runs.fail(connection, run.id, "the disk was away")
    _, listed, _ = ledgerwatch("runs", "list", "--org", "unlucky", "--status", "FAILED")
    assert "the disk was away" in listed
    assert str(run.id)[:8] in listed


def test_what_failed_of_a_removed_analyzer_is_given_up_by_a_retry(
    ledgerwatch: Callable[..., Answer], place: Installation
) -> None:
    place.add_organization("tidy")
    months = MonthRange(Month(2024, 3), Month(2024, 4))
    with place.home.database.transaction() as connection:
        work.enqueue(connection, [NewWork(organization_id("tidy"), "kinds", months, Cause.REQUEST)], "eve")
    assert analyses.due(place.home) == []
    failure = "tidy/analysis kinds: this analyzer is not known any more; see: ledgerwatch analyzers list"
    assert failure in ledgerwatch("status")[1]

    given_up = "given up: tidy/analysis kinds: this analyzer is not known any more\n"
    assert ledgerwatch("retry", "--org", "tidy") == (0, given_up, "")
    assert "kinds" not in ledgerwatch("status")[1]
    assert ledgerwatch("retry", "--org", "tidy")[0] == 3
    (event,) = json.loads(ledgerwatch("audit", "list", "--type", "WORK_GIVEN_UP", "--json")[1])["events"]
    assert (event["organization"], event["metadata"]) == (
        "tidy",
        {"months": "2024-03..2024-04", "reason": "this analyzer is not known any more"},
    )
