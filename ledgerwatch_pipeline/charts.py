"""Charts of findings and alerts, as SVG: one colour a severity, for Dagster's metadata and for files."""

from collections.abc import Mapping

import pygal
from pygal.style import Style

from ledgerwatch_pipeline.model.alert import Severity

_STYLE = Style(
    colors=("#b3261e", "#e8a33d", "#5b8def"),
    background="white",
    plot_background="white",
    label_font_size=11,
    major_label_font_size=11,
    legend_font_size=12,
)
"""High, medium, low; sized for Dagster's dialog, which is 500 pixels wide."""


def severity_bars(bars: Mapping[str, Mapping[Severity, int]], **options: object) -> pygal.StackedBar:
    """A stacked bar a label, of how many there are of each severity; options: pygal's own."""
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
    chart.x_labels = list(bars)
    for severity in reversed(Severity):
        chart.add(severity.capitalize(), [counts.get(severity, 0) for counts in bars.values()])
    return chart
