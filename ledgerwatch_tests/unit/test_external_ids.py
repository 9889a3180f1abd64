"""External ids, on a real database and lake: a known row is skipped, another one under its id is an error, whatever comes first."""

import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from ledgerwatch_pipeline.home import Home
from ledgerwatch_pipeline.importing.decide.external_ids import rejected_in_order
from ledgerwatch_pipeline.importing.receive.files import receive
from ledgerwatch_pipeline.model.load import ImportOptions, LoadRow, LoadStatus, OnInvalid
from ledgerwatch_pipeline.model.row_issue import IssueKind
from ledgerwatch_tests.conftest import TESTER, Tenant
from ledgerwatch_tests.meanwhile import another_imports
from ledgerwatch_tests.steps import import_these

HEADER = "date,vendor,amount,category,description,external_id,account\n"
FIRST = "2024-03-01,Acme,10.00,Office,paper,A1,main"


def file(*lines: str) -> str:
    return HEADER + "".join(f"{line}\n" for line in lines)


def counts(load: LoadRow) -> tuple[str, int | None, int | None, int | None]:
    return load.status, load.accepted, load.skipped, load.rejected


def deliver_together(tenant: Tenant, files: dict[str, tuple[str, str]]) -> dict[str, LoadRow]:
    """Deliver files (name → content, on_invalid), then import them as one batch; the registry's rows by name."""
    ids = {}
    for name, (content, on_invalid) in files.items():
        options = ImportOptions(OnInvalid(on_invalid))
        (receipt,) = receive(tenant.home, [tenant.write(content, name)], tenant.slug, options, TESTER)
        ids[name] = receipt.load_id
    import_these(tenant.home, TESTER, list(ids.values()))
    return {name: tenant.load(load_id) for name, load_id in ids.items()}


def ledger(tenant: Tenant) -> list[tuple[Any, ...]]:
    return tenant.home.lake.con.execute(
        "SELECT external_id, account, date, vendor, amount, description FROM lake.transactions"
        " WHERE organization_id = $1 ORDER BY ALL",
        [tenant.id],
    ).fetchall()


def skipped_rows(tenant: Tenant, load: LoadRow) -> list[tuple[int, str, str | None, str, str]]:
    return [
        (issue.row, issue.column, issue.value, issue.rule, issue.message)
        for issue in tenant.issues(load, IssueKind.SKIPPED)
    ]


def test_a_row_the_ledger_has_is_skipped_and_reported(tenant: Tenant) -> None:
    tenant.deliver(file(FIRST))
    again = tenant.deliver(file(FIRST, "2024-03-02,Acme,20.00,Office,ink,A2,main"))
    assert counts(again) == ("ACCEPTED", 1, 1, 0)
    assert again.expense == Decimal("20.00")
    assert skipped_rows(tenant, again) == [
        (2, "external_id", "A1", "external_id_known", "the ledger has this transaction already under the id 'A1'")
    ]
    assert tenant.bad_rows(again) == []


def test_a_file_of_known_rows_is_accepted_with_nothing_new(tenant: Tenant) -> None:
    tenant.deliver(file(FIRST))
    assert counts(tenant.deliver(file(FIRST, FIRST))) == ("ACCEPTED", 0, 2, 0)
    assert len(ledger(tenant)) == 1


def test_vendors_are_compared_by_key(tenant: Tenant) -> None:
    tenant.deliver(file("2024-03-01,Café  Ltd,10.00,,,A1,"))
    assert counts(tenant.deliver(file("2024-03-01,CAFÉ ltd,10.00,,,A1,"))) == ("ACCEPTED", 0, 1, 0)


DIFFERENT = {
    "date": "2024-03-02,Acme,10.00,Office,paper,A1,main",
    "vendor": "2024-03-01,Other,10.00,Office,paper,A1,main",
    "amount": "2024-03-01,Acme,10.01,Office,paper,A1,main",
    "type (by category)": "2024-03-01,Acme,10.00,Revenue,paper,A1,main",
    "category": "2024-03-01,Acme,10.00,Travel,paper,A1,main",
    "no category": "2024-03-01,Acme,10.00,,paper,A1,main",
    "description": "2024-03-01,Acme,10.00,Office,pens,A1,main",
}


