"""Runs a Great Expectations suite on a table of a live DuckDB connection: no context, no data source, no file.

Two passes: the first takes only counts, which GX bundles into three queries; the second fetches sample rows of what
failed. Importing this module imports Great Expectations, which takes seconds: import it only where it runs.
"""

import contextlib
import datetime as dt
import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import duckdb
import sqlalchemy as sa
from duckdb_sqlalchemy import ConnectionWrapper
from great_expectations.core.expectation_suite import ExpectationSuite
from great_expectations.execution_engine import SqlAlchemyExecutionEngine
from great_expectations.execution_engine.sqlalchemy_batch_data import SqlAlchemyBatchData
from great_expectations.expectations.expectation import ColumnMapExpectation
from great_expectations.validator.validator import Validator
from sqlalchemy.pool import StaticPool

from ledgerwatch_pipeline.importing.check.outcome import SAMPLES
from ledgerwatch_pipeline.model.json import JsonValue

# Without a handler of its own, GX's warnings reach a person's terminal through logging's last resort.
logging.getLogger("great_expectations").addHandler(logging.NullHandler())


@dataclass(frozen=True, slots=True)
class Check:
    """The outcome of one expectation, in plain JSON: a decimal or a date is its exact text.

    unexpected_count: rows that are not as expected. samples: at most SAMPLES of them, id columns and value.
    """

    name: str
    severity: str
    success: bool
    unexpected_count: int
    samples: tuple[dict[str, JsonValue], ...] = ()


def validate(con: duckdb.DuckDBPyConnection, table: str, suite: ExpectationSuite, row_id: Sequence[str]) -> list[Check]:
    """Run ``suite`` on the (temporary) table or view; raises where an expectation cannot be computed.

    Each expectation has a name of its own in ``meta["name"]``. The connection's transaction is left as it is.
    """
    with _validator(con, table) as validator:
        results = validator.graph_validate(
            [expectation.configuration for expectation in suite.expectations],
            runtime_configuration=_runtime(result_format="BASIC", partial_unexpected_count=0),
        )
        by_name = {
            result.expectation_config.meta["name"]: result
            for result in results
            if result.expectation_config is not None and result.expectation_config.meta is not None
        }
        if len(by_name) != len(suite.expectations):
            raise ValueError("every expectation needs a name of its own in meta['name']")
        return [
            _check(validator, name, expectation, by_name[name], row_id) for name, expectation in _by_name(suite).items()
        ]


def _by_name(suite: ExpectationSuite) -> dict[str, ColumnMapExpectation]:
    """The suite's expectations by ``meta["name"]``; raises ValueError for one that does not look row by row."""
    expectations: dict[str, ColumnMapExpectation] = {}
    for expectation in suite.expectations:
        if not isinstance(expectation, ColumnMapExpectation) or not expectation.meta:
            raise ValueError(f"{expectation.expectation_type} has no name, or judges no single row")
        expectations[expectation.meta["name"]] = expectation
    return expectations


def _check(
    validator: Validator, name: str, expectation: ColumnMapExpectation, result: Any, row_id: Sequence[str]
) -> Check:
    unexpected = result.result.get("unexpected_count") or 0  # over no rows the sum is NULL
    return Check(
        name=name,
        severity=expectation.severity.value,
        success=bool(result.success),
        unexpected_count=unexpected,
        samples=_samples(validator, expectation, row_id) if unexpected else (),
    )


def _samples(
    validator: Validator, expectation: ColumnMapExpectation, row_id: Sequence[str]
) -> tuple[dict[str, JsonValue], ...]:
    """One LIMIT query: the metric behind ``partial_unexpected_index_list``, without counting again."""
    runtime = _runtime(
        result_format="SUMMARY", partial_unexpected_count=SAMPLES, unexpected_index_column_names=list(row_id)
    )
    metric = expectation.get_validation_dependencies(
        execution_engine=validator.execution_engine, runtime_configuration=runtime
    ).get_metric_configuration(f"{expectation.map_metric}.unexpected_index_list")
    if metric is None:
        raise ValueError(f"{expectation.expectation_type} cannot name the rows it refuses")
    return tuple({column: _plain(value) for column, value in row.items()} for row in validator.get_metric(metric) or ())


def _runtime(**result_format: Any) -> dict[str, Any]:
    return {"catch_exceptions": False, "result_format": result_format}


def _plain(value: Any) -> JsonValue:
    return str(value) if isinstance(value, Decimal | dt.date) else value  # GX's own JSON makes a float of a Decimal


class _Borrowed(ConnectionWrapper):
    """The caller's connection: SQLAlchemy may neither close it nor touch its transaction. A cursor would not do: it
    is another connection, which sees no temporary tables."""

    def begin(self) -> None: ...

    def commit(self) -> None: ...

    def rollback(self) -> None: ...

    def close(self) -> None: ...


class _DuckDBExecutionEngine(SqlAlchemyExecutionEngine):
    """GX fetches after it has given the connection back, and DuckDB keeps one result a connection: so the connection
    is kept, and each (small) result read in full at once."""

    @contextlib.contextmanager
    def get_connection(self) -> Iterator[sa.Connection]:
        if self._connection is None:
            self._connection = self.engine.connect()
        yield self._connection

    def execute_query(self, query: Any) -> Any:
        return super().execute_query(query).freeze()()


@contextlib.contextmanager
def _validator(con: duckdb.DuckDBPyConnection, table: str) -> Iterator[Validator]:
    engine = sa.create_engine("duckdb://", creator=lambda: _Borrowed(con), poolclass=StaticPool)
    execution_engine = _DuckDBExecutionEngine(engine=engine)
    try:
        # Given to the engine and not as a Batch to the validator, which would load every data source to say that it is one.
        execution_engine.load_batch_data(table, SqlAlchemyBatchData(execution_engine, table_name=table))
        validator = Validator(execution_engine=execution_engine)
        validator.metrics_calculator.show_progress_bars = False
        yield validator
    finally:
        if execution_engine._connection is not None:
            execution_engine._connection.close()
        engine.dispose()
