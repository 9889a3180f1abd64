"""What a staged row must be before it may reach the ledger, as a Great Expectations suite made from ``model.transaction``.

The suite looks at the typed values only, not at the rules that staging named; ``check`` then holds the two against each
other, so a row that is wrong in a way nobody named stops its load instead of slipping in.
"""

from collections.abc import Iterable

import duckdb
from great_expectations import expectations as gxe
from great_expectations.core.expectation_suite import ExpectationSuite
from great_expectations.expectations.expectation import Expectation
from great_expectations.expectations.metrics.column_map_metrics import (  # noqa: F401 it finds metrics by name, once loaded
    column_value_lengths,
    column_values_between,
    column_values_in_set,
    column_values_non_null,
    column_values_null,
)
from great_expectations.expectations.metrics.table_metrics import (  # noqa: F401
    table_column_types,
    table_columns,
    table_row_count,
)

from ledgerwatch_pipeline.importing.check.gx_engine import Check, validate
from ledgerwatch_pipeline.importing.check.names import CHECKS
from ledgerwatch_pipeline.importing.check.rules import CHECKED_FIELDS
from ledgerwatch_pipeline.importing.stage import Days
from ledgerwatch_pipeline.model.errors import ItemError
from ledgerwatch_pipeline.model.transaction import FILE_FIELDS, TYPES
from ledgerwatch_pipeline.stores.lake.rows import only_row


class RulesDisagreeError(ItemError):
    """Staging and the expectations disagree: a defect of LedgerWatch, never of a file; nothing was promoted."""

    def __init__(self, field: str, named: int, found: int) -> None:
        self.field = field
        super().__init__(
            f"a defect of LedgerWatch, nothing was imported: for the {field}, the rules name {named} bad rows, "
            f"the expectations find {found}"
        )


def suite(days: Days, currencies: Iterable[str]) -> ExpectationSuite:
    """The suite for rows of ``days`` in ``currencies``. Value expectations skip nulls, so each required field also has one
    that it is there.
    """
    known = _expectations(days, currencies)
    expectations = [known[name] for name in CHECKS]
    for name, expectation in zip(CHECKS, expectations, strict=True):
        expectation.meta = {"name": name}
    return ExpectationSuite(name="staged_transactions", expectations=expectations)


def check(con: duckdb.DuckDBPyConnection, days: Days, currencies: Iterable[str]) -> list[Check]:
    """Run the suite on the candidates of the staged batch; raises RulesDisagreeError where staging saw it otherwise."""
    checks = validate(con, "candidates", suite(days, currencies), ("ordinal", "row_number"))
    found: dict[str, int] = {}
    for result in checks:
        field = CHECKS[result.name]
        found[field] = max(found.get(field, 0), result.unexpected_count)
    counts = ", ".join(f"count({field}_rule)" for field in CHECKED_FIELDS)
    row = only_row(con.execute(f"SELECT {counts} FROM candidates"))
    for field, named in zip(CHECKED_FIELDS, row, strict=True):
        if (named == 0) != (found[field] == 0) or named < found[field]:
            raise RulesDisagreeError(field, named, found[field])
    return checks


def _expectations(days: Days, currencies: Iterable[str]) -> dict[str, Expectation]:
    """Every expectation by the name of its check: those that follow from a field's length and need, and the special ones."""
    first_day = days.first_month.first_day
    expectations: dict[str, Expectation] = {
        "fields": gxe.ExpectColumnValuesToBeNull(column="row_rule"),
        "date_present": gxe.ExpectColumnValuesToNotBeNull(column="date"),
        "date_monitored": gxe.ExpectColumnValuesToBeBetween(column="date", min_value=first_day, max_value=days.last),
        "amount_exact": gxe.ExpectColumnValuesToNotBeNull(column="amount"),
        "amount_positive": gxe.ExpectColumnValuesToBeBetween(column="amount_sign", min_value=1, max_value=1),
        "type_present": gxe.ExpectColumnValuesToNotBeNull(column="type"),
        "type_known": gxe.ExpectColumnValuesToBeInSet(column="type", value_set=list(TYPES)),
        "currency_known": gxe.ExpectColumnValuesToBeInSet(column="currency", value_set=sorted(currencies)),
        "currency_matches": gxe.ExpectColumnValuesToBeNull(column="currency_rule"),
        "external_id_agrees": gxe.ExpectColumnValuesToBeNull(column="external_id_rule"),
    }
    for field in FILE_FIELDS:
        if field.text and field.required:
            expectations[f"{field.name}_present"] = gxe.ExpectColumnValuesToNotBeNull(column=field.name)
        if field.max_length is not None:
            expectations[f"{field.name}_length"] = gxe.ExpectColumnValueLengthsToBeBetween(
                column=field.name, min_value=1, max_value=field.max_length
            )
    return expectations
