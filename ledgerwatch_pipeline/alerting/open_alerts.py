"""The alerts people still have to work on, over all organizations, counted by month and severity; and the first of each month."""

from collections import Counter
from dataclasses import dataclass

from ledgerwatch_pipeline.home import Home
from ledgerwatch_pipeline.model.alert import Severity
from ledgerwatch_pipeline.model.month import Month, MonthRange
from ledgerwatch_pipeline.stores.postgres import alerts
from ledgerwatch_pipeline.stores.postgres.alerts import RankedAlert

_FIRST = 10
_TREND_MONTHS = 24


@dataclass(frozen=True, slots=True)
class OpenAlerts:
    """Unresolved alerts. by_month: how many of each severity, for the months asked for and at least the two years that
    end with them. first: the highest ranked of each month asked for."""

    by_month: dict[Month, Counter[Severity]]
    first: dict[Month, list[RankedAlert]]


def open_alerts(home: Home, months: MonthRange) -> OpenAlerts:
    """The unresolved alerts of these months, of all organizations; a month without any counts zero."""
    by_month = open_by_severity(home, months.at_least(_TREND_MONTHS))
    first: dict[Month, list[RankedAlert]] = {month: [] for month in months}
    with home.database.transaction() as connection:
        for alert in alerts.first_open(connection, months.first.first_day, months.last.first_day, _FIRST):
            first[Month.of(alert.month)].append(alert)
    return OpenAlerts(by_month, first)


def open_by_severity(home: Home, months: MonthRange, analyzer: str | None = None) -> dict[Month, Counter[Severity]]:
    """How many unresolved alerts of each severity these months have, of one analyzer or all, over all organizations."""
    by_month: dict[Month, Counter[Severity]] = {month: Counter() for month in months}
    with home.database.transaction() as connection:
        found = alerts.open_by_month(connection, months.first.first_day, months.last.first_day, analyzer)
    for day, severity, count in found:
        by_month[Month.of(day)][severity] = count
    return by_month
