"""Charts as SVG, for Dagster's metadata and for files: findings and alerts by severity, transactions by type."""

from collections.abc import Mapping, Sequence

import pygal
from pygal.style import Style

from ledgerwatch_pipeline.model.alert import Severity
from ledgerwatch_pipeline.model.text import visible
from ledgerwatch_pipeline.model.transaction import TYPES

_STYLE = Style(
    colors=("#b3261e", "#e8a33d", "#5b8def"),
    background="white",
    plot_background="white",
    label_font_size=11,
    major_label_font_size=11,
    legend_font_size=12,
)
"""Three series, such as high, medium and low; sized for Dagster's dialog, which is 500 pixels wide."""


def severity_bars(bars: Mapping[str, Mapping[Severity, int]], **options: object) -> pygal.StackedBar:
    """A stacked bar a label, of how many there are of each severity; options: pygal's own."""
    series = {
        severity.capitalize(): [counts.get(severity, 0) for counts in bars.values()] for severity in reversed(Severity)
    }
    return _stacked_bars(list(bars), series, **options)


def type_bars(bars: Mapping[str, Mapping[str, int]], **options: object) -> pygal.StackedBar:
    """A stacked bar a label, of how many transactions there are of each type; options: pygal's own."""
    return _stacked_bars(
        list(bars), {kind.capitalize(): [rows[kind] for rows in bars.values()] for kind in TYPES}, **options
    )


def _stacked_bars(labels: Sequence[str], series: Mapping[str, Sequence[int]], **options: object) -> pygal.StackedBar:
    chart = pygal.StackedBar(
        js=(),
        order_min=0,
        legend_at_bottom=True,
        legend_at_bottom_columns=3,
        margin=10,
        value_formatter="{:,.0f}".format,
        style=_STYLE,
        **options,
    )
    chart.x_labels = [visible(each) for each in labels]
    for name, values in series.items():
        chart.add(name, values)
    return chart
