"""Precision: counted from what people decided, by month of decision; its interval held against published figures."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from ledgerwatch_pipeline.alerting.act import change_alert
from ledgerwatch_pipeline.defs.metadata import decisions_told
from ledgerwatch_pipeline.model.alert import AlertAction, AlertNumber
from ledgerwatch_pipeline.model.precision import Decided, Decisions, DecisionsOfMonth, in_all
from ledgerwatch_pipeline.stores.postgres import decisions
from ledgerwatch_pipeline.stores.postgres.tables import alerts as alerts_table
from ledgerwatch_pipeline.stores.postgres.tables import cases as cases_table
from ledgerwatch_tests.conftest import TESTER, Tenant
from ledgerwatch_tests.desk import MARCH, Desk

THIS_MONTH = datetime.now(UTC).date().replace(day=1)


@pytest.mark.parametrize(
    ("fixed", "others", "precision", "low", "high"),
    [
        (0, 0, None, None, None),
        (
            81,
            182,
            "0.308",
            "0.255",
            "0.367",
        ),  # R. G. Newcombe, Statistics in Medicine 17, 1998, table I: 0.2553 to 0.3662
        (15, 133, "0.101", "0.062", "0.161"),  # 0.0624 to 0.1605
        (0, 20, "0.000", "0.000", "0.162"),  # 0 to 0.1611
        (1, 28, "0.034", "0.006", "0.172"),  # 0.0061 to 0.1718
        (2, 0, "1.000", "0.342", "1"),
    ],
)
def test_precision_and_its_interval(
    fixed: int, others: int, precision: str | None, low: str | None, high: str | None
) -> None:
    found = Decisions(fixed, others // 2, others - others // 2)
    assert found.decided == fixed + others
    assert found.precision == (None if precision is None else Decimal(precision))
    assert found.interval == (None if low is None or high is None else (Decimal(low), Decimal(high)))


def test_dagster_plots_whole_numbers_and_no_ratio_of_nothing() -> None:
    assert decisions_told(None) == {"resolved_fixed": 0, "resolved_accepted": 0, "resolved_false_positive": 0}
    assert decisions_told(Decisions(2, 1, 0))["precision_percent"] == 67


def test_only_what_people_decided_counts_and_only_as_long_as_it_stands(
    tenant: Tenant, new_tenant: Callable[[], Tenant]
) -> None:
    desk, other = Desk(tenant), Desk(new_tenant())
    outcomes = ["fixed", "fixed", "accepted", "false_positive", None]
    names = [AlertNumber.parse(desk.alert("duplicate", "Acme")) for _ in outcomes]
    names.append(AlertNumber.parse(desk.alert("burn_rate", None)))
    for name, outcome in zip(names, [*outcomes, "false_positive"], strict=True):
        if outcome is not None:
            change_alert(desk.home, name, AlertAction.RESOLVE, principal=TESTER, outcome=outcome)
    change_alert(
        other.home,
        AlertNumber.parse(other.alert("duplicate", "Acme")),
        AlertAction.RESOLVE,
        principal=TESTER,
        outcome="false_positive",
    )
    gone = AlertNumber.parse(desk.alert("duplicate", "Acme")).number
    case = desk.case("acme", {"repeat": "50", "spike": "10"})
    with desk.home.database.transaction() as connection:
        of_gone = (alerts_table.c.organization_id == tenant.id) & (alerts_table.c.number == gone)
        resolved = {"status": "RESOLVED", "resolved_by": "system", "resolved_at": datetime(2024, 5, 3, tzinfo=UTC)}
        connection.execute(alerts_table.update().where(of_gone).values(outcome="no_longer_holds", **resolved))
        earlier = (alerts_table.c.organization_id == tenant.id) & (alerts_table.c.number == names[0].number)
        last_moment = datetime(2024, 5, 31, 23, 59, 59, tzinfo=UTC)
        connection.execute(alerts_table.update().where(earlier).values(resolved_at=last_moment))
        of_case = (cases_table.c.organization_id == tenant.id) & (cases_table.c.number == case.number)
        connection.execute(cases_table.update().where(of_case).values(outcome="fixed", **resolved))
    with desk.home.database.transaction() as connection:
        found = decisions.by_month_of_decision(connection, tenant.id, TESTER)
        of_march = decisions.of_posting_months(connection, MARCH, MARCH, "burn_rate")
    assert found == [
        DecisionsOfMonth(Decided.ANALYZER, "burn_rate", THIS_MONTH, Decisions(0, 0, 1)),
        DecisionsOfMonth(Decided.ANALYZER, "duplicate", date(2024, 5, 1), Decisions(1, 0, 0)),
        DecisionsOfMonth(Decided.ANALYZER, "duplicate", THIS_MONTH, Decisions(1, 1, 1)),
        DecisionsOfMonth(Decided.KIND, "repeat", date(2024, 5, 1), Decisions(1, 0, 0)),
    ]
    assert in_all(found)[Decided.ANALYZER, "duplicate"] == Decisions(2, 1, 1)
    assert of_march[MARCH].false_positive >= 1
