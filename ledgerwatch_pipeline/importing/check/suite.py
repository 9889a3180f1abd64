"""What a staged row must be before it may reach the ledger, as a Great Expectations suite.

The suite looks at the typed values only, not at the rules that staging named; ``verdict`` then holds the two against
each other, so a row that is wrong in a way nobody named stops the import instead of slipping in.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

import duckdb
from great_expectations import ExpectationSuite
from great_expectations import expectations as gxe
from great_expectations.expectations.expectation import Expectation

from ledgerwatch_pipeline.importing.check.gx_engine import Check, validate
from ledgerwatch_pipeline.importing.check.names import CHECKS


@dataclass(frozen=True)
class ContractBrokenError(Exception):
    """Staging and the expectations disagree: a defect of LedgerWatch, never of a file; nothing was promoted."""

    message: str


def suite(first_day: date, tomorrow: date, currencies: Iterable[str]) -> ExpectationSuite:
    """The suite for rows dated ``first_day``..``tomorrow`` in ``currencies``. Value expectations skip nulls, so each
    required field also has one that it is there."""
    expectations: dict[str, Expectation] = {
        "fields": gxe.ExpectColumnValuesToBeNull(column="row_rule"),
        "date_present": gxe.ExpectColumnValuesToNotBeNull(column="date"),
        "date_monitored": gxe.ExpectColumnValuesToBeBetween(column="date", min_value=first_day, max_value=tomorrow),
        "vendor_present": gxe.ExpectColumnValuesToNotBeNull(column="vendor"),
        "vendor_length": gxe.ExpectColumnValueLengthsToBeBetween(column="vendor", min_value=1, max_value=255),
        "amount_exact": gxe.ExpectColumnValuesToNotBeNull(column="amount"),
        "amount_positive": gxe.ExpectColumnValuesToBeBetween(column="amount_sign", min_value=1, max_value=1),
        "type_present": gxe.ExpectColumnValuesToNotBeNull(column="type"),
        "type_known": gxe.ExpectColumnValuesToBeInSet(column="type", value_set=["expense", "income", "refund"]),
        "category_length": gxe.ExpectColumnValueLengthsToBeBetween(column="category", max_value=100),
        "description_length": gxe.ExpectColumnValueLengthsToBeBetween(column="description", max_value=10_000),
        "currency_known": gxe.ExpectColumnValuesToBeInSet(column="currency", value_set=sorted(currencies)),
        "currency_matches": gxe.ExpectColumnValuesToBeNull(column="currency_rule"),
        "external_id_length": gxe.ExpectColumnValueLengthsToBeBetween(column="external_id", max_value=255),
        "external_id_agrees": gxe.ExpectColumnValuesToBeNull(column="external_id_rule"),
    }
    if expectations.keys() != CHECKS.keys():
        raise ValueError("the suite and CHECKS name different checks")
    for name, expectation in expectations.items():
        expectation.meta = {"name": name}
    return ExpectationSuite(name="staged_transactions", expectations=list(expectations.values()))


def check(con: duckdb.DuckDBPyConnection, first_day: date, tomorrow: date, currencies: Iterable[str]) -> list[Check]:
    """Run the suite on the candidates of the staged batch; raises ContractBrokenError where staging saw it otherwise."""
    checks = validate(con, "candidates", suite(first_day, tomorrow, currencies), ("ordinal", "row_number"))
    unexpected: dict[str, int] = {}
    for result in checks:
        field = CHECKS[result.name]
        unexpected[field] = max(unexpected.get(field, 0), result.unexpected_count)
    for field, count in unexpected.items():
        row = con.execute(f"SELECT count({field}_rule) FROM candidates").fetchone()
        named = row[0] if row else 0
        if (named == 0) != (count == 0) or named < count:
            raise ContractBrokenError(f"{field}: the rules name {named} bad rows, the expectations find {count}")
    return checks
