"""Draws an answer as SVG: bars for what is there, a line for what is expected. Called by command line and Dagster.

A picture has one group's rows, or, of an answer with several groups, the first of them by one figure.
"""

from collections.abc import Sequence
from typing import Any

import pygal
from pygal.style import Style

from ledgerwatch_pipeline.model.text import visible
from ledgerwatch_pipeline.reports.contract import Answer, Group, Grouping, Kind, Value

_STYLE = Style(colors=("#5b8def", "#b3261e"), background="white", plot_background="white")
_LABELS = 20
"""Labels under the bars that still can be read beside each other."""
_LONGEST = 40
"""Characters of a label: a vendor's name may have 255."""
_NO_XML = dict.fromkeys((*range(0x20), *range(0x7F, 0xA0), 0xFFFE, 0xFFFF)) | dict.fromkeys(range(0xD800, 0xE000))
"""What XML cannot hold, or nobody should see."""


class _BarsAndLine(pygal.Bar):  # type: ignore[misc] # pygal has no types
    """The first series as bars of full width, the second as a line through their middles, drawn as pygal's Line does."""

    line = pygal.Line.line
    _self_close = False
    _bars_alone = False

    @property
    def _order(self) -> int:
        """How many series share the width of a bar, while bars are drawn; how many have a colour, else."""
        return 1 if self._bars_alone else len(self.all_series)

    def _points(self, x_pos: Sequence[float]) -> None:
        super()._points(x_pos)
        middles = [place + 0.5 / self._len for place in x_pos]
        for series in self.series[1:]:
            series.points = [(middles[place], value) for place, value in enumerate(series.values)]

    def _plot(self) -> None:
        self._bars_alone = True
        self.bar(self.series[0])
        self._bars_alone = False
        for series in self.series[1:]:
            self.line(series)


def svg(answer: Answer, *, width: int = 900, height: int = 450) -> bytes:
    """The picture of an answer that has groups, an SVG document without scripts."""
    document: bytes = _chart(answer, width, height).render()
    return document


def data_uri(answer: Answer, *, width: int = 480, height: int = 300) -> str:
    """The same as an address that holds it, sized for Dagster's dialog."""
    address: str = _chart(answer, width, height).render_data_uri()
    return address


def _chart(answer: Answer, width: int, height: int) -> Any:
    report = answer.report
    labels, bars, line, name, kind = _of_rows(answer) if answer.selection.by is None else _of_groups(answer)
    chart = _BarsAndLine(
        title=_text(f"{report.title}: {name}" if line is None else report.title),
        width=width,
        height=height,
        js=(),
        include_x_axis=True,
        legend_at_bottom=True,
        show_legend=line is not None,
        show_minor_x_labels=len(labels) <= _LABELS,
        x_labels_major_every=max(1, len(labels) // 9),
        x_label_rotation=0 if max(map(len, labels)) <= 2 else 45,
        truncate_label=-1,
        show_dots=False,
        value_formatter=_FORMATS[kind],
        style=_STYLE,
    )
    chart.x_labels = labels
    chart.add(name, bars)
    if line is not None:
        chart.add(report.chart.line, line, stroke_style={"width": 2})
    return chart


_FORMATS = {
    Kind.PROPORTION: "{:.2%}".format,
    Kind.COUNT: "{:,.0f}".format,
    Kind.REAL: lambda value: f"{value:,.0f}" if value >= 1000 else f"{value:.4g}",
}


def _of_rows(answer: Answer) -> tuple[list[str], list[Value], list[Value] | None, str, Kind]:
    drawn = answer.report.chart
    (group,) = answer.groups
    places = {column.name: place for place, column in enumerate(answer.report.rows)}
    kind = answer.report.rows[places[drawn.bars]].kind
    line = [row[places[drawn.line]] for row in group.rows] if drawn.line else None
    labels = [_text(row[places[drawn.label]]) for row in group.rows]
    return labels, [row[places[drawn.bars]] for row in group.rows], line, drawn.bars, kind


def _of_groups(answer: Answer) -> tuple[list[str], list[Value], list[Value] | None, str, Kind]:
    name = answer.report.ranked_by
    place, column = next((n, each) for n, each in enumerate(answer.report.figures) if each.name == name)
    in_time = answer.selection.by not in (Grouping.ORGANIZATION, Grouping.VENDOR)
    groups = sorted(answer.groups, key=lambda group: group.name) if in_time else answer.groups
    labels = [_text(title(group)) for group in groups]
    return labels, [group.figures[place] for group in groups], None, name, column.kind


def title(group: Group) -> str:
    """What a group is called: its organization, its name, or both."""
    return " / ".join(part for part in (group.organization, group.name) if part)


def _text(value: Value) -> str:
    text = visible(str(value)).translate(_NO_XML)
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
