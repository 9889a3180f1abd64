"""Loads that look like a re-export, on a real database and lake: held, released, rejected; judged in bulk as one after the other."""

import random
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from ledgerwatch_pipeline.home import Home
from ledgerwatch_pipeline.importing.decide import overlap
from ledgerwatch_pipeline.importing.decide.judged_ledger import Contender
from ledgerwatch_pipeline.importing.decide.overlap import in_order
from ledgerwatch_pipeline.importing.dry_run import dry_run_files
from ledgerwatch_pipeline.importing.receive.files import receive
from ledgerwatch_pipeline.model.audit import Subject, SubjectType
from ledgerwatch_pipeline.model.errors import ConflictError, UnknownThingError, UsageError
from ledgerwatch_pipeline.model.load import ImportOptions, LoadRow, LoadStatus, OnInvalid, OnOverlap
from ledgerwatch_pipeline.model.row_issue import IssueKind
from ledgerwatch_pipeline.pipeline.close import close_loads
from ledgerwatch_pipeline.pipeline.held import reject_load, release_load
from ledgerwatch_pipeline.sql import sql_text
from ledgerwatch_pipeline.stores.postgres import audit, loads
from ledgerwatch_tests.conftest import TESTER, Tenant
from ledgerwatch_tests.meanwhile import another_imports
from ledgerwatch_tests.steps import import_these

HEADER = "date,vendor,amount,type,description\n"
Rows = Sequence[str]
Row = tuple[Any, ...]


def lines(first: int, count: int, *, vendor: str = "Acme") -> list[str]:
    """That many payments, each another one, from the number ``first`` on."""
    return [f"2024-03-{n % 28 + 1:02},{vendor} {n},{n}.50,expense,row {n}" for n in range(first, first + count)]


def file(rows: Iterable[str]) -> str:
    return HEADER + "".join(f"{row}\n" for row in rows)


def deliver(tenant: Tenant, rows: Iterable[str], on_overlap: str = "hold", name: str | None = None) -> LoadRow:
    (found,) = deliver_together(tenant, [(file(rows), on_overlap, name)])
    return found


def deliver_together(tenant: Tenant, files: Sequence[tuple[str, str, str | None]]) -> list[LoadRow]:
    """Deliver files (content, on_overlap, name), then import them as one batch."""
    ids = []
    for content, on_overlap, name in files:
        options = ImportOptions(OnInvalid.REJECT, None, OnOverlap(on_overlap))
        (receipt,) = receive(tenant.home, [tenant.write(content, name)], tenant.slug, options, TESTER)
        ids.append(receipt.load_id)
    import_these(tenant.home, TESTER, ids)
    return [tenant.load(each) for each in ids]


def counts(load: LoadRow) -> tuple[str, int | None, int | None]:
    return load.status, load.accepted, load.skipped


def ledger(tenant: Tenant) -> Counter[Row]:
    """What the ledger has of it, as a multiset."""
    return Counter(
        tenant.home.lake.con.execute(
            "SELECT CAST(date AS VARCHAR), vendor_key, CAST(amount AS DECIMAL(12, 2)), type FROM lake.transactions"
            " WHERE organization_id = $1",
            [tenant.id],
        ).fetchall()
    )


def multiset(rows: Iterable[str]) -> Counter[Row]:
    parts = (row.split(",") for row in rows)
    return Counter((date, vendor.lower(), Decimal(amount), kind) for date, vendor, amount, kind, *_ in parts)


def events(tenant: Tenant, load: LoadRow) -> list[tuple[str, str, dict[str, Any]]]:
    with tenant.home.database.transaction() as connection:
        found = audit.history(connection, Subject(SubjectType.LOAD, str(load.id)), TESTER)
    return [(each.event_type, each.actor, dict(each.metadata)) for each in found]


