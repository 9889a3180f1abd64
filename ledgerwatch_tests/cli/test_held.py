"""Files that repeat what the ledger has, on the command line: held, shown, released, rejected; and what the report of an import says."""

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ledgerwatch_pipeline.stores.postgres.locks import Lock
from ledgerwatch_tests.cli.conftest import Answer
from ledgerwatch_tests.processes import Installation

HEADER = "date,vendor,amount,description\n"


def lines(first: int, count: int) -> str:
    return "".join(f"2024-03-{n % 28 + 1:02},Acme {n},{n + 1}.50,row {n}\n" for n in range(first, first + count))


def as_json(answer: Answer) -> tuple[int, dict[str, Any]]:
    code, out, _ = answer
    return code, json.loads(out)


class Desk:
    """One organization, and the command called for it."""

    def __init__(self, ledgerwatch: Callable[..., Answer], folder: Path, slug: str) -> None:
        self.call = ledgerwatch
        self.folder = folder
        self.slug = slug

    def file(self, name: str, rows: str) -> Path:
        (self.folder / name).write_text(HEADER + rows)
        return self.folder / name

    def deliver(self, name: str, rows: str, *options: str) -> tuple[int, dict[str, Any]]:
        """The exit code, and what JSON says of the file."""
        command = ("import", self.file(name, rows), "--org", self.slug, "--no-analyze", "--json", *options)
        code, found = as_json(self.call(*command))
        return code, found["loads"][0]


@pytest.fixture
def desk(
    ledgerwatch: Callable[..., Answer], place: Installation, tmp_path: Path, request: pytest.FixtureRequest
) -> Desk:
    slug = request.node.name.replace("_", "-")[:50].lower().strip("-]").replace("[", "-")
    place.add_organization(slug)
    return Desk(ledgerwatch, tmp_path, slug)


@pytest.mark.slow
def test_a_held_file_from_the_delivery_to_the_decision(desk: Desk, place: Installation) -> None:
    assert desk.deliver("first.csv", lines(0, 40))[0] == 0
    code, foretold = desk.deliver("again.csv", lines(10, 30), "--dry-run")
    assert (code, foretold["status"]) == (3, "WOULD_BE_HELD")
    assert "--on-overlap skip" in foretold["next"]
    code, held = desk.deliver("again.csv", lines(10, 30))
    assert (code, held["status"], held["rows"], held["accepted"]) == (3, "HELD", 30, 0)
    assert held["reason"].startswith(
        f"30 of its 30 rows equal rows that {desk.slug} has already: 30 of first.csv (load "
    )
    assert foretold["reason"] == held["reason"]
    assert {**held["overlap"], "loads": 1, "examples": len(held["overlap"]["examples"])} == {
        "rows": 30,
        "equal": 30,
        "loads": 1,
        "examples": 5,
    }
    load = held["load_id"]
    assert f"ledgerwatch loads release {load[:18]} --with skip" in held["next"]

    code, again = desk.deliver("other-name.csv", lines(10, 30), "--on-overlap", "keep")
    assert (code, again["status"], again["load_id"]) == (3, "ALREADY_HELD", load)
    assert "held as again.csv" in again["reason"]
    assert "loads release" in again["next"]

    listed = as_json(desk.call("loads", "list", "--org", desk.slug, "--status", "held", "--json"))[1]["loads"]
    assert [each["load_id"] for each in listed] == [load]
    code, out, _ = desk.call("loads", "show", load)
    assert code == 0
    assert "Overlap: 30 of 30 rows" in out
    assert "first.csv" in out
    assert out.index("row 10") < out.index("Next: look at the rows side by side")
    code, out, _ = desk.call("status", "--check")
    assert code == 1
    assert "1 file held" in out
    assert as_json(desk.call("status", "--json"))[1]["operations"]["held"]["count"] == 1
    assert as_json(desk.call("status", "--json"))[1]["counts"]["loads"]["HELD"] == 1

    assert desk.call("loads", "release", load, "--with", "skip")[0] == 2  # without a reason
    assert desk.call("loads", "release", load, "--with", "hold", "--reason", "x")[0] == 2
    assert desk.call("loads", "release", "ffffffff", "--with", "skip", "--reason", "x")[0] == 2
    code, released = as_json(
        desk.call("loads", "release", load, "--with", "keep", "--reason", "two cards", "--actor", "ann", "--json")
    )
    assert (code, released["load"]["status"], released["load"]["accepted"]) == (0, "ACCEPTED", 30)
    assert (released["load"]["released_by"], released["load"]["on_overlap"]) == ("ann", "keep")
    assert released["failures"] == []
    for command in (("release", load, "--with", "skip"), ("reject", load)):
        code, _, err = desk.call("loads", *command, "--reason", "again")
        assert code == 4
        assert "is ACCEPTED (released by ann with keep)" in err
    alerts = as_json(desk.call("alerts", "list", "--org", desk.slug, "--all", "--json"))[1]["alerts"]
    assert sum(each["analyzer"] == "duplicate" for each in alerts) == 30  # it was analysed, and each was paid twice
    assert desk.call("status", "--check")[1].count("held") == 0

    code, held = desk.deliver("third.csv", lines(0, 39))
    code, rejected = as_json(desk.call("loads", "reject", held["load_id"], "--reason", "sent again", "--json"))
    assert (code, rejected["load"]["status"]) == (0, "REJECTED")
    assert rejected["load"]["closed_note"] == "sent again"
    assert desk.call("loads", "reject", held["load_id"], "--reason", "again")[0] == 4
    assert "whole" in place.run("audit", "verify").stdout