def test_another_row_under_a_known_id_is_an_error(tenant: Tenant) -> None:
    """Whatever it differs in; all of them at once, as an import costs the same for one file and for seven."""

    def delivered(description: str, on_invalid: str) -> dict[str, LoadRow]:
        files = {
            f"{what}.csv": (file(row, f"2024-03-05,Acme,7.00,Office,{description},B{number},main"), on_invalid)
            for number, (what, row) in enumerate(DIFFERENT.items())
        }
        return {name.removesuffix(".csv"): load for name, load in deliver_together(tenant, files).items()}

    tenant.deliver(file(FIRST))
    rejected = delivered("x", "reject")
    assert {what: counts(load) for what, load in rejected.items()} == dict.fromkeys(DIFFERENT, ("REJECTED", 0, 0, 1))
    for load in rejected.values():
        assert tenant.bad_rows(load) == [(2, "external_id", "external_id_differs")]
        assert load.rules == {"external_id_differs": 1}
    quarantined = delivered("y", "quarantine")
    assert {what: counts(load) for what, load in quarantined.items()} == dict.fromkeys(DIFFERENT, ("ACCEPTED", 1, 0, 1))


def test_the_message_names_the_value(tenant: Tenant) -> None:
    tenant.deliver(file(FIRST))
    load = tenant.deliver(file(DIFFERENT["amount"]))
    assert [(issue.value, issue.message) for issue in tenant.issues(load)] == [
        ("A1", "another transaction is in the ledger under the id 'A1'")
    ]


def test_ids_are_of_one_account_and_no_account_is_an_account(tenant: Tenant) -> None:
    load = tenant.deliver(
        file(
            "2024-03-01,A,1.00,,,A1,one",
            "2024-03-01,A,2.00,,,A1,two",
            "2024-03-01,A,3.00,,,A1,",
            "2024-03-01,A,3.00,,,A1,",
        )
    )
    assert counts(load) == ("ACCEPTED", 3, 1, 0)


def test_ids_are_of_one_organization(tenant: Tenant, new_tenant: Callable[[], Tenant]) -> None:
    tenant.deliver(file(FIRST))
    assert counts(new_tenant().deliver(file(DIFFERENT["amount"]))) == ("ACCEPTED", 1, 0, 0)


def test_rows_without_an_id_are_not_compared(tenant: Tenant) -> None:
    row = "2024-03-01,Acme,10.00,Office,paper,,main"
    assert counts(tenant.deliver(file(row, row, FIRST))) == ("ACCEPTED", 3, 0, 0)


def test_within_a_file_the_first_row_holds_the_id(tenant: Tenant) -> None:
    load = tenant.deliver(file(FIRST, FIRST, DIFFERENT["amount"]), on_invalid="quarantine")
    assert counts(load) == ("ACCEPTED", 1, 1, 1)
    assert tenant.bad_rows(load) == [(4, "external_id", "external_id_differs")]


def test_a_bad_row_holds_no_id(tenant: Tenant) -> None:
    load = tenant.deliver(file("2024-03-01,Acme,0,Office,paper,A1,main", FIRST), on_invalid="quarantine")
    assert counts(load) == ("ACCEPTED", 1, 0, 1)
    assert tenant.bad_rows(load) == [(2, "amount", "amount_zero")]


def test_files_of_one_batch_are_taken_in_the_order_of_delivery(tenant: Tenant) -> None:
    found = deliver_together(
        tenant,
        {
            "z.csv": (file(FIRST), "reject"),
            "m.csv": (file(FIRST, "2024-03-02,Acme,5.00,,,B,"), "reject"),
            "a.csv": (file(DIFFERENT["amount"]), "reject"),
        },
    )
    assert {name: counts(load) for name, load in found.items()} == {
        "z.csv": ("ACCEPTED", 1, 0, 0),
        "m.csv": ("ACCEPTED", 1, 1, 0),
        "a.csv": ("REJECTED", 0, 0, 1),
    }