def test_a_file_of_which_half_is_in_the_ledger_is_held_and_nothing_of_it_gets_there(tenant: Tenant) -> None:
    first = deliver(tenant, lines(0, 40), name="first.csv")
    held = deliver(tenant, lines(20, 40), name="second.csv")
    assert (held.status, held.rows, held.accepted, held.months, held.expense) == ("HELD", 40, 0, (), Decimal(0))
    assert held.finished_at is not None
    assert ledger(tenant) == multiset(lines(0, 40))
    assert held.reason == (
        f"20 of its 40 rows equal rows that {tenant.slug} has already: 20 of first.csv (load {str(first.id)[:18]})"
    )
    assert held.overlap is not None
    assert (held.overlap.rows, held.overlap.equal) == (40, 20)
    assert [(each.load_id, each.file, each.rows) for each in held.overlap.loads] == [(first.id, "first.csv", 20)]
    example = held.overlap.examples[0]
    assert (example.own.row, example.own.vendor, example.other.row, example.other.vendor) == (
        2,
        "Acme 20",
        22,
        "Acme 20",
    )
    assert (example.load_id, example.amount, str(example.date)) == (first.id, Decimal("20.50"), "2024-03-21")
    assert len(held.overlap.examples) == 5
    (_, _, told) = events(tenant, held)[-1]
    assert [kind for kind, _, _ in events(tenant, held)] == ["LOAD_RECEIVED", "LOAD_HELD"]
    assert (told["rows"], told["equal"], told["equal_to"]) == (40, 20, {str(first.id): 20})


@pytest.mark.parametrize(
    ("in_common", "of", "status"),
    [(20, 40, "HELD"), (20, 41, "ACCEPTED"), (19, 38, "ACCEPTED"), (19, 19, "ACCEPTED"), (20, 20, "HELD")],
)
def test_it_takes_twenty_rows_and_half_of_all(tenant: Tenant, in_common: int, of: int, status: str) -> None:
    deliver(tenant, lines(0, 60))
    assert deliver(tenant, lines(60 - in_common, of)).status == status


@pytest.mark.slow
@pytest.mark.parametrize(
    ("change", "status"),
    [
        (lambda row: row.replace("Acme", "  ACME "), "HELD"),
        (lambda row: row.replace("row", "another text"), "HELD"),
        (lambda row: row.replace("2024-03", "2024-04"), "ACCEPTED"),
        (lambda row: row.replace("Acme", "Other"), "ACCEPTED"),
        (lambda row: row.replace(".50", ".51"), "ACCEPTED"),
        (lambda row: row.replace("expense", "refund"), "ACCEPTED"),
    ],
)
def test_rows_are_equal_in_date_vendor_by_key_amount_and_type(
    tenant: Tenant, change: Callable[[str], str], status: str
) -> None:
    deliver(tenant, lines(0, 30))
    assert deliver(tenant, map(change, lines(0, 30))).status == status


def test_rows_are_counted_and_genuine_repeats_are_kept(tenant: Tenant) -> None:
    once = lines(0, 30)
    twice = [*once, *once]
    assert counts(deliver(tenant, twice)) == ("ACCEPTED", 60, 0)  # a payment made twice is what this product finds
    thrice = deliver(tenant, [*once, *once, *once], "skip")
    assert counts(thrice) == ("ACCEPTED", 30, 60)
    assert ledger(tenant) == multiset([*once, *once, *once])


def test_other_organizations_are_of_no_concern(new_tenant: Callable[[], Tenant]) -> None:
    deliver(new_tenant(), lines(0, 40))
    assert deliver(new_tenant(), lines(0, 40)[1:]).status == "ACCEPTED"


@pytest.mark.parametrize("how", ["skip", "keep"])
def test_release_gives_the_union_or_the_sum_and_audits_it(tenant: Tenant, how: str) -> None:
    first, second = lines(0, 40), [*lines(20, 38), *lines(56, 2)]
    deliver(tenant, first, name="first.csv")
    held = deliver(tenant, second)
    assert held.status == "HELD"
    with pytest.raises(UsageError, match="say why"):
        release_load(tenant.home, str(held.id), OnOverlap(how), "  ", TESTER)
    waiting = release_load(tenant.home, str(held.id), OnOverlap(how), "looked at it", TESTER)
    assert (waiting.status, waiting.options.on_overlap, waiting.released_by) == ("RECEIVED", how, "test")
    assert ledger(tenant) == multiset(first)
    import_these(tenant.home, TESTER, [held.id])
    now = tenant.load(held.id)
    expected = multiset(first) | multiset(second) if how == "skip" else multiset(first) + multiset(second)
    assert ledger(tenant) == expected
    assert counts(now) == ("ACCEPTED", *((20, 20) if how == "skip" else (40, 0)))
    assert (now.overlap, now.released_note) == (None, "looked at it")
    kinds = [kind for kind, _, _ in events(tenant, now)]
    assert kinds == ["LOAD_RECEIVED", "LOAD_HELD", "LOAD_RELEASED", "TRANSACTIONS_IMPORTED"]
    _, actor, told = events(tenant, now)[2]
    assert (actor, told["on_overlap"], told["reason"], told["equal"]) == ("test", how, "looked at it", 20)
    with pytest.raises(ConflictError, match="is ACCEPTED .released by test with"):
        release_load(tenant.home, str(held.id), OnOverlap.KEEP, "again", TESTER)


