"""What a change asks for: by analyzer and organization the months it touches and those it reaches, and no others."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from ledgerwatch_pipeline.analysis import plan
from ledgerwatch_pipeline.analysis.analyzers.duplicate import DUPLICATE
from ledgerwatch_pipeline.analysis.analyzers.large_transaction import LARGE_TRANSACTION
from ledgerwatch_pipeline.analysis.parameters import reset_parameters, set_parameters
from ledgerwatch_pipeline.home import Home
from ledgerwatch_pipeline.importing.receive.files import receive
from ledgerwatch_pipeline.model.load import ImportOptions
from ledgerwatch_pipeline.model.month import Month, MonthRange
from ledgerwatch_pipeline.model.organization import Organization
from ledgerwatch_pipeline.model.run import ScopeRow
from ledgerwatch_pipeline.model.work import CASES, Cause, LedgerChange, NewWork
from ledgerwatch_pipeline.pipeline import analyses
from ledgerwatch_pipeline.ranking.settings import change
from ledgerwatch_pipeline.stores.postgres import organizations, runs, work
from ledgerwatch_pipeline.stores.postgres.runs import RangeResult, StartedRun
from ledgerwatch_tests.conftest import TESTER
from ledgerwatch_tests.databases import fresh_home
from ledgerwatch_tests.steps import analyse_due, import_these

MONITORED = MonthRange(Month(2020, 1), Month(2024, 12))
BOTH = (LARGE_TRANSACTION, DUPLICATE)


@pytest.fixture
def fresh(home: Home, tmp_path: Path) -> Iterator[Home]:
    """A home of its own on the tests' server, with nothing due."""
    with fresh_home(home, tmp_path / "h", MONITORED.first) as opened:
        yield opened


def add(home: Home, slug: str) -> UUID:
    organization = Organization(uuid4(), slug, slug)
    with home.database.transaction() as connection:
        organizations.add(connection, organization, TESTER)
    return organization.id


def deliver(home: Home, slug: str, *months: str) -> None:
    """A file with a row in each of these months."""
    file = home.settings.home / f"{slug}-{'-'.join(months)}.csv"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("\n".join(["date,vendor,amount", *(f"{month}-05,Acme,10.00" for month in months)]))
    (receipt,) = receive(home, [file], slug, ImportOptions(), TESTER)
    import_these(home, TESTER, [receipt.load_id])


def due(home: Home) -> list[tuple[str, str, str, str]]:
    with home.database.transaction() as connection:
        items = work.pending(connection)
    return sorted((each.organization, each.analyzer, str(each.months), each.cause.value) for each in items)


def planned(home: Home, organization_id: UUID, *months: str) -> set[tuple[str, str]]:
    """What the analyzers are asked for; the ranking behind them: ``ranked``."""
    return {each for each in _planned(home, organization_id, *months) if each[0] != CASES}


def ranked(home: Home, organization_id: UUID, *months: str) -> set[str]:
    """Which months are ranked again."""
    return {each[1] for each in _planned(home, organization_id, *months) if each[0] == CASES}


def _planned(home: Home, organization_id: UUID, *months: str) -> set[tuple[str, str]]:
    change = LedgerChange(organization_id, [Month.parse(month).first_day for month in months])
    with home.database.transaction() as connection:
        found = plan.work_for_changes(connection, BOTH, MONITORED, [change])
    assert {each.organization_id for each in found} <= {organization_id}
    assert {each.cause for each in found} <= {Cause.LOAD}
    return {(each.analyzer, str(each.months)) for each in found}


def record(home: Home, organization_id: UUID, months: MonthRange, *analyzers: str, version: int = 1) -> None:
    """These analyzers looked at these months."""
    for analyzer in analyzers:
        scope = [ScopeRow(organization_id, months)]
        run = StartedRun(uuid4(), analyzer, version, scope, {}, None, 1)
        with home.database.transaction() as connection:
            runs.start(connection, run)
            runs.succeed(connection, run, 1, [RangeResult(scope[0], dict.fromkeys(months, 0), ())])


def missing(home: Home, *analyzers: object, ids: list[UUID]) -> list[NewWork]:
    with home.database.transaction() as connection:
        return plan.missing_work(connection, analyzers, MONITORED, ids)  # type: ignore[arg-type]


def test_each_analyzer_is_asked_for_as_far_as_it_reaches(fresh: Home) -> None:
    organization_id = add(fresh, "acme")
    deliver(fresh, "acme", "2022-01", "2024-06")
    assert planned(fresh, organization_id, "2022-01") == {
        ("large_transaction", "2022-01..2022-12"),
        ("duplicate", "2022-01..2022-02"),
    }


def test_nothing_is_asked_for_behind_the_end_of_the_ledger(fresh: Home) -> None:
    organization_id = add(fresh, "acme")
    deliver(fresh, "acme", "2022-01", "2022-03")
    assert planned(fresh, organization_id, "2022-01", "2022-03") == {
        ("large_transaction", "2022-01..2022-03"),
        ("duplicate", "2022-01..2022-03"),
    }


