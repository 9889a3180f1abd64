"""Answers a report over the lake: writes the SQL of its selection, asks once, and gives the answer its types.

Who may see which organizations is decided here, as everywhere, by the principal; how an answer is shown, by the faces.
"""

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import TypeAlias

import duckdb

from ledgerwatch_pipeline.access.principal import Principal
from ledgerwatch_pipeline.home import Home
from ledgerwatch_pipeline.model.errors import UnknownThingError
from ledgerwatch_pipeline.model.organization import Organization
from ledgerwatch_pipeline.reports.contract import Answer, Column, Group, Grouping, Kind, Report, Selection, Value
from ledgerwatch_pipeline.sql import sql_text
from ledgerwatch_pipeline.stores.lake import ledger
from ledgerwatch_pipeline.stores.lake.session import Bindable, execute_bound
from ledgerwatch_pipeline.stores.postgres import organizations

_Values: TypeAlias = Mapping[str, Bindable | Sequence[Bindable]]
_GROUPS: Mapping[Grouping | None, tuple[str, str]] = {
    None: ("''", "''"),
    Grouping.ORGANIZATION: ("o.slug", "''"),
    Grouping.MONTH: ("''", "strftime(t.month, '%Y-%m')"),
    Grouping.QUARTER: ("''", "strftime(t.month, '%Y-Q') || quarter(t.month)"),
    Grouping.YEAR: ("''", "strftime(t.month, '%Y')"),
    Grouping.VENDOR: ("o.slug", "t.vendor_key"),
}
"""What a group is called: its organization, its name."""
_CONDITIONS = {
    "first": "t.month >= $first",
    "last": "t.month <= $last",
    "type": "t.type = $type",
    "vendor_key": "t.vendor_key = $vendor_key",
}
_DECIMALS = "currency_decimals"
"""A field of rows with amounts, beside the report's columns: how many decimals the currency has."""


def answer(home: Home, principal: Principal, report: Report, selection: Selection, slugs: Sequence[str]) -> Answer:
    """What ``report`` says of the organizations called ``slugs``; of all that the principal may see, if none is named.

    Raises UnknownThingError for an organization, and for a vendor that none of them has.
    """
    with home.database.transaction() as connection:
        chosen = organizations.named(connection, slugs or None, principal)
    return compute(home.reading, chosen, report, selection)


def compute(con: duckdb.DuckDBPyConnection, of: Sequence[Organization], report: Report, selection: Selection) -> Answer:
    """What ``report`` says of these organizations, over the lake attached to ``con``, in one scan of its rows.

    Raises UnknownThingError for a vendor that none of the organizations has.
    """
    _create_reported(con, of)
    ledger.define(con, [each.id for each in of])
    asked = _conditions(selection)
    if selection.vendor_key is not None:
        _require_vendor(con, selection.vendor_key)
    organization, label = _GROUPS[selection.by]
    postings = sql_text(
        "reports/postings",
        organization=organization,
        label=label,
        conditions=" AND ".join(_CONDITIONS[name] for name in asked),
    )
    if report.of_digits:
        digits = sql_text(f"reports/{report.name}", postings=postings, every_digit=sql_text("reports/every_digit"))
        text = sql_text("reports/compared", digits=digits)
    else:
        text = sql_text(f"reports/{report.name}", postings=postings)
    values = {
        **asked,
        "minimum": selection.minimum,
        "limit": selection.limit,
        "min_rows": min_rows(report, selection),
    }
    found = execute_bound(con, text, _named_in(text, values)).fetchall()
    groups = (
        _group(report, group_organization, group_name, figures, rows)
        for group_organization, group_name, *figures, rows in found
    )
    return Answer(report, selection, tuple(groups))


def min_rows(report: Report, selection: Selection) -> int:
    """How many rows a group must have: what was asked for, or else the report's own."""
    if selection.min_rows is not None:
        return selection.min_rows
    return report.min_rows if selection.by is None else report.min_rows_of_group


def _create_reported(con: duckdb.DuckDBPyConnection, of: Sequence[Organization]) -> None:
    """Make the temporary table ``reported``: no other organization's rows are in a report."""
    con.execute("CREATE OR REPLACE TEMP TABLE reported (id UUID, slug VARCHAR, currency_decimals UTINYINT)")
    if of:
        execute_bound(
            con,
            "INSERT INTO reported SELECT unnest($ids), unnest($slugs), unnest($decimals)",
            {
                "ids": [each.id for each in of],
                "slugs": [each.slug for each in of],
                "decimals": [each.currency_decimals for each in of],
            },
        )


def _conditions(selection: Selection) -> _Values:
    """The values of the conditions that ask something."""
    values: _Values = {
        "first": selection.first.first_day if selection.first else None,
        "last": selection.last.first_day if selection.last else None,
        "type": selection.type,
        "vendor_key": selection.vendor_key,
    }
    return {name: value for name, value in values.items() if value is not None}


def _named_in(text: str, values: _Values) -> _Values:
    """The values that ``text`` names: DuckDB refuses others."""
    named = set(re.findall(r"\$([a-z_]+)", text))
    return {name: value for name, value in values.items() if name in named}


def _require_vendor(con: duckdb.DuckDBPyConnection, key: str) -> None:
    """Raises UnknownThingError with the closest vendors of these organizations, whatever their months and types."""
    found = execute_bound(con, sql_text("reports/close_vendors"), {"vendor_key": key}).fetchall()
    close = [str(name) for (name,) in found]
    if key not in close:
        raise UnknownThingError("vendor", key, close, "see: ledgerwatch transactions list")


def _group(
    report: Report, organization: str, name: str, figures: Sequence[Value], rows: Sequence[Mapping[str, Value]]
) -> Group:
    values = list(figures)
    if report.bounds:
        mad = values[[column.name for column in report.figures].index("mad")]
        if not isinstance(mad, float):
            raise TypeError(f"the MAD of {report.name} is no float but {mad!r}")
        values.append(report.bounds.conformity(mad).value)
    return Group(organization, name, tuple(values), tuple(_row(report.rows, row) for row in rows))


def _row(columns: Sequence[Column], row: Mapping[str, Value]) -> tuple[Value, ...]:
    return tuple(
        _with_decimals(row[each.name], row[_DECIMALS]) if each.kind is Kind.AMOUNT else row[each.name]
        for each in columns
    )


def _with_decimals(amount: Value, decimals: Value) -> Decimal:
    """An amount of the lake with its currency's decimals, which it has at most: nothing is rounded."""
    if not isinstance(amount, Decimal) or not isinstance(decimals, int):
        raise TypeError(f"{amount!r} with {decimals!r} decimals is no amount")
    return round(amount, decimals)
