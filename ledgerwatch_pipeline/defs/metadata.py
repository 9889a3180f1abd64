"""How results look in Dagster: tables, table schemas, row counts and charts. Numbers come from the stores, ready to show."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import dagster as dg
import pygal
from pygal.style import Style

from ledgerwatch_pipeline.home import Home
from ledgerwatch_pipeline.model.alert import Severity
from ledgerwatch_pipeline.model.audit import timestamp
from ledgerwatch_pipeline.model.month import Month
from ledgerwatch_pipeline.model.work import Failure
from ledgerwatch_pipeline.stores.lake import tables

_STYLE = Style(
    colors=("#b3261e", "#e8a33d", "#5b8def"),
    background="white",
    plot_background="white",
    label_font_size=11,
    major_label_font_size=11,
    legend_font_size=12,
)
"""High, medium, low; sized for Dagster's dialog, which is 500 pixels wide."""
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
    chart = pygal.StackedBar(
        width=480,
        height=300,
        js=(),
        order_min=0,
        legend_at_bottom=True,
        legend_at_bottom_columns=3,
        margin=10,
        show_minor_x_labels=False,
        x_labels_major_count=6,
        truncate_label=7,
        value_formatter="{:,.0f}".format,
        style=_STYLE,
    )
    chart.x_labels = [str(month) for month in by_month]
    for severity in reversed(Severity):
        chart.add(severity.capitalize(), [counts.get(severity, 0) for counts in by_month.values()])
    return dg.MetadataValue.md(f"![Open alerts by month]({chart.render_data_uri()})")