def test_skipped_rows_are_listed_with_the_row_that_each_equals(tenant: Tenant) -> None:
    first = deliver(tenant, lines(0, 40))
    now = deliver(tenant, lines(38, 4), "skip")
    assert counts(now) == ("ACCEPTED", 2, 2)
    issues = tenant.issues(now, IssueKind.SKIPPED)
    assert [(each.row, each.rule) for each in issues] == [(2, "row_known"), (3, "row_known")]
    assert issues[0].message == f"the ledger has this transaction already: row 40 of load {first.id}"
    assert now.expense == Decimal("82.00")


def test_keep_takes_everything_at_once(tenant: Tenant) -> None:
    deliver(tenant, lines(0, 40))
    assert counts(deliver(tenant, lines(0, 39), "keep")) == ("ACCEPTED", 39, 0)


def test_reject_closes_it_and_the_same_bytes_may_come_again(tenant: Tenant) -> None:
    deliver(tenant, lines(0, 40))
    held = deliver(tenant, lines(1, 39), name="again.csv")
    done = reject_load(tenant.home, str(held.id), "sent twice", TESTER)
    assert (done.status, done.closed_by, done.closed_note) == ("REJECTED", "test", "sent twice")
    assert done.reason == "held, and rejected by test: sent twice"
    assert events(tenant, done)[-1][0] == "LOAD_REJECTED"
    with pytest.raises(ConflictError, match="is REJECTED .closed by test.; only a load that is HELD can be rejected"):
        reject_load(tenant.home, str(held.id), "twice", TESTER)
    assert deliver(tenant, lines(1, 39), name="again.csv").status == "HELD"


def test_what_is_not_held_or_not_there(tenant: Tenant) -> None:
    load = deliver(tenant, lines(0, 3))
    with pytest.raises(ConflictError, match="is ACCEPTED; only a load that is HELD can be released"):
        release_load(tenant.home, str(load.id), OnOverlap.SKIP, "why", TESTER)
    with pytest.raises(UnknownThingError):
        release_load(tenant.home, "ffffffff-ffff", OnOverlap.SKIP, "why", TESTER)
    with pytest.raises(UsageError, match="skip or keep"):
        release_load(tenant.home, str(load.id), OnOverlap.HOLD, "why", TESTER)


def test_the_same_bytes_again_while_it_is_held_change_nothing(tenant: Tenant) -> None:
    deliver(tenant, lines(0, 40))
    held = deliver(tenant, lines(0, 39), name="again.csv")
    options = ImportOptions(OnInvalid.REJECT, None, OnOverlap.KEEP)
    (receipt,) = receive(tenant.home, [tenant.write(file(lines(0, 39)), "other.csv")], tenant.slug, options, TESTER)
    assert (receipt.new, receipt.first_file, receipt.first_status) == (False, "again.csv", LoadStatus.HELD)
    assert tenant.load(held.id) == held
    with pytest.raises(ConflictError, match="is HELD"):
        close_loads(tenant.home, [str(held.id)], None, TESTER)


def test_of_two_files_of_one_batch_the_later_one_is_held(tenant: Tenant) -> None:
    first, second, third = deliver_together(
        tenant,
        [
            (file(lines(0, 40)), "hold", "a.csv"),
            (file(lines(0, 39)), "hold", "b.csv"),
            (file(lines(30, 40)), "hold", "c.csv"),
        ],
    )
    assert [first.status, second.status, third.status] == ["ACCEPTED", "HELD", "ACCEPTED"]
    assert second.overlap is not None
    assert [(each.file, each.rows) for each in second.overlap.loads] == [("a.csv", 39)]
    assert [each.other.row for each in second.overlap.examples] == [2, 3, 4, 5, 6]


def test_a_rejected_or_held_file_is_not_there_for_those_that_follow(tenant: Tenant) -> None:
    deliver(tenant, lines(0, 20))
    held, bad, good = deliver_together(
        tenant,
        [
            (file(lines(0, 40)), "hold", "held.csv"),
            (file([*lines(60, 20), "2024-03-01,,1,expense,"]), "hold", "bad.csv"),
            (file([*lines(20, 20), *lines(60, 20)]), "hold", "good.csv"),
        ],
    )
    assert [held.status, bad.status, good.status] == ["HELD", "REJECTED", "ACCEPTED"]