def test_a_rejected_file_holds_no_id(tenant: Tenant) -> None:
    """Two is rejected for its clash with one, so what only two has under C is free for three."""
    found = deliver_together(
        tenant,
        {
            "bad.csv": (file("2024-03-01,Acme,1.00,,,B,", "2024-03-01,,1.00,,,X,"), "reject"),
            "one.csv": (file("2024-03-01,Acme,2.00,,,B,"), "reject"),
            "two.csv": (file("2024-03-01,Acme,3.00,,,B,", "2024-03-01,Acme,3.00,,,C,"), "reject"),
            "three.csv": (file("2024-03-01,Acme,4.00,,,C,"), "reject"),
            "four.csv": (file("2024-03-01,Acme,3.00,,,C,", "2024-03-01,Acme,9.00,,,D,"), "quarantine"),
        },
    )
    assert {name: counts(load) for name, load in found.items()} == {
        "bad.csv": ("REJECTED", 0, 0, 1),
        "one.csv": ("ACCEPTED", 1, 0, 0),
        "two.csv": ("REJECTED", 0, 0, 1),
        "three.csv": ("ACCEPTED", 1, 0, 0),
        "four.csv": ("ACCEPTED", 1, 0, 1),
    }


def test_files_are_rejected_in_order() -> None:
    claims = [(0, 1, 10), (1, 1, 11), (1, 2, 20), (2, 2, 21), (3, 2, 20), (4, 2, 22), (5, 2, 21)]
    assert rejected_in_order(claims, strict={0, 1, 2, 3, 5}) == {1, 3}


def random_files(seed: int, number: int, ids: str) -> dict[str, tuple[str, str]]:
    """Small files over few ids, so that they clash; name → content, on_invalid."""
    draw = random.Random(seed)

    def line() -> str:
        amount = draw.choice(("1.00", "1.00", "2.00", "0"))
        return f"2024-03-01,Acme,{amount},,,{draw.choice(ids)},{draw.choice(('', 'x'))}"

    return {
        f"{place:02}.csv": (file(*(line() for _ in range(draw.randint(1, 4))), f"2024-03-02,V{place},1.00,,,,"), mode)
        for place, mode in enumerate(draw.choices(("reject", "quarantine"), k=number))
    }


