"""What stands: the alerts people still have to work on, counted by month and severity, and the first of each month."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

from ledgerwatch_pipeline.analysis.scope import AnalysisRequest
from ledgerwatch_pipeline.home import Home
from ledgerwatch_pipeline.model.alert import Severity
from ledgerwatch_pipeline.model.month import Month, MonthRange
from ledgerwatch_pipeline.stores.postgres import alerts

_FIRST = 10
_TREND_MONTHS = 24


@dataclass(frozen=True)
class StandingAlerts:
    """Unresolved alerts. by_month: how many of each severity, for the months asked for and at least the two years that
    end with them. first: the highest ranked of each month asked for."""

    by_month: dict[Month, Counter[Severity]]
    first: dict[Month, list[dict[str, Any]]]


def standing_alerts(home: Home, request: AnalysisRequest) -> StandingAlerts:
    """The unresolved alerts of the request's months and organizations; a month without any counts zero."""
    months = request.months
    trend = MonthRange(min(months.first, months.last.plus(1 - _TREND_MONTHS)), months.last)
    by_month: dict[Month, Counter[Severity]] = {month: Counter() for month in trend}
    first: dict[Month, list[dict[str, Any]]] = {month: [] for month in months}
    slugs = list(request.organizations) if request.organizations is not None else None
    with home.database.transaction() as cursor:
        for month, severity, count in alerts.unresolved_by_month(
            cursor, trend.first.first_day, trend.last.first_day, slugs
        ):
            by_month[Month.of(month)][severity] = count
        for alert in alerts.first_unresolved(cursor, months.first.first_day, months.last.first_day, slugs, _FIRST):
            first[Month.of(alert["month"])].append(alert)
    return StandingAlerts(by_month, first)
