"""Plans what new data asks for: the months it touched and the later ones it reaches, as few ranges as possible."""

from collections.abc import Sequence

from ledgerwatch_pipeline.analyzers.analyzer import Analyzer
from ledgerwatch_pipeline.analyzers.scope import AnalysisRequest
from ledgerwatch_pipeline.database import runs
from ledgerwatch_pipeline.home import Home
from ledgerwatch_pipeline.model.month import Month, MonthRange, contiguous


def plan(home: Home, analyzers: Sequence[Analyzer]) -> tuple[list[AnalysisRequest], list[int]]:
    """What the months due ask for: contiguous months as one request each, and the marks to remove when all is done.

    Each due month is followed by the months its change can reach, as far as the ledger goes.
    """
    with home.database.transaction() as cursor:
        due = runs.due(cursor)
        own = {analyzer.name: runs.own_parameters(cursor, analyzer.name) for analyzer in analyzers}
    if not due:
        return [], []
    row = home.lake.con.execute("SELECT max(month) FROM lake.load_totals").fetchone()
    end = Month.of(row[0]) if row and row[0] else Month.of(due[0]["month"])
    wanted: set[Month] = set()
    for touched, organization_id in {(Month.of(each["month"]), each["organization_id"]) for each in due}:
        wanted.add(touched)
        for analyzer in analyzers:
            reach = analyzer.reach_with(own[analyzer.name].get(organization_id, {}))
            last = end if reach is None else min(end, touched.plus(reach))
            wanted.update(MonthRange(touched, max(touched, last)))
    slugs = tuple(sorted({each["organization"] for each in due}))
    return [AnalysisRequest(months, slugs) for months in contiguous(wanted)], [each["seq"] for each in due]


def finish_plan(home: Home, seqs: Sequence[int]) -> None:
    """Forget the marks of a plan that was carried out; what came in meanwhile stays due."""
    with home.database.transaction() as cursor:
        runs.done(cursor, seqs)