def test_an_id_that_only_a_held_file_brings_is_not_known(tenant: Tenant) -> None:
    """Its rows are not in the ledger, so the ids of a later file of the batch are judged without it."""
    deliver(tenant, lines(0, 40))
    with_ids = "date,vendor,amount,type,description,external_id\n" + "".join(
        f"{row},id-{number}\n" for number, row in enumerate(lines(0, 30))
    )
    after = "date,vendor,amount,type,description,external_id\n2024-03-01,Acme 0,0.50,expense,row 0,id-0\n"
    held, later = deliver_together(tenant, [(with_ids, "hold", "a.csv"), (after, "hold", "b.csv")])
    assert [counts(held), counts(later)] == [("HELD", 0, 0), ("ACCEPTED", 1, 0)]


def random_files(seed: int, number: int) -> list[tuple[list[str], str]]:
    """Files of few different rows, so that they overlap: rows and on_overlap."""
    draw = random.Random(seed)
    few = lines(0, 60)
    return [
        (
            draw.choices(few, k=draw.randint(15, 70)) + lines(1000 * place, draw.randint(0, 30)),
            draw.choice(("hold", "hold", "skip", "keep")),
        )
        for place in range(1, number + 1)
    ]


def expected_of(files: Sequence[tuple[list[str], str]]) -> tuple[list[tuple[str, int, int]], Counter[Row]]:
    """The rule said once more, file by file and row by row."""
    there: Counter[Row] = Counter()
    outcomes = []
    for rows, on_overlap in files:
        own = multiset(rows)
        equal = (own & there).total()
        if on_overlap == "hold" and equal >= 20 and 2 * equal >= own.total():
            outcomes.append(("HELD", 0, 0))
        elif on_overlap == "skip":
            outcomes.append(("ACCEPTED", own.total() - equal, equal))
            there |= own
        else:
            outcomes.append(("ACCEPTED", own.total(), 0))
            there += own
    return outcomes, there


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_a_batch_is_judged_as_file_by_file(tenant: Tenant, seed: int) -> None:
    files = random_files(seed, number=25)
    found = deliver_together(tenant, [(file(rows), how, f"{n:02}.csv") for n, (rows, how) in enumerate(files)])
    outcomes, there = expected_of(files)
    assert [counts(each) for each in found] == outcomes
    assert ledger(tenant) == there
    for load in found:
        assert len(tenant.issues(load, IssueKind.SKIPPED)) == load.skipped
        if load.overlap is not None:
            assert sum(each.rows for each in load.overlap.loads) == load.overlap.equal


@pytest.mark.slow
def test_one_after_the_other_gives_the_same(tenant: Tenant) -> None:
    files = random_files(11, number=10)
    assert [counts(deliver(tenant, rows, how, f"{n:02}.csv")) for n, (rows, how) in enumerate(files)] == expected_of(
        files
    )[0]


@pytest.mark.slow
def test_many_organizations_at_once(new_tenant: Callable[[], Tenant]) -> None:
    tenants = [new_tenant() for _ in range(12)]
    again = tenants[::3]
    for each in tenants:
        receive(each.home, [each.write(file(lines(0, 40)), "first.csv")], each.slug, ImportOptions(), TESTER)
    import_these(tenants[0].home, TESTER, [])
    receipts = [
        receive(
            each.home,
            [each.write(file(lines(0 if each in again else 100, 30)), "second.csv")],
            each.slug,
            ImportOptions(),
            TESTER,
        )[0]
        for each in tenants
    ]
    import_these(tenants[0].home, TESTER, [each.load_id for each in receipts])
    for each, receipt in zip(tenants, receipts, strict=True):
        assert each.load(receipt.load_id).status == ("HELD" if each in again else "ACCEPTED")
        assert ledger(each).total() == (40 if each in again else 70)


@pytest.mark.slow
def test_three_imports_at_once_accept_the_rows_once(home: Home, tenant: Tenant, tmp_path: Path) -> None:
    """Each thread is a process of its own to the stores: a home, a worker, a lake connection."""

    def deliver_alone(number: int) -> str:
        path = tmp_path / f"at-once-{number}.csv"
        path.write_text(file([*lines(0, 40), f"2024-03-01,Only {number},1.00,expense,"]))
        own = Home(home.settings)
        (receipt,) = receive(own, [path], tenant.slug, ImportOptions(), TESTER)
        import_these(own, TESTER, [receipt.load_id])
        own.close()
        return tenant.load(receipt.load_id).status

    with ThreadPoolExecutor(3) as pool:
        assert sorted(pool.map(deliver_alone, range(1, 4))) == ["ACCEPTED", "HELD", "HELD"]
    assert ledger(tenant).total() == 41