def test_a_change_of_one_organization_asks_for_no_other(fresh: Home) -> None:
    early, late = add(fresh, "early"), add(fresh, "late")
    deliver(fresh, "early", "2021-01", "2021-03")
    deliver(fresh, "late", "2023-01", "2024-06")
    with fresh.database.transaction() as connection:
        changes = [
            LedgerChange(early, [Month(2021, 1).first_day, Month(2021, 3).first_day]),
            LedgerChange(late, [Month(2023, 1).first_day, Month(2024, 6).first_day]),
        ]
        found = plan.work_for_changes(connection, [LARGE_TRANSACTION], MONITORED, changes)
    assert [(each.organization_id, str(each.months)) for each in found if each.analyzer != CASES] == [
        (early, "2021-01..2021-03"),
        (late, "2023-01..2023-12"),
        (late, "2024-06"),
    ]
    assert [(each.organization_id, str(each.months)) for each in found if each.analyzer == CASES] == [
        (early, "2021-01..2021-03"),
        (late, "2023-01..2024-06"),
    ]


def test_cases_are_ranked_again_for_as_long_as_habits_look_back(fresh: Home) -> None:
    organization_id = add(fresh, "acme")
    deliver(fresh, "acme", "2021-01", "2024-06")
    assert ranked(fresh, organization_id, "2021-01") == {"2021-01..2023-01"}
    assert ranked(fresh, organization_id, "2024-01", "2021-05") == {"2021-05..2023-05", "2024-01..2024-06"}
    change(fresh, "acme", {"window": "6"}, TESTER, reset=False)
    assert ranked(fresh, organization_id, "2021-01") == {"2021-01..2021-07"}


def test_a_frozen_list_is_left_as_it_is_once_it_was_made(fresh: Home) -> None:
    organization_id = add(fresh, "acme")
    deliver(fresh, "acme", "2022-01", "2024-06")
    change(fresh, "acme", {"freeze_months": "12"}, TESTER, reset=False)
    assert ranked(fresh, organization_id, "2023-01") == {"2023-01..2024-06"}
    record(fresh, organization_id, MonthRange(Month(2022, 1), Month(2023, 3)), CASES)
    assert ranked(fresh, organization_id, "2023-01") == {"2023-04..2024-06"}


def test_an_organizations_own_window_is_its_reach(fresh: Home) -> None:
    longer, all_of_it, default = add(fresh, "longer"), add(fresh, "all-of-it"), add(fresh, "default")
    for slug in ("longer", "all-of-it", "default"):
        deliver(fresh, slug, "2021-01", "2024-01")
    for slug, months in (("longer", 24), ("all-of-it", 0)):
        set_parameters(fresh, LARGE_TRANSACTION, slug, {"baseline_months": Decimal(months)}, TESTER)
    assert ("large_transaction", "2021-01..2022-12") in planned(fresh, longer, "2021-01")
    assert ("large_transaction", "2021-01..2024-01") in planned(fresh, all_of_it, "2021-01")
    assert ("large_transaction", "2021-01..2021-12") in planned(fresh, default, "2021-01")


def test_months_that_are_not_monitored_are_left_out(fresh: Home) -> None:
    organization_id = add(fresh, "acme")
    deliver(fresh, "acme", "2020-01", "2024-01")
    assert planned(fresh, organization_id, "2010-05") == set()
    assert planned(fresh, organization_id, "2019-11") == {("large_transaction", "2020-01..2020-10")}
    assert planned(fresh, organization_id, "2030-01") == set()


def test_a_new_analyzer_is_asked_for_the_months_it_never_saw(fresh: Home) -> None:
    first, second = add(fresh, "first"), add(fresh, "second")
    deliver(fresh, "first", "2022-01", "2022-04")
    deliver(fresh, "second", "2022-05")
    analyse_due(fresh)
    assert missing(fresh, *BOTH, ids=[first, second]) == []
    new = replace(DUPLICATE, name="brand_new", reach=0)
    assert [
        (each.organization_id, each.analyzer, str(each.months), each.cause)
        for each in missing(fresh, *BOTH, new, ids=[first, second])
    ] == [
        (first, "brand_new", "2022-01", Cause.NEW),
        (first, "brand_new", "2022-04", Cause.NEW),
        (second, "brand_new", "2022-05", Cause.NEW),
    ]
    record(fresh, first, MonthRange(Month(2022, 1), Month(2022, 1)), "brand_new")
    assert [(each.organization_id, str(each.months)) for each in missing(fresh, new, ids=[first, second])] == [
        (first, "2022-04"),
        (second, "2022-05"),
    ]


