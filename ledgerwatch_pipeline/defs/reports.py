"""Asset ``forensic_reports``: what the forensic reports say of all organizations together. How they are computed: ``reports``.

Nothing depends on it, and no other job selects it. Its metadata is bounded, whatever the number of organizations.
"""

from collections.abc import Mapping
from typing import TypeAlias

import dagster as dg

from ledgerwatch_pipeline.access.principal import SYSTEM
from ledgerwatch_pipeline.defs.loads import validated_transactions
from ledgerwatch_pipeline.defs.metadata import records_table
from ledgerwatch_pipeline.defs.resources import as_dagster_failure
from ledgerwatch_pipeline.home import Home
from ledgerwatch_pipeline.reports.chart import data_uri
from ledgerwatch_pipeline.reports.compute import answer
from ledgerwatch_pipeline.reports.contract import Answer, Grouping, Report, Selection
from ledgerwatch_pipeline.reports.forensic.benford_first_two import BENFORD_FIRST_TWO
from ledgerwatch_pipeline.reports.registry import REPORTS

_Metadatum: TypeAlias = str | int | float | dg.TableMetadataValue | dg.MarkdownMetadataValue

GROUP = "reports"
FORENSIC_REPORTS = "forensic_reports"
_SHOWN = 20
"""Rows of a table; digits have their own number, 100 at most."""
_DECIMALS = 5
"""Of a figure in a table."""


@dg.multi_asset(
    name="make_forensic_reports",  # the job has the asset's name, and no op may
    specs=[
        dg.AssetSpec(
            FORENSIC_REPORTS,
            deps=[validated_transactions],
            group_name=GROUP,
            kinds={"duckdb", "sql"},
            owners=["team:finance-operations"],
            description="Forensic reports for auditors, over the expenses of at least 10 of all organizations: digits against "
            "Benford's law, number duplication, last two digits, round amounts, relative size factor. Of one organization, "
            "month or vendor: `ledgerwatch report`.",
        )
    ],
    required_resource_keys={"home", "progress"},
)
def forensic_reports(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
    """Every report once, and the first two digits by organization."""
    home: Home = context.resources.home
    metadata: dict[str, _Metadatum] = {}
    with as_dagster_failure():
        for done, report in enumerate(REPORTS):
            context.resources.progress(f"forensic reports: {report.title}", done, len(REPORTS))
            metadata |= _of_all(report, answer(home, SYSTEM, report, Selection(limit=_SHOWN), ()))
        by_organization = Selection(by=Grouping.ORGANIZATION, limit=_SHOWN)
        metadata |= _by_organization(answer(home, SYSTEM, BENFORD_FIRST_TWO, by_organization, ()))
    context.resources.progress("forensic reports", len(REPORTS), len(REPORTS))
    return dg.MaterializeResult(metadata=metadata)


def _of_all(report: Report, found: Answer) -> Mapping[str, _Metadatum]:
    """The figure that groups are ranked by, as a number that Dagster plots over time; the verdict, the rows, the picture."""
    if not found.groups:
        return {}
    (group,) = found.groups
    ranked = found.figures(group)[report.ranked_by]
    if not isinstance(ranked, float):
        raise TypeError(f"{report.ranked_by} of {report.name} is no real number but {ranked!r}")
    columns = [column.name for column in report.rows]
    metadata: dict[str, _Metadatum] = {
        f"{report.name}_{report.ranked_by}": ranked,
        f"{report.name}_verdict": found.verdict(group),
        f"{report.name}_rows": records_table(
            [_shown(dict(zip(columns, row, strict=True))) for row in group.rows], columns
        ),
    }
    if report is BENFORD_FIRST_TWO:
        metadata[f"{report.name}_chart"] = dg.MetadataValue.md(f"![First two digits]({data_uri(found)})")
    return metadata


def _by_organization(found: Answer) -> Mapping[str, _Metadatum]:
    rows = [_shown({"organization": group.organization, **found.figures(group)}) for group in found.groups]
    columns = ["organization", *(column.name for column in found.report.columns)]
    return {f"{found.report.name}_by_organization": records_table(rows, columns)}


def _shown(row: Mapping[str, object]) -> dict[str, object]:
    """A row of a table for people; the command `ledgerwatch report` has all decimals."""
    return {name: round(value, _DECIMALS) if isinstance(value, float) else value for name, value in row.items()}
