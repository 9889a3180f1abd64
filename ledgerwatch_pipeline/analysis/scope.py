"""What an analysis is asked for: months and organizations, and how the lake's SQL is told of them."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from ledgerwatch_pipeline.home import Home
from ledgerwatch_pipeline.model.month import MonthRange
from ledgerwatch_pipeline.stores.postgres import organizations


@dataclass(frozen=True)
class AnalysisRequest:
    """Months to analyse, for all organizations or some (slugs)."""

    months: MonthRange
    organizations: tuple[str, ...] | None = None

    @property
    def bounds(self) -> dict[str, date]:
        """The first days of the first and the last month, as SQL texts take them: ``$first`` and ``$last``."""
        return {"first": self.months.first.first_day, "last": self.months.last.first_day}


def set_scope(home: Home, request: AnalysisRequest) -> list[UUID]:
    """Fill the temporary table ``scope`` with the request's organizations; raises UnknownThingError."""
    with home.database.transaction() as cursor:
        if request.organizations is None:
            chosen = organizations.every(cursor)
        else:
            chosen = [organizations.get(cursor, slug) for slug in request.organizations]
    con = home.lake.con
    con.execute("CREATE OR REPLACE TEMP TABLE scope (organization_id UUID, slug VARCHAR)")
    if chosen:
        con.executemany("INSERT INTO scope VALUES (?, ?)", [(each.id, each.slug) for each in chosen])
    return [each.id for each in chosen]
