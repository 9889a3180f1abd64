"""What stands: the alerts people still have to work on, by month and severity, and the first of the ranked list."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

from ledgerwatch_pipeline.analyzers.running import AnalysisRequest
from ledgerwatch_pipeline.database import alerts
from ledgerwatch_pipeline.home import Home
from ledgerwatch_pipeline.model.alert import Severity
from ledgerwatch_pipeline.model.month import Month

_FIRST = 20


@dataclass(frozen=True)
class StandingAlerts:
    """Unresolved alerts: how many of each severity in each month, and the highest ranked ones."""

    by_month: dict[Month, Counter[Severity]]
    first: list[dict[str, Any]]


def standing_alerts(home: Home, request: AnalysisRequest) -> StandingAlerts:
    """The unresolved alerts of the request's months and organizations; a month without any counts zero."""
    by_month: dict[Month, Counter[Severity]] = {month: Counter() for month in request.months}
    slugs = list(request.organizations) if request.organizations is not None else None
    first, last = request.months.first.first_day, request.months.last.first_day
    with home.database.transaction() as cursor:
        for month, severity, count in alerts.unresolved_by_month(cursor, first, last, slugs):
            by_month[Month.of(month)][severity] = count
        ranked = alerts.first_unresolved(cursor, first, last, slugs, limit=_FIRST)
    return StandingAlerts(by_month, ranked)
