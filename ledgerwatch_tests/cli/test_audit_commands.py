"""``ledgerwatch audit`` as people and programs see it."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ledgerwatch_tests.cli.conftest import Answer
from ledgerwatch_tests.processes import Installation

Ledgerwatch = Callable[..., Answer]


@pytest.fixture(scope="module")
def worked(place: Installation) -> str:
    """An organization with two alerts of two cases, one of them acknowledged."""
    place.alert_of("worked", 2)
    return "worked"


def events(ledgerwatch: Ledgerwatch, *options: str) -> list[dict[str, Any]]:
    code, out, err = ledgerwatch("audit", "list", *options, "--json")
    assert (code, err) == (0, "")
    found: list[dict[str, Any]] = json.loads(out)["events"]
    return found


def test_a_list_can_be_about_one_subject_however_people_call_it(ledgerwatch: Ledgerwatch, worked: str) -> None:
    (first, second) = json.loads(ledgerwatch("alerts", "list", "--org", worked, "--json")[1])["alerts"]
    (case, *_) = json.loads(ledgerwatch("cases", "list", "--org", worked, "--json")[1])["cases"]
    for number in (first["number"], second["number"]):
        assert ledgerwatch("alerts", "ack", number, "--actor", "ann")[0] == 0
    assert ledgerwatch("cases", "comment", case["number"], "seen", "--actor", "ann")[0] == 0
    assert [each["event_type"] for each in events(ledgerwatch, "--subject", case["number"])] == ["CASE_COMMENTED"]
    assert {each["subject"] for each in events(ledgerwatch, "--subject", case["number"])} == {case["number"]}
    for name in (first["number"], first["id"]):
        found = events(ledgerwatch, "--subject", name, "--type", "ALERT_ACKNOWLEDGED")
        assert [each["subject"] for each in found] == [first["number"]]
    created = events(ledgerwatch, "--subject", worked)
    assert [each["event_type"] for each in created] == ["ORGANIZATION_CREATED"]
    (load,) = {each["subject"] for each in events(ledgerwatch, "--org", worked, "--type", "LOAD_RECEIVED")}
    assert {each["event_type"] for each in events(ledgerwatch, "--subject", load)} == {
        "LOAD_RECEIVED",
        "TRANSACTIONS_IMPORTED",
    }
    today = created[0]["created_at"][:10]
    assert events(ledgerwatch, "--subject", worked, "--from", today, "--to", today) == created
    assert events(ledgerwatch, "--subject", worked, "--to", "2020-01-01") == []


@pytest.mark.parametrize(
    ("subject", "complaint"),
    [
        ("worked-999", "unknown alert 'worked-999'"),
        ("worked-c999", "unknown case 'worked-c999'"),
        ("nobody-7", "unknown organization 'nobody'"),
    ],
)
@pytest.mark.usefixtures("worked")
def test_a_subject_that_is_not_there_is_named(ledgerwatch: Ledgerwatch, subject: str, complaint: str) -> None:
    code, out, err = ledgerwatch("audit", "list", "--subject", subject)
    assert (code, out) == (2, "")
    assert complaint in err


def test_an_export_is_verified_without_a_database(ledgerwatch: Ledgerwatch, worked: str, tmp_path: Path) -> None:
    file = tmp_path / "worked.jsonl"
    code, out, _ = ledgerwatch("audit", "export", "--org", worked, "--out", file, "--json")
    lines = file.read_text(encoding="ascii").splitlines()
    assert (code, json.loads(out)) == (0, {"file": str(file), "events": len(lines)})
    assert ledgerwatch("audit", "export", "--org", worked)[1] == file.read_text(encoding="ascii")
    (chain,) = {json.loads(line)["chain"] for line in lines}
    elsewhere = {"LEDGERWATCH_DATABASE_URL": "postgresql://nobody@localhost:1/nothing"}
    code, out, err = ledgerwatch("audit", "verify", file, "--json", **elsewhere)
    assert (code, json.loads(out), err) == (0, {"events": len(lines), "chains": {chain: len(lines)}}, "")
    last = json.loads(lines[-1])["hash"]
    file.write_text("".join(f"{line}\n" for line in lines[:-1]), encoding="ascii")
    code, _, err = ledgerwatch("audit", "verify", file, "--head", last, **elsewhere)
    assert (code, "a tail was cut off" in err) == (1, True)
    file.write_text("".join(f"{line}\n" for line in lines[1:]), encoding="ascii")
    code, _, err = ledgerwatch("audit", "verify", file, **elsewhere)
    assert (code, f"the audit log of {chain} is broken at event 1 (line 1)" in err) == (1, True)


def test_what_cannot_be_exported_or_read_is_said(ledgerwatch: Ledgerwatch, worked: str, tmp_path: Path) -> None:
    for arguments, complaint in (
        (("export", "--org", worked, "--out", "/nowhere/x.jsonl"), "/nowhere/x.jsonl cannot be written"),
        (("export", "--org", worked, "--out", tmp_path), "cannot be written"),
        (("export", "--org", worked, "--json"), "--json needs --out FILE"),
        (("export", "--org", "workd"), "unknown organization 'workd'"),
        (("verify", tmp_path / "nothing.jsonl"), "nothing.jsonl cannot be read"),
    ):
        code, out, err = ledgerwatch("audit", *arguments)
        assert (code, out) == (2, "")
        assert complaint in err
        assert "Traceback" not in err
    assert list(tmp_path.iterdir()) == []


def test_the_heads_of_all_chains_are_recorded_before_an_export(ledgerwatch: Ledgerwatch, worked: str) -> None:
    before = len(events(ledgerwatch, "--type", "CHAIN_HEADS_RECORDED", "--all"))
    assert ledgerwatch("audit", "export", "--org", worked)[0] == 0
    recorded = events(ledgerwatch, "--type", "CHAIN_HEADS_RECORDED", "--all")
    assert len(recorded) == before + 1
    heads = {each["chain"]: each["hash"] for each in recorded[0]["metadata"]["heads"]}
    (ours,) = (
        each
        for each in json.loads(ledgerwatch("audit", "head", "--json")[1])["heads"]
        if each["organization"] == worked
    )
    assert heads[ours["chain"]] == ours["hash"]