def expected_of(files: dict[str, tuple[str, str]]) -> dict[str, tuple[str, int, int, int]]:
    """The rule said once more, file by file and row by row."""
    held: dict[tuple[str, str], str] = {}
    outcomes = {}
    for name, (content, mode) in files.items():
        holding = dict(held)
        fates = []
        for line in content.splitlines()[1:]:
            *_, amount, _, _, external_id, account = line.split(",")
            if amount == "0":
                fates.append("rejected")
            elif not external_id:
                fates.append("accepted")
            elif (account, external_id) not in holding:
                holding[account, external_id] = amount
                fates.append("accepted")
            else:
                fates.append("skipped" if holding[account, external_id] == amount else "rejected")
        accepted, skipped, rejected = (fates.count(fate) for fate in ("accepted", "skipped", "rejected"))
        if rejected and mode == "reject":
            outcomes[name] = ("REJECTED", 0, skipped, rejected)
        else:
            held = holding
            outcomes[name] = ("ACCEPTED", accepted, skipped, rejected)
    return outcomes


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4))
def test_a_batch_is_judged_as_file_by_file(tenant: Tenant, seed: int) -> None:
    files = random_files(seed, number=40, ids="ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    assert {name: counts(load) for name, load in deliver_together(tenant, files).items()} == expected_of(files)


@pytest.mark.slow
def test_files_together_give_what_they_give_one_after_the_other(new_tenant: Callable[[], Tenant]) -> None:
    files = random_files(7, number=6, ids="ABC")
    together, singly = new_tenant(), new_tenant()
    at_once = {name: counts(load) for name, load in deliver_together(together, files).items()}
    one_by_one = {
        name: counts(singly.deliver(content, name=name, on_invalid=mode)) for name, (content, mode) in files.items()
    }
    assert at_once == one_by_one
    assert ledger(together) == ledger(singly)


@pytest.mark.slow
def test_two_imports_at_once_accept_an_id_once(home: Home, tenant: Tenant, tmp_path: Path) -> None:
    """Each thread is a process of its own to the stores: a home, a worker, a lake connection."""

    def deliver(number: int) -> tuple[str, int | None, int | None, int | None]:
        path = tmp_path / f"at-once-{number}.csv"
        path.write_text(file(FIRST, f"2024-03-02,Acme,{number}.50,,,unique-{number},"))
        own = Home(home.settings)
        (receipt,) = receive(own, [path], tenant.slug, ImportOptions(), TESTER)
        import_these(own, TESTER, [receipt.load_id])
        own.close()
        return counts(tenant.load(receipt.load_id))

    with ThreadPoolExecutor(3) as pool:
        outcomes = sorted(pool.map(deliver, range(1, 4)))
    assert outcomes == [("ACCEPTED", 1, 1, 0), ("ACCEPTED", 1, 1, 0), ("ACCEPTED", 2, 0, 0)]
    assert len(ledger(tenant)) == 4


@pytest.mark.slow
def test_a_batch_is_judged_again_when_the_ledger_moved_meanwhile(
    tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While the batch is judged, another process commits a row under the same id."""
    with another_imports(tenant, monkeypatch, file(FIRST)) as judgements:
        load = tenant.deliver(file(FIRST, "2024-03-02,Acme,5.00,,,B,"))
    assert counts(load) == ("ACCEPTED", 1, 1, 0)
    assert len(judgements) == 2
    assert len(ledger(tenant)) == 2


def as_a_crash_leaves_it(tenant: Tenant, load: LoadRow) -> None:
    """A process killed between the two commits: the lake has the rows, the registry does not know."""
    with tenant.home.database.transaction() as connection:
        connection.execute(
            text("UPDATE loads SET status = 'RECEIVED', finished_at = NULL WHERE id = :id"), {"id": load.id}
        )


def test_a_load_written_before_a_crash_has_its_own_ids(tenant: Tenant) -> None:
    load = tenant.deliver(file(FIRST, FIRST, "2024-03-02,Acme,5.00,,,B,"))
    assert counts(load) == ("ACCEPTED", 2, 1, 0)
    as_a_crash_leaves_it(tenant, load)
    import_these(tenant.home, TESTER, [load.id])
    again = tenant.load(load.id)
    assert counts(again) == counts(load)
    assert again.attempts == load.attempts + 1
    assert len(ledger(tenant)) == 2
    assert [row[0] for row in skipped_rows(tenant, again)] == [3]


def test_a_load_written_before_a_crash_is_not_closed_otherwise(tenant: Tenant) -> None:
    """The profile it was read with is another one by now: the ledger and the registry would disagree."""
    profile = tenant.home.settings.profiles / f"{tenant.slug}.toml"
    profile.parent.mkdir(exist_ok=True)
    profile.write_text('[columns]\ndate = "day"\nvendor = "who"\namount = "sum"\n')
    load = tenant.deliver("day,who,sum\n2024-03-01,Acme,1.00\n")
    as_a_crash_leaves_it(tenant, load)
    profile.unlink()
    import_these(tenant.home, TESTER, [load.id])
    failed = tenant.load(load.id)
    assert failed.status is LoadStatus.FAILED
    assert failed.error is not None
    assert "put 1 of its rows into the ledger, and now 0" in failed.error


def test_a_file_delivered_again_loses_its_old_bad_rows(tenant: Tenant) -> None:
    profile = tenant.folder / "skip.toml"
    profile.write_text('[columns]\ndate = "date"\nvendor = "vendor"\namount = "amount"\n[amounts]\nzero = "skip"\n')
    content = "date,vendor,amount\n2024-03-01,Acme,0\n2024-03-01,Acme,1.00\n"
    rejected = tenant.deliver(content)
    assert (rejected.rows, rejected.rules) == (2, {"amount_zero": 1})
    assert len(tenant.bad_rows(rejected)) == 1
    again = tenant.deliver(content, profile=str(profile))
    assert counts(again) == ("ACCEPTED", 1, 1, 0)
    assert tenant.bad_rows(again) == []
