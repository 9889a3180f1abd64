"""Plans what new data asks for: the months it touched and the later ones it reaches, as few ranges as possible."""

from collections.abc import Sequence

from ledgerwatch_pipeline.analysis.contract import Analyzer
from ledgerwatch_pipeline.analysis.scope import AnalysisRequest
from ledgerwatch_pipeline.home import Home
from ledgerwatch_pipeline.model.month import Month, MonthRange, contiguous
from ledgerwatch_pipeline.stores.postgres import runs


def plan(home: Home, analyzers: Sequence[Analyzer]) -> tuple[list[AnalysisRequest], list[int]]:
    """What the months due ask for, and the marks to remove when all is done.

    Each due month is followed by the months its change can reach, as far as the organization's ledger goes. Contiguous
    months are one request, for the organizations that have any of them due or reached.
    """
    with home.database.transaction() as cursor:
        due = runs.due(cursor)
        own = {analyzer.name: runs.own_parameters(cursor, analyzer.name) for analyzer in analyzers}
    if not due:
        return [], []
    ends = {
        organization_id: Month.of(month)
        for organization_id, month in home.lake.con.execute(
            "SELECT organization_id, max(month) FROM lake.load_totals GROUP BY ALL"
        ).fetchall()
    }
    wanted: dict[Month, set[str]] = {}
    for slug, identity, touched in {
        (each["organization"], each["organization_id"], Month.of(each["month"])) for each in due
    }:
        end = max(touched, ends.get(identity, touched))
        reaches = [analyzer.reach_with(own[analyzer.name].get(identity, {})) for analyzer in analyzers]
        last = end if None in reaches else min(end, touched.plus(max(reach or 0 for reach in reaches)))
        for month in MonthRange(touched, last):
            wanted.setdefault(month, set()).add(slug)
    requests = [
        AnalysisRequest(months, tuple(sorted({slug for month in months for slug in wanted[month]})))
        for months in contiguous(wanted)
    ]
    return requests, [each["seq"] for each in due]


def finish_plan(home: Home, seqs: Sequence[int]) -> None:
    """Forget the marks of a plan that was carried out; what came in meanwhile stays due."""
    with home.database.transaction() as cursor:
        runs.done(cursor, seqs)