def test_a_new_version_is_asked_for_the_months_that_an_older_one_saw(fresh: Home) -> None:
    organization_id = add(fresh, "acme")
    deliver(fresh, "acme", "2022-01", "2022-02", "2022-03")
    analyse_due(fresh)
    newer = replace(DUPLICATE, version=DUPLICATE.version + 1)
    assert [
        (str(each.months), each.cause) for each in missing(fresh, LARGE_TRANSACTION, newer, ids=[organization_id])
    ] == [("2022-01..2022-03", Cause.VERSION)]
    record(fresh, organization_id, MonthRange(Month(2022, 2), Month(2022, 2)), "duplicate", version=newer.version)
    assert [str(each.months) for each in missing(fresh, newer, ids=[organization_id])] == ["2022-01", "2022-03"]


def test_what_is_in_the_queue_or_has_failed_is_not_asked_for_again(fresh: Home) -> None:
    organization_id = add(fresh, "acme")
    deliver(fresh, "acme", "2022-01", "2022-02")
    assert missing(fresh, *BOTH, ids=[organization_id]) == []  # the import asked for it
    with fresh.database.transaction() as connection:
        work.fail_unknown(connection, [], "failed")
    assert missing(fresh, *BOTH, ids=[organization_id]) == []


def test_what_was_given_up_is_asked_for_again_when_its_analyzer_comes_back(fresh: Home) -> None:
    organization_id = add(fresh, "acme")
    deliver(fresh, "acme", "2022-01", "2022-02")
    gone = replace(DUPLICATE, name="gone", reach=0)
    record(fresh, organization_id, MonthRange(Month(2022, 1), Month(2022, 2)), "gone", version=gone.version)
    assert missing(fresh, gone, ids=[organization_id]) == []
    with fresh.database.transaction() as connection:
        changed = MonthRange(Month(2022, 2), Month(2022, 2))
        work.enqueue(connection, [NewWork(organization_id, "gone", changed, Cause.LOAD)], "eve")
        work.fail_unknown(connection, ["duplicate", "large_transaction"], "not known")
        known = [CASES, "duplicate", "large_transaction", "burn_rate", "vendor_spike", "budget_threshold"]
        assert [each.analyzer for each in work.give_up(connection, [organization_id], known)] == ["gone"]
    assert [str(each.months) for each in missing(fresh, gone, ids=[organization_id])] == ["2022-02"]


def test_a_parameter_asks_for_its_analyzer_and_organization_alone(fresh: Home) -> None:
    for slug in ("acme", "other"):
        add(fresh, slug)
        deliver(fresh, slug, "2022-01", "2022-02")
    analyse_due(fresh)
    assert due(fresh) == []
    set_parameters(fresh, LARGE_TRANSACTION, "acme", {"floor": Decimal(5)}, TESTER)
    assert due(fresh) == [("acme", "large_transaction", "2022-01..2022-02", "parameters")]
    analyse_due(fresh)
    set_parameters(fresh, LARGE_TRANSACTION, "acme", {"floor": Decimal(5)}, TESTER)  # as it is already
    assert due(fresh) == []
    reset_parameters(fresh, LARGE_TRANSACTION, "acme", TESTER)
    assert due(fresh) == [("acme", "large_transaction", "2022-01..2022-02", "parameters")]


def test_a_parameter_asks_for_no_month_that_is_not_monitored(fresh: Home) -> None:
    add(fresh, "acme")
    deliver(fresh, "acme", "2020-01", "2022-01")
    analyse_due(fresh)
    later = Home(replace(fresh.settings, first_month=Month(2021, 1)))
    change = set_parameters(later, LARGE_TRANSACTION, "acme", {"floor": Decimal(5)}, TESTER)
    later.close()
    assert change.months_due == 1
    assert due(fresh) == [("acme", "large_transaction", "2022-01", "parameters")]


@pytest.mark.slow
def test_what_became_due_before_the_first_month_was_moved_stops_nobody(fresh: Home) -> None:
    for slug, month in (("early", "2020-02"), ("both", "2020-12"), ("late", "2022-01")):
        add(fresh, slug)
        deliver(fresh, slug, month)
    deliver(fresh, "both", "2021-01")
    later = Home(replace(fresh.settings, first_month=Month(2021, 1)))
    assert all(each.months.first >= Month(2021, 1) for each in analyses.due(later))
    report = analyse_due(later)
    with later.database.transaction() as connection:
        analysed = runs.analysed_months(connection, "duplicate")
        slugs = {each.id: each.slug for each in organizations.list_all(connection, TESTER)}
    later.close()
    assert report.failures == []
    assert {slugs[each]: sorted(map(str, months)) for each, months in analysed.items()} == {
        "both": ["2021-01"],
        "late": ["2022-01"],
    }
    analyse_due(fresh)  # the first month is moved back: what was left out is not forgotten
    with fresh.database.transaction() as connection:
        assert sorted(
            map(str, runs.analysed_months(connection, "duplicate")[next(e for e in slugs if slugs[e] == "early")])
        ) == ["2020-02"]


def test_monitored_is_up_to_the_month_of_tomorrow(fresh: Home) -> None:
    assert fresh.settings.monitored.first == MONITORED.first
    assert fresh.settings.monitored.last >= Month.of(datetime.now(UTC).date())