@pytest.mark.slow
def test_exit_codes_of_several_files(desk: Desk) -> None:
    desk.deliver("first.csv", lines(0, 40))
    held, new, bad = (
        desk.file("held.csv", lines(1, 39)),
        desk.file("new.csv", lines(100, 3)),
        desk.file("bad.csv", "2024-03-01,,1,\n"),
    )
    command = ("--org", desk.slug, "--no-analyze")
    assert desk.call("import", held, new, "--dry-run", *command)[0] == 0
    code, out, err = desk.call("import", held, new, *command)
    assert code == 0
    assert "files held" in out
    assert f"held: {desk.slug}/held.csv: 39 of its 39 rows" in err
    assert desk.call("import", held, bad, *command)[0] == 5
    code, out, err = desk.call("import", held, *command)
    assert code == 3
    assert "files already held" in out
    assert "already held" in err


@pytest.mark.slow
def test_the_report_counts_by_rule_and_says_what_is_not_listed(desk: Desk) -> None:
    desk.deliver("first.csv", lines(0, 25))
    bad = "".join(f"2024-03-01,,{n},\n" for n in range(1, 31)) + "soon,Acme,x,\n"
    code, foretold = desk.deliver(
        "bad.csv", lines(0, 25) + bad, "--dry-run", "--on-invalid", "quarantine", "--on-overlap", "skip"
    )
    command = ("import", desk.folder / "bad.csv", "--org", desk.slug, "--no-analyze", "--on-invalid", "quarantine")
    code, out, err = desk.call(*command, "--on-overlap", "skip")
    assert code == 0
    assert "bad rows by rule: amount_format 1, date_format 1, vendor_required 30" in err
    assert "skipped rows by rule: row_known 25" in err
    assert err.count("[vendor_required]") == 20
    assert err.count("[row_known]") == 20
    assert "and 12 more" in err
    assert "and 5 more" in err
    assert "next: all rows that are not in the ledger: ledgerwatch loads rows" in err
    assert foretold["rules"] == {"amount_format": 1, "date_format": 1, "vendor_required": 30}
    assert foretold["skipped_rules"] == {"row_known": 25}
    assert (len(foretold["errors"]), len(foretold["skipped_rows"])) == (20, 20)
    assert foretold["not_listed"] == {"errors": 12, "skipped_rows": 5}

    load = foretold["load_id"]
    code, rows = as_json(desk.call("loads", "rows", load, "--json"))
    assert (len(rows["errors"]), len(rows["skipped"])) == (32, 25)
    assert rows["rules"] == {
        "rejected": {"amount_format": 1, "date_format": 1, "vendor_required": 30},
        "skipped": {"row_known": 25},
    }
    code, out, _ = desk.call("loads", "rows", load, "--csv")
    assert len(list(csv.DictReader(io.StringIO(out)))) == 57
    code, out, _ = desk.call("loads", "rows", load)
    assert "and 17 more" in out


@pytest.mark.slow
def test_already_imported_says_which_load_when_and_what_to_do(desk: Desk) -> None:
    _, first = desk.deliver("first.csv", lines(0, 3))
    code, again = desk.deliver("copy.csv", lines(0, 3))
    assert (code, again["status"]) == (3, "ALREADY_IMPORTED")
    assert again["reason"].startswith(f"already imported as first.csv, load {first['load_id']}, delivered 20")
    assert f"ledgerwatch loads withdraw {first['load_id'][:18]}" in again["next"]


@pytest.mark.slow
def test_the_same_bytes_in_two_processes_at_once_are_imported_by_one(desk: Desk, place: Installation) -> None:
    files = [desk.file(f"copy-{n}.csv", lines(0, 30)) for n in range(2)]
    command = ("--org", desk.slug, "--no-analyze", "--json")
    with place.hold(Lock.AUDIT, desk.slug) as registering:
        processes = [place.start("import", file, *command) for file in files]
        for process in processes:
            registering.wait_for_waiter(process)
    found = []
    for process in processes:
        out, err = process.communicate(timeout=300)
        assert err == ""
        found.append((json.loads(out)["loads"][0]["status"], process.returncode))
    assert sorted(found) == [("ACCEPTED", 0), ("ALREADY_IMPORTED", 3)]
    (load,) = as_json(desk.call("loads", "list", "--org", desk.slug, "--json"))[1]["loads"]
    assert (load["status"], load["accepted"]) == ("ACCEPTED", 30)


@pytest.mark.slow
def test_what_is_hidden_in_a_file_is_shown_and_exported_written_out(desk: Desk) -> None:
    rows = "2024-03-01,A\u200bc\u202eme,5.00,a\u2066b\n2024-03-02,\x1b[31mRed,x,y\u200f\n"
    command = ("import", desk.file("odd.csv", rows), "--org", desk.slug, "--no-analyze", "--on-invalid", "quarantine")
    for shown in (
        desk.call(*command),
        desk.call("transactions", "list", "--org", desk.slug),
        desk.call("transactions", "list", "--org", desk.slug, "--csv"),
        desk.call("transactions", "list", "--org", desk.slug, "--json"),
        desk.call("loads", "list", "--org", desk.slug),
        desk.call("sql", f"SELECT vendor, description FROM ledger WHERE organization = '{desk.slug}'"),
    ):
        assert not set("\u202e\u200b\u2066\u200f\x1b") & set("".join(shown[1:]))
    assert r"A\u200bc\u202eme" in desk.call("transactions", "list", "--org", desk.slug)[1]
    assert r"A\u200bc\u202eme" in desk.call("transactions", "list", "--org", desk.slug, "--csv")[1]
