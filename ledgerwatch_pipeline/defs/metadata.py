"""How results look in Dagster: tables, table schemas, row counts and charts. Numbers come from the stores, ready to show."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import dagster as dg

from ledgerwatch_pipeline.charts import severity_bars, type_bars
from ledgerwatch_pipeline.home import Home
from ledgerwatch_pipeline.model.alert import Severity
from ledgerwatch_pipeline.model.listed import Listed
from ledgerwatch_pipeline.model.month import Month
from ledgerwatch_pipeline.model.precision import Decisions
from ledgerwatch_pipeline.model.text import visible
from ledgerwatch_pipeline.model.transaction import FIELDS
from ledgerwatch_pipeline.model.work import Failure
from ledgerwatch_pipeline.stores.lake import tables

_Figures = TypeVar("_Figures")
SHOWN = 20
"""Rows of a table, and things that a check names."""
_BARS = 60
"""Months that a chart shows at most, the latest: more are thinner than a line, and a picture is kept with every run."""
_MONTHS_AS_BARS = {
    "width": 480,
    "height": 300,
    "show_minor_x_labels": False,
    "x_labels_major_count": 6,
    "truncate_label": 7,
}


def row_count(home: Home, table: str) -> int:
    """Rows of a table of the lake (from its statistics, no scan)."""
    return tables.row_count(home.lake.con, table)


def column_schema(home: Home, table: str, about: Mapping[str, str]) -> dg.TableSchema:
    """The columns of a table of the lake, as it is; ``about`` says of each what it holds."""
    return dg.TableSchema(
        columns=[
            dg.TableColumn(
                each.name,
                each.type,
                description=about[each.name],
                constraints=dg.TableColumnConstraints(nullable=each.nullable),
            )
            for each in tables.columns(home.lake.con, table)
        ]
    )


def decisions_told(decisions: Decisions | None) -> dict[str, int]:
    """What people decided of a month's alerts or cases, as numbers that Dagster plots; the precision in whole percent, and none
    where nothing was decided."""
    found = decisions or Decisions()
    counts = {
        "resolved_fixed": found.fixed,
        "resolved_accepted": found.accepted,
        "resolved_false_positive": found.false_positive,
    }
    return counts if found.precision is None else {**counts, "precision_percent": round(found.precision * 100)}


def transactions_schema(home: Home) -> dg.TableSchema:
    """The columns of the lake's transactions."""
    return column_schema(home, "transactions", {field.name: field.about for field in FIELDS})


def column_lineage(above: dg.AssetKey, columns: Mapping[str, Sequence[str]]) -> dg.TableColumnLineage:
    """From which columns of one asset above each of these columns follows."""
    return dg.TableColumnLineage(
        {name: [dg.TableColumnDep(above, each) for each in sources] for name, sources in columns.items()}
    )


def records_table(rows: Iterable[Mapping[str, object]], columns: Sequence[str]) -> dg.TableMetadataValue:
    """A small table; amounts come as text, with the decimals of their currency; what is absent stays empty, what cannot be seen is
    written out."""
    return dg.MetadataValue.table(
        records=[dg.TableRecord({column: _cell(row.get(column)) for column in columns}) for row in rows],
        schema=dg.TableSchema(columns=[dg.TableColumn(column) for column in columns]),
    )


def _cell(value: Any) -> str | int | float | bool | None:
    if isinstance(value, datetime):
        return f"{value.astimezone(UTC):%Y-%m-%d %H:%M:%S}Z"  # to the second: a column is narrow
    return value if type(value) in (type(None), int, float) else visible(str(value))  # an enum's value is its text


def code_reference(file: Path | str, label: str) -> dict[str, dg.CodeReferencesMetadataValue]:
    """A link to a file from the page of an asset, as metadata of its definition."""
    reference = dg.LocalFileCodeReference(file_path=str(file), line_number=1, label=label)
    return {"dagster/code_references": dg.CodeReferencesMetadataValue(code_references=[reference])}


def failures_check(name: str, failures: Listed[Failure]) -> dg.AssetCheckResult:
    """A check that names what is FAILED: an error for the organizations concerned, and no reason to stop the others."""
    return dg.AssetCheckResult(
        check_name=name,
        passed=failures.count == 0,
        severity=dg.AssetCheckSeverity.ERROR,
        metadata={
            "failed": failures.count,
            "failures": records_table(
                [
                    {"organization": each.organization, "what": each.kind, "name": each.name, "error": each.error}
                    for each in failures.first[:SHOWN]
                ],
                ("organization", "what", "name", "error"),
            ),
        },
        description=told(
            failures.count, [f"{each.organization}: {each.name}: {each.error}" for each in failures.first[:SHOWN]]
        ),
    )


def told(count: int, sentences: Sequence[str]) -> str | None:
    """The description of a check that has something to tell; of more than there are sentences for, how many more."""
    more = [f"and {count - len(sentences):,} more"] if count > len(sentences) else []
    return visible("; ".join([*sentences, *more])) or None


def alert_bars(by_month: Mapping[Month, Mapping[Severity, int]]) -> dg.MarkdownMetadataValue:
    """Unresolved alerts by month as a bar chart, one colour a severity."""
    chart = severity_bars({str(month): counts for month, counts in _latest(by_month).items()}, **_MONTHS_AS_BARS)
    return dg.MetadataValue.md(f"![Unresolved alerts by month]({chart.render_data_uri()})")


def row_bars(by_month: Mapping[Month, Mapping[str, int]]) -> dg.MarkdownMetadataValue:
    """Transactions by month as a bar chart, one colour a type."""
    chart = type_bars({str(month): rows for month, rows in _latest(by_month).items()}, **_MONTHS_AS_BARS)
    return dg.MetadataValue.md(f"![Transactions by month]({chart.render_data_uri()})")


def _latest(by_month: Mapping[Month, _Figures]) -> dict[Month, _Figures]:
    return {month: by_month[month] for month in sorted(by_month)[-_BARS:]}
