"""Thresholds in a home: kept, recorded, and the months they cover judged again, through to the alerts."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

import pytest
from sqlalchemy import exc

from ledgerwatch_pipeline.access.principal import Principal, Role
from ledgerwatch_pipeline.analysis import thresholds as use_case
from ledgerwatch_pipeline.analysis.thresholds import ThresholdFields
from ledgerwatch_pipeline.model.alert import AlertStatus, Outcome
from ledgerwatch_pipeline.model.audit import Subject, SubjectType
from ledgerwatch_pipeline.model.errors import AccessDeniedError, ConflictError, UnknownThingError, UsageError
from ledgerwatch_pipeline.model.month import Month, MonthRange
from ledgerwatch_pipeline.model.run import RunFilter
from ledgerwatch_pipeline.model.threshold import Operator, Period, Threshold, ThresholdScope, ThresholdType
from ledgerwatch_pipeline.model.work import Cause
from ledgerwatch_pipeline.stores.postgres import audit, runs, tables, thresholds, work
from ledgerwatch_tests.conftest import TESTER, Tenant, rows

MONTHLY = ThresholdFields(period=Period.MONTH, amount=Decimal(100))


def add(tenant: Tenant, slug: str = "limit", fields: ThresholdFields = MONTHLY) -> Threshold:
    change = use_case.add(tenant.home, tenant.slug, slug, fields, TESTER)
    assert change.after is not None
    return change.after


def set_(tenant: Tenant, slug: str, fields: ThresholdFields) -> int:
    return use_case.change(tenant.home, tenant.slug, slug, fields, TESTER).months_due


def due(tenant: Tenant) -> list[tuple[str, str, Cause]]:
    with tenant.home.database.transaction() as connection:
        items = [each for each in work.pending(connection) if each.organization_id == tenant.id]
    return [(each.analyzer, str(each.months), each.cause) for each in items]


def stored(tenant: Tenant) -> tuple[Threshold, ...]:
    with tenant.home.database.transaction() as connection:
        return thresholds.of_organizations(connection, [tenant.id]).get(tenant.id, ())


@pytest.mark.slow
def test_a_threshold_from_its_first_alert_to_its_last(tenant: Tenant) -> None:
    tenant.deliver(rows("2024-01-05,Acme,90.00,Travel,x", "2024-03-05,Acme,120.00,Travel,x"))
    tenant.analyze()
    assert tenant.findings("budget_threshold") == []

    added = add(tenant)
    assert due(tenant) == [("budget_threshold", "2024-01..2024-03", Cause.THRESHOLD)]
    tenant.analyze()
    assert tenant.findings("budget_threshold") == [
        ("2024-01", "LOW", Decimal("90.00")),
        ("2024-03", "MEDIUM", Decimal("20.00")),
    ]
    exceeded, approached = tenant.alerts("budget_threshold")
    assert (exceeded.evidence["level"], approached.evidence["level"]) == ("exceeded", "approached")
    with tenant.home.database.transaction() as connection:
        wanted = RunFilter(organization_id=tenant.id, analyzer="budget_threshold")
        newest, *_ = runs.list_recent(connection, wanted, TESTER, limit=None, after=None)
        (result,) = (each for each in runs.results(connection, newest.id, TESTER) if each.organization_id == tenant.id)
    assert result.thresholds == (replace(added, version=1),), "what was used is kept with the run"

    set_(tenant, "limit", ThresholdFields(amount=Decimal("89.99")))
    tenant.analyze()
    assert tenant.findings("budget_threshold") == [
        ("2024-01", "MEDIUM", Decimal("0.01")),
        ("2024-03", "MEDIUM", Decimal("30.01")),
    ]
    assert {each.number for each in tenant.alerts("budget_threshold")} == {exceeded.number, approached.number}

    use_case.remove(tenant.home, tenant.slug, "limit", TESTER)
    assert due(tenant) == [("budget_threshold", "2024-01..2024-03", Cause.THRESHOLD)]
    tenant.analyze()
    assert tenant.alerts("budget_threshold") == []
    gone = tenant.alerts("budget_threshold", AlertStatus.RESOLVED)
    assert [each.outcome for each in gone] == [Outcome.NO_LONGER_HOLDS] * 2

    with tenant.home.database.transaction() as connection:
        events = audit.history(connection, Subject(SubjectType.THRESHOLD, str(added.id)), TESTER)
    assert [(each.event_type, each.actor) for each in events] == [
        ("THRESHOLD_CREATED", "test"),
        ("THRESHOLD_UPDATED", "test"),
        ("THRESHOLD_DELETED", "test"),
    ]
    created, updated, deleted = (each.metadata for each in events)
    assert (created["before"], created["after"]) == (None, replace(added, version=1).as_json())
    changed = replace(added, amount=Decimal("89.99"), version=2).as_json()
    assert (updated["before"], updated["after"]) == (created["after"], changed)
    assert (deleted["before"], deleted["after"]) == (changed, None)


@pytest.mark.slow
def test_late_data_is_judged_to_the_end_of_the_period_and_a_quiet_month_where_too_little_counts(tenant: Tenant) -> None:
    add(tenant, "quarter", ThresholdFields(period=Period.QUARTER, amount=Decimal(100)))
    low = ThresholdFields(period=Period.MONTH, amount=Decimal(10), operator=Operator.BELOW, type=ThresholdType.INCOME)
    add(tenant, "low", low)
    tenant.deliver(rows("2024-01-05,Acme,90.00,Revenue,x", "2024-06-05,Acme,90.00,Revenue,x"))
    tenant.analyze("budget_threshold")
    months = [month for month, *_ in tenant.findings("budget_threshold")]
    assert months == ["2024-02", "2024-03", "2024-04", "2024-05"], "months without any transaction have too little"
    tenant.deliver(rows("2024-04-05,Acme,60.00,Office,x", "2024-05-05,Acme,60.00,Office,x"))
    tenant.analyze("budget_threshold")
    assert tenant.findings("budget_threshold") == [
        *((f"2024-0{month}", "MEDIUM", Decimal(10)) for month in (2, 3, 4, 5)),
        ("2024-05", "MEDIUM", Decimal(20)),
    ]
    exceeded = [each for each in tenant.alerts("budget_threshold") if each.evidence["threshold"] == "quarter"]
    assert [(str(each.month), each.evidence["total"]) for each in exceeded] == [("2024-05-01", "120.00")]


def test_a_change_puts_to_work_the_months_it_covers_and_covered(tenant: Tenant) -> None:
    tenant.deliver(rows("2024-01-05,Acme,5.00,,", "2024-12-05,Acme,5.00,,"))
    tenant.analyze("budget_threshold")
    fields = replace(MONTHLY, valid_from=Month(2024, 3).first_day, valid_to=Month(2024, 4).last_day)
    add(tenant, "spring", fields)
    assert due(tenant)[-1][1] == "2024-03..2024-04"
    assert (
        set_(tenant, "spring", ThresholdFields(valid_from=Month(2024, 8).first_day, valid_to=Month(2024, 8).last_day))
        == 3
    )
    assert [months for _, months, _ in due(tenant)[-2:]] == ["2024-03..2024-04", "2024-08"]
    assert set_(tenant, "spring", ThresholdFields(without=frozenset({"valid_to"}))) == 5
    assert due(tenant)[-1][1] == "2024-08..2024-12", "to the end of the ledger, and no further"
    before = due(tenant)
    assert set_(tenant, "spring", ThresholdFields(amount=Decimal("100.00"))) == 0
    assert due(tenant) == before, "what is so already puts nothing to work"
    tenant.analyze("budget_threshold")


def test_without_a_ledger_nothing_is_due(tenant: Tenant) -> None:
    add(tenant)
    assert set_(tenant, "limit", ThresholdFields(amount=Decimal(200))) == 0
    assert due(tenant) == []


def test_what_is_stored_is_what_was_said(tenant: Tenant, new_tenant: Callable[[], Tenant]) -> None:
    fields = ThresholdFields(
        name="Travel, all of it",
        period=Period.WEEK,
        amount=Decimal("1234.50"),
        scope=ThresholdScope.parse("vendor:Ünïted  Ltd"),
        operator=Operator.AT_LEAST,
        warn_at=Decimal("66.6667"),
        valid_to=Month(2024, 3).last_day,
    )
    added = add(tenant, "b-travel", fields)
    add(tenant, "a-first")
    other = new_tenant()
    add(other, "b-travel")  # another organization's slugs are its own
    assert [each.slug for each in stored(tenant)] == ["a-first", "b-travel"]
    assert stored(tenant)[1] == added
    assert use_case.get(tenant.home, tenant.slug, "b-travel", TESTER)[1] == added
    everywhere = [(of.slug, each.slug) for of, each in use_case.list_all(tenant.home, None, TESTER)]
    assert {(tenant.slug, "a-first"), (other.slug, "b-travel")} <= set(everywhere)
    assert [each.slug for _, each in use_case.list_all(tenant.home, other.slug, TESTER)] == ["b-travel"]


def test_a_slug_is_used_once_and_an_unknown_one_brings_the_close_ones(tenant: Tenant) -> None:
    add(tenant, "travel")
    with pytest.raises(ConflictError, match="there is a threshold 'travel' already"):
        add(tenant, "travel")
    with pytest.raises(UnknownThingError, match="unknown threshold of tenant-[0-9]+ 'travle'; known: travel"):
        use_case.remove(tenant.home, tenant.slug, "travle", TESTER)
    assert len(stored(tenant)) == 1


def test_an_amount_with_too_many_decimals_changes_nothing(tenant: Tenant) -> None:
    with pytest.raises(UsageError, match="more decimals than USD"):
        add(tenant, "limit", replace(MONTHLY, amount=Decimal("1.001")))
    assert stored(tenant) == ()


def test_who_may_not_set_up_an_organization_changes_no_threshold(tenant: Tenant) -> None:
    add(tenant)
    analyst = Principal("ann", Role.ANALYST)
    changes: tuple[Callable[[], object], ...] = (
        lambda: use_case.add(tenant.home, tenant.slug, "other", MONTHLY, analyst),
        lambda: use_case.change(tenant.home, tenant.slug, "limit", ThresholdFields(amount=Decimal(1)), analyst),
        lambda: use_case.remove(tenant.home, tenant.slug, "limit", analyst),
    )
    for change in changes:
        with pytest.raises(AccessDeniedError, match="this needs admin"):
            change()
    stranger = Principal("bob", Role.ADMIN, frozenset())
    with pytest.raises(UnknownThingError, match="unknown organization"):
        use_case.remove(tenant.home, tenant.slug, "limit", stranger)
    assert use_case.list_all(tenant.home, None, stranger) == []
    assert [each.amount for each in stored(tenant)] == [100]


def test_the_database_refuses_what_the_model_would(tenant: Tenant) -> None:
    added = add(tenant)
    table = tables.thresholds
    for values in (
        {"period": "fortnight"},
        {"amount": 0},
        {"warn_at": None},
        {"warn_at": 0},
        {"operator": "<"},
        {"scope_kind": "vendor"},
        {"scope_value": "x"},
        {"severity": "URGENT"},
        {"valid_from": Month(2024, 2).first_day, "valid_to": Month(2024, 1).first_day},
    ):
        with pytest.raises(exc.IntegrityError), tenant.home.database.transaction() as connection:
            connection.execute(table.update().where(table.c.id == added.id).values(**values))


def test_a_preview_writes_nothing_and_shows_a_bucket_once(tenant: Tenant) -> None:
    tenant.deliver(
        rows("2023-03-31,Acme,500.00,,", "2024-01-05,Acme,85.00,,", "2024-02-05,Acme,20.00,,", "2024-03-05,Rail,1.00,,")
    )
    tenant.analyze()
    organization = use_case.organization_of(tenant.home, tenant.slug, TESTER)
    tried = ThresholdFields(period=Period.QUARTER, amount=Decimal(100)).new(organization, "preview")
    preview = use_case.preview(tenant.home, organization, tried)
    assert preview.months == MonthRange(Month(2023, 4), Month(2024, 3))
    (bucket,) = preview.buckets
    assert (str(bucket.period_start), str(bucket.month), bucket.level) == ("2024-01-01", "2024-02", "exceeded")
    assert (bucket.total, bucket.limit, str(bucket.crossed_on), bucket.crossed_vendor) == (
        Decimal("105.00"),
        Decimal("100.00"),
        "2024-02-05",
        "Acme",
    )
    assert stored(tenant) == ()
    assert due(tenant) == []
    assert tenant.findings("budget_threshold") == []


def test_a_preview_of_an_empty_ledger_says_so(tenant: Tenant) -> None:
    organization = use_case.organization_of(tenant.home, tenant.slug, TESTER)
    preview = use_case.preview(tenant.home, organization, MONTHLY.new(organization, "preview"))
    assert (preview.months, preview.buckets) == (None, [])
