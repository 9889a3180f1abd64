"""Real files with known answers (Devon, Scottsdale). They are not in the repository; absent, the tests skip and say so."""

import gzip
import hashlib
import json
import tarfile
from collections import Counter
from decimal import Decimal
from pathlib import Path

import pytest

from benchmarks import data
from ledgerwatch_pipeline.importing.receive.files import receive
from ledgerwatch_pipeline.importing.receive.options import import_options
from ledgerwatch_pipeline.model.load import OnInvalid
from ledgerwatch_pipeline.pipeline.imports import import_waiting
from ledgerwatch_pipeline.stores.postgres.locks import Lock
from ledgerwatch_tests.conftest import TESTER, Tenant
from ledgerwatch_tests.processes import Installation, installation
from ledgerwatch_tests.steps import analyse_due

pytestmark = pytest.mark.slow

PROJECT = Path(__file__).parents[2]
DATA = PROJECT.parent / "shared" / "data"


def real_file(name: str) -> Path:
    path = DATA / name
    if not path.exists():
        pytest.skip(f"{name} is not at hand")
    return path


@pytest.fixture(scope="module")
def devon(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("devon")
    with tarfile.open(real_file("devon_raw_183_csv.tar.gz")) as archive:
        archive.extractall(folder, filter="data")
    return sorted(folder.rglob("*.csv"))


DEVON = ("--org", "devon", "--profile", PROJECT / "examples/profiles/devon.toml")


def test_devon_killed_and_imported_again_gives_the_known_figures_and_alerts_to_work_on(devon: list[Path]) -> None:
    command: tuple[str | Path, ...] = ("import", *devon, *DEVON, "--on-invalid", "quarantine")
    with installation() as council:
        council.add_organization("devon", "GBP")
        council.kill_between(council.hold(Lock.CLAIM), council.hold(Lock.AUDIT, "devon"), *command)
        (written,) = council.home.lake.con.execute("SELECT count(*) FROM lake.transactions").fetchone() or (0,)
        assert 0 < written < 1_510_646  # the first batch of files, none of them closed

        loads = council.json(*command)["loads"]
        assert {name: sum(load[name] for load in loads) for name in ("rows", "accepted", "rejected", "blank")} == {
            "rows": 1_529_542,
            "accepted": 1_510_646,
            "rejected": 400,
            "blank": 18_496,
        }
        assert [sum(Decimal(load["amount"][kind]) for load in loads) for kind in ("expense", "refund", "income")] == [
            Decimal("9658016544.07"),
            Decimal("170724183.74"),
            Decimal(0),
        ]
        assert len({month for load in loads for month in load["months"]}) == 183
        ledger = (
            "SELECT count(*), count(DISTINCT transaction_id(load_id, row_number)),"
            " sum(amount) FILTER (type = 'expense') - sum(amount) FILTER (type = 'refund') FROM lake.transactions"
        )
        assert council.home.lake.con.execute(ledger).fetchone() == (1_510_646, 1_510_646, Decimal("9487292360.33"))

        events = council.json("audit", "list")["events"]
        again = council.run(*command, "--json")
        assert (again.returncode, again.stderr) == (3, "")
        assert {load["status"] for load in json.loads(again.stdout)["loads"]} == {"ALREADY_IMPORTED"}
        assert council.home.lake.con.execute(ledger).fetchone() == (1_510_646, 1_510_646, Decimal("9487292360.33"))
        assert council.json("audit", "list")["events"] == events

        work_on_an_alert(council)


def work_on_an_alert(council: Installation) -> None:
    page = council.json("alerts", "list", "--org", "devon")
    assert len(page["alerts"]) == 20
    assert page["next"]
    worst = page["alerts"][0]
    assert (worst["severity"], worst["status"]) == ("HIGH", "OPEN")
    number = str(worst["number"])
    assert council.run("alerts", "ack", number, "--actor", "ann").returncode == 0
    conflict = council.run("alerts", "ack", number, "--actor", "bob")
    assert conflict.returncode == 4
    assert "ACKNOWLEDGED" in conflict.stderr
    assert "OPEN" in conflict.stderr
    resolving = ("alerts", "resolve", number, "--outcome", "accepted", "--note", "a grant", "--actor", "cat")
    assert council.run(*resolving).returncode == 0
    resolved, acknowledged = council.json("audit", "list", "--limit", "2")["events"]
    assert (acknowledged["event_type"], acknowledged["actor"]) == ("ALERT_ACKNOWLEDGED", "ann")
    assert (resolved["event_type"], resolved["actor"], resolved["metadata"]["note"]) == (
        "ALERT_RESOLVED",
        "cat",
        "a grant",
    )
    shown = council.json("alerts", "show", number)
    assert (shown["alert"]["status"], shown["alert"]["outcome"]) == ("RESOLVED", "accepted")
    assert [(event["event_type"], event["actor"]) for event in shown["history"]] == [
        ("ALERT_ACKNOWLEDGED", "ann"),
        ("ALERT_RESOLVED", "cat"),
    ]
    assert "whole" in council.run("audit", "verify").stdout


def test_devon_with_any_bad_row_rejecting_its_file(devon: list[Path]) -> None:
    with installation() as council:
        council.add_organization("devon", "GBP")
        result = council.run("import", *devon, *DEVON, "--no-analyze", "--json")
        assert (result.returncode, result.stderr) == (5, "")
        loads = json.loads(result.stdout)["loads"]
        assert Counter(load["status"] for load in loads) == {"REJECTED": 77, "ACCEPTED": 106}
        rejected = [load for load in loads if load["status"] == "REJECTED"]
        assert sum(load["rejected"] for load in rejected) == 400
        assert all(load["accepted"] == 0 and load["errors"] for load in rejected)
        errors = [error for load in rejected for error in load["errors"]]
        assert all(error["row"] > 1 and error["column"] and error["rule"] and error["message"] for error in errors)
        listed = council.json("loads", "list", "--status", "REJECTED", "--all")["loads"]
        assert sum(load["rules"].get("amount_zero", 0) for load in listed) == 396
        (count,) = council.home.lake.con.execute("SELECT count(*) FROM lake.transactions").fetchone() or (0,)
        assert count == sum(load["accepted"] for load in loads)


def test_scottsdales_repeats_are_found(tenant: Tenant) -> None:
    with gzip.open(real_file("scottsdale_ct_VendorPayments.csv.gz")) as file:
        content = file.read()
    load = tenant.deliver(content, profile=str(PROJECT / "examples/profiles/scottsdale.toml"), on_invalid="quarantine")
    assert (load.rows, load.accepted, load.rejected) == (23_612, 23_606, 6)
    tenant.analyze()
    shi = [a for a in tenant.alerts("duplicate") if a.evidence["amount"] == "822.58"]
    assert [a.subject for a in shi] == ["SHI INTERNATIONAL CORP"]
    count = shi[0].evidence["count"]
    assert isinstance(count, int)
    assert count >= 8


FOUND_BY_0_1: dict[str, dict[str, list[object]]] = json.loads(
    (Path(__file__).parent / "findings_of_0_1.json").read_text()
)
"""By data and analyzer: how many findings version 0.1 had, and the digest of all that they say."""


def findings_digests(place: Installation) -> dict[str, list[object]]:
    """By analyzer, the number of findings and a digest over everything they say, ids of transactions in their order."""
    rows = place.home.lake.con.execute(
        "SELECT f.analyzer, CAST(f.organization_id AS VARCHAR), strftime(f.month, '%Y-%m'), f.fingerprint, f.severity, f.subject,"
        " f.title, f.message, CAST(CAST(f.amount AS DECIMAL(24, 2)) AS VARCHAR), f.evidence,"
        " array_to_string(f.transactions, ',') FROM lake.findings AS f ORDER BY ALL"
    ).fetchall()
    digests: dict[str, tuple[list[int], hashlib._Hash]] = {}
    for row in rows:
        count, digest = digests.setdefault(row[0], ([0], hashlib.sha256()))
        count[0] += 1
        digest.update(("\x1f".join(map(str, row)) + "\n").encode())
    return {analyzer: [count[0], digest.hexdigest()] for analyzer, (count, digest) in digests.items()}


OF_0_1 = ("large_transaction", "duplicate")
"""The analyzers that version 0.1 had."""


def found_in(deliveries: dict[str, list[Path]], currency: str, profile: str | None) -> dict[str, list[object]]:
    with installation() as place:
        options = import_options(place.home.settings.profiles, profile, OnInvalid.QUARANTINE)
        for slug, files in deliveries.items():
            place.add_organization(slug, currency)
            receive(place.home, files, slug, options, TESTER)
        assert not import_waiting(place.home, TESTER).failures
        assert not analyse_due(place.home).failures
        found = findings_digests(place)
        return {analyzer: found[analyzer] for analyzer in OF_0_1}


def test_devons_findings_are_those_of_version_0_1(devon: list[Path]) -> None:
    found = found_in({"devon": devon}, "GBP", str(PROJECT / "examples/profiles/devon.toml"))
    assert found == FOUND_BY_0_1["devon"]


def test_scottsdales_findings_are_those_of_version_0_1(tmp_path: Path) -> None:
    file = tmp_path / "scottsdale.csv"
    with gzip.open(real_file("scottsdale_ct_VendorPayments.csv.gz")) as packed:
        file.write_bytes(packed.read())
    found = found_in({"scottsdale": [file]}, "USD", str(PROJECT / "examples/profiles/scottsdale.toml"))
    assert found == FOUND_BY_0_1["scottsdale"]


def test_the_benchmarks_findings_are_those_of_version_0_1(tmp_path: Path) -> None:
    folder = data.dataset(tmp_path, 1_000_000)
    deliveries = {path.name: [path / "transactions.csv"] for path in sorted(folder.iterdir())}
    assert found_in(deliveries, "USD", None) == FOUND_BY_0_1["benchmark of 1,000,000 rows"]
