"""``kill -9`` of a correction at any point: what was asked for is finished by the next command, once."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ledgerwatch_pipeline.model.load import LoadRow, transaction_id
from ledgerwatch_pipeline.stores.lake import ledger
from ledgerwatch_pipeline.stores.postgres.locks import Lock
from ledgerwatch_tests.processes import Installation, everything, installation

ORG = "harbor-foods"
FILE = "date,vendor,amount,external_id\n2024-03-01,Acme,10.00,A1\n2024-03-02,Acme,10.00,A2\n2024-04-02,Beta,7.00,A3\n"


@pytest.fixture
def victim() -> Iterator[Installation]:
    with installation() as fresh:
        fresh.add_organization(ORG)
        yield fresh


@pytest.fixture
def load(victim: Installation, tmp_path: Path) -> LoadRow:
    file = tmp_path / "file.csv"
    file.write_text(FILE)
    return victim.deliver(ORG, file)[0]


def state(place: Installation) -> dict[str, list[Any]]:
    """What the ledger is, what of it is due, and the corrections of lake and PostgreSQL."""
    found = everything(place.home)
    con = place.home.lake.con
    ledger.define(con)
    found["ledger"] = con.execute("SELECT load_id, row_number, amount FROM ledger_transactions ORDER BY ALL").fetchall()
    found["taken_out"] = con.execute("SELECT load_id, row_number, sign FROM lake.taken_out ORDER BY ALL").fetchall()
    found["withdrawn"] = con.execute("SELECT load_id FROM lake.withdrawn_loads").fetchall()
    with place.home.database.transaction() as connection:
        found["corrections"] = [
            tuple(row)
            for row in connection.exec_driver_sql(
                "SELECT kind, status, load_id, row_number FROM corrections ORDER BY number"
            )
        ]
        found["events"] = [
            tuple(row)
            for row in connection.exec_driver_sql(
                "SELECT event_type, subject_id FROM audit_events WHERE event_type LIKE 'TRANSACTION\\_%%'"
                " OR event_type = 'LOAD_WITHDRAWN' ORDER BY created_at"
            )
        ]
    return found


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["void", "withdraw"])
def test_a_correction_that_was_killed_is_finished_by_the_next_command(
    victim: Installation, load: LoadRow, kind: str
) -> None:
    subject = str(transaction_id(load.id, 2)) if kind == "void" else str(load.id)
    group = "transactions" if kind == "void" else "loads"
    command: tuple[str | Path, ...] = (group, kind, subject, "--reason", "a test")
    before = state(victim)
    assert len(before["ledger"]) == 3

    victim.kill_between(victim.hold(Lock.EXTERNAL_IDS, ORG), victim.hold_table("corrections"), *command)
    assert state(victim)["corrections"] == []  # killed before it was written down: nothing is left

    victim.kill_at(victim.hold(Lock.AUDIT, ORG), *command)  # the lake has it, PostgreSQL only that it was asked for
    killed = state(victim)
    assert [row[:2] for row in killed["corrections"]] == [(kind, "PENDING")]
    assert len(killed["taken_out"]) + len(killed["withdrawn"]) == 1
    assert not killed["due"]
    refused = victim.run(*command[:-1], "another reason")
    assert refused.returncode == 4
    assert "is being corrected" in refused.stderr

    assert victim.run(*(("analyze",) if kind == "void" else command)).returncode == 0
    done = state(victim)
    assert [row[:2] for row in done["corrections"]] == [(kind, "APPLIED")]
    assert (done["taken_out"], done["withdrawn"]) == (killed["taken_out"], killed["withdrawn"])
    assert len(done["ledger"]) == (2 if kind == "void" else 0)
    assert len(done["events"]) == len(before["events"]) + 1
    assert not done["due"]
    assert len(done["findings"]) < len(before["findings"])
    assert victim.run("rebuild").returncode == 0


@pytest.mark.slow
def test_a_replacement_that_was_killed_is_whole_or_not_there(victim: Installation, load: LoadRow) -> None:
    subject = transaction_id(load.id, 2)
    command: tuple[str | Path, ...] = (
        *("transactions", "replace", str(subject), "--amount", "10.50", "--reason", "a test", "--key", "k"),
        "--no-analyze",
    )
    before = state(victim)
    victim.kill_between(victim.hold(Lock.CLAIM), victim.hold_rows("loads"), *command)  # written, not committed
    killed = state(victim)
    assert killed["ledger"] == before["ledger"]
    assert [row[:2] for row in killed["corrections"]] == [("replace", "PENDING")]

    victim.kill_between(victim.hold(Lock.CLAIM), victim.hold(Lock.AUDIT, ORG), *command)  # the lake has both
    written = state(victim)
    assert len(written["taken_out"]) == 1
    assert len(written["ledger"]) == 3

    assert victim.run(*command).returncode == 0  # the same one again finishes what waits
    done = state(victim)
    assert done["ledger"] == written["ledger"] != before["ledger"]
    assert [row[:2] for row in done["corrections"]] == [("replace", "APPLIED")]
    assert [kind for kind, _ in done["events"]] == ["TRANSACTION_REPLACED"]
    assert victim.run(*command).returncode == 3
    assert victim.run("rebuild").returncode == 0