@pytest.mark.slow
@pytest.mark.parametrize(("others", "times"), [(lines(0, 40), 2), (lines(0, 5), 1), (lines(500, 40), 2)])
def test_a_batch_is_judged_again_only_when_what_came_meanwhile_may_matter(
    tenant: Tenant, monkeypatch: pytest.MonkeyPatch, others: list[str], times: int
) -> None:
    """While the batch is judged, another process commits rows of the same month: equal ones, too few, or others."""
    with another_imports(tenant, monkeypatch, file(others)) as judgements:
        load = deliver(tenant, lines(0, 39))
    assert len(judgements) == times
    assert load.status == ("HELD" if others == lines(0, 40) else "ACCEPTED")


def as_a_crash_leaves_it(tenant: Tenant, load: LoadRow) -> None:
    """A process killed between the two commits: the lake has the rows, the registry does not know."""
    with tenant.home.database.transaction() as connection:
        connection.execute(
            text("UPDATE loads SET status = 'RECEIVED', finished_at = NULL WHERE id = :id"), {"id": load.id}
        )


@pytest.mark.parametrize("how", ["skip", "keep", "hold"])
def test_a_load_written_before_a_crash_is_closed_as_it_was(tenant: Tenant, how: str) -> None:
    deliver(tenant, lines(0, 40))
    own = lines(20, 40) if how != "hold" else lines(30, 40)
    load = deliver(tenant, own, how)
    as_a_crash_leaves_it(tenant, load)
    deliver(tenant, lines(55, 40), "keep")  # has been imported meanwhile
    import_these(tenant.home, TESTER, [load.id])
    again = tenant.load(load.id)
    assert counts(again) == counts(load)
    assert again.expense == load.expense


def test_a_dry_run_says_that_it_would_be_held(tenant: Tenant) -> None:
    deliver(tenant, lines(0, 40), name="first.csv")
    path = tenant.write(file(lines(0, 39)), "again.csv")
    (held,) = dry_run_files(tenant.home, [path], tenant.slug, ImportOptions(), TESTER)
    assert (held.load.status, held.load.overlap and held.load.overlap.equal) == ("HELD", 39)
    skipping = ImportOptions(on_overlap=OnOverlap.SKIP)
    (skipped,) = dry_run_files(tenant.home, [path], tenant.slug, skipping, TESTER)
    assert counts(skipped.load) == ("ACCEPTED", 0, 39)
    assert skipped.report.by_rule(IssueKind.SKIPPED) == {"row_known": 39}
    assert (len(skipped.report.of_kind(IssueKind.SKIPPED)), skipped.report.not_listed(IssueKind.SKIPPED)) == (20, 19)
    with tenant.home.database.transaction() as connection:
        assert loads.by_ids(connection, [held.load.id]) == {}


def test_the_ledger_is_read_only_where_counts_leave_an_overlap_possible(
    tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = []

    def reading(name: str, **fragments: str) -> str:
        if "ledger" in fragments:
            read.append(name)
        return sql_text(name, **fragments)

    monkeypatch.setattr(overlap, "sql_text", reading)
    deliver(tenant, lines(0, 40))
    deliver(tenant, [row.replace("2024-03", "2024-05") for row in lines(0, 40)])
    deliver(tenant, lines(0, 19))
    assert read == []
    deliver(tenant, [row.replace("Acme", "Other") for row in lines(0, 40)])
    assert read == ["importing/overlap_contested"]


def test_loads_are_judged_in_order() -> None:
    one = UUID(int=1)
    contenders = [
        Contender(n, one, how, 40, {}) for n, how in enumerate([OnOverlap.HOLD, OnOverlap.HOLD, OnOverlap.SKIP])
    ]
    shared = [(0, 7, 40, 0), (1, 7, 40, 0), (2, 7, 50, 0)]
    found, before = in_order(contenders, {}, shared)
    assert (set(found.held), set(found.skipping)) == ({1}, {2})
    assert [each.equal for each in found.contenders] == [0, 40, 40]
    assert before == [(0, 7, 0), (1, 7, 40), (2, 7, 40)]
