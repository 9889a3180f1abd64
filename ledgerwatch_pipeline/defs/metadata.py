"""How results look in Dagster: tables, table schemas, row counts and charts. Numbers come from the stores, ready to show."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import dagster as dg

from ledgerwatch_pipeline.charts import severity_bars
from ledgerwatch_pipeline.home import Home
from ledgerwatch_pipeline.model.alert import Severity
from ledgerwatch_pipeline.model.audit import timestamp
from ledgerwatch_pipeline.model.month import Month
from ledgerwatch_pipeline.model.work import Failure
from ledgerwatch_pipeline.stores.lake import tables

_SHOWN = 20


def row_count(home: Home, table: str) -> int:
    """Rows of a table of the lake (from its statistics, no scan)."""
    return tables.row_count(home.lake.con, table)


def column_schema(home: Home, table: str) -> dg.TableSchema:
    """The columns of a table of the lake, as it is."""
    return dg.TableSchema(
        columns=[
            dg.TableColumn(each.name, each.type, constraints=dg.TableColumnConstraints(nullable=each.nullable))
            for each in tables.columns(home.lake.con, table)
        ]
    )


def records_table(rows: Iterable[Mapping[str, object]], columns: Sequence[str]) -> dg.TableMetadataValue:
    """A small table; amounts come as text, with the decimals of their currency; what is absent stays empty."""
    return dg.MetadataValue.table(
        records=[dg.TableRecord({column: _cell(row.get(column)) for column in columns}) for row in rows],
        schema=dg.TableSchema(columns=[dg.TableColumn(column) for column in columns]),
    )


def _cell(value: Any) -> str | int | float | bool | None:
    if isinstance(value, datetime):
        return timestamp(value)
    return value if type(value) in (type(None), str, int, float) else str(value)  # an enum's value is its text


def failures_check(name: str, failures: Sequence[Failure]) -> dg.AssetCheckResult:
    """A check that names what is FAILED: an error for the organizations concerned, and no reason to stop the others."""
    told = [f"{each.organization}: {each.name}: {each.error}" for each in failures]
    return dg.AssetCheckResult(
        check_name=name,
        passed=not failures,
        severity=dg.AssetCheckSeverity.ERROR,
        metadata={
            "failed": len(failures),
            "failures": records_table(
                [
                    {"organization": each.organization, "what": each.kind, "name": each.name, "error": each.error}
                    for each in failures[:_SHOWN]
                ],
                ("organization", "what", "name", "error"),
            ),
        },
        description="; ".join(told[:_SHOWN]) or None,
    )


def stacked_bars(by_month: Mapping[Month, Mapping[Severity, int]]) -> dg.MarkdownMetadataValue:
    """Open alerts by month as a bar chart, one colour a severity."""
    chart = severity_bars(
        {str(month): counts for month, counts in by_month.items()},
        width=480,
        height=300,
        show_minor_x_labels=False,
        x_labels_major_count=6,
        truncate_label=7,
    )
    return dg.MetadataValue.md(f"![Open alerts by month]({chart.render_data_uri()})")
