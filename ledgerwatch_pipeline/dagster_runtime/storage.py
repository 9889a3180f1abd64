"""Dagster's storage in PostgreSQL, made for runs over many months. Named in ``dagster.yaml``; nothing else uses it.

Stock ``dagster-postgres`` opens a connection for every event and writes the planned materializations of a run one by one:
30 s for 183 months of four assets here, against 2 s with one pooled connection and one insert.
"""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from dagster import AssetKey, DagsterEventType
from dagster._config.config_schema import UserConfigSchema
from dagster._core.events import ASSET_CHECK_EVENTS, ASSET_EVENTS
from dagster._core.events.log import EventLogEntry
from dagster._core.storage.event_log.schema import AssetKeyTable, SqlEventLogStorageTable
from dagster._serdes import ConfigurableClassData
from dagster_postgres.event_log import PostgresEventLogStorage
from dagster_postgres.storage import DagsterPostgresStorage
from sqlalchemy import Connection, make_url, text
from sqlalchemy.exc import OperationalError

from ledgerwatch_pipeline.home import Home
from ledgerwatch_pipeline.settings import Settings
from ledgerwatch_pipeline.stores.postgres.locks import Lock

SCHEMA = "dagster"

_AT_ONCE = 1000
"""Events that are handed over, gathered and inserted together."""
_OF_A_STEP = {
    DagsterEventType.RESOURCE_INIT_STARTED,
    DagsterEventType.RESOURCE_INIT_SUCCESS,
    DagsterEventType.LOGS_CAPTURED,
    DagsterEventType.ENGINE_EVENT,
    DagsterEventType.STEP_INPUT,
    DagsterEventType.LOADED_INPUT,
    DagsterEventType.STEP_OUTPUT,
    DagsterEventType.HANDLED_OUTPUT,
    DagsterEventType.ASSET_MATERIALIZATION,
    DagsterEventType.ASSET_OBSERVATION,
    DagsterEventType.ASSET_CHECK_EVALUATION,
    DagsterEventType.STEP_SUCCESS,
}
"""What may wait until the next step starts. A step's start, a failure and what becomes of the run are told at once."""

_POOL = {"statement_timeout": 0, "pool_recycle": 600, "max_overflow": 10}


class BulkEventLogStorage(PostgresEventLogStorage):
    """The stock event log, with many events in one insert and one index transaction, and with a look at the schema only once."""

    def __init__(self, postgres_url: str) -> None:
        self._gathered: list[EventLogEntry] | None = None
        self._there: set[tuple[str, str]] = set()
        super().__init__(postgres_url)

    @contextmanager
    def gathering(self) -> Iterator[None]:
        """Within the block, write what a step tells when the next one starts or the run ends, and before anything is read.

        Of a run that this thread executes. One that is killed meanwhile lacks, at most, events of the step it was killed in.
        """
        self._gathered = []
        try:
            yield
        finally:
            left, self._gathered = self._gathered, None
            self._store_together(left)

    def store_event(self, event: EventLogEntry) -> None:
        """Store an event, or gather it."""
        if self._gathered is None:
            super().store_event(event)
            return
        self._gathered.append(event)
        if not event.is_dagster_event or _event_type(event) not in _OF_A_STEP or len(self._gathered) >= _AT_ONCE:
            self._write_gathered()

    def store_event_batch(self, events: Sequence[EventLogEntry]) -> None:
        """Store events of any types, or gather them."""
        kept = [event for event in events if not event.get_dagster_event().is_asset_failed_to_materialize]  # as stock
        if self._gathered is None:
            self._store_together(kept)
            return
        self._gathered.extend(kept)
        if len(self._gathered) >= _AT_ONCE:
            self._write_gathered()

    def has_table(self, table_name: str) -> bool:
        """Whether there is such a table; one that was there once is not looked for again."""
        return self._once_there((table_name, ""), lambda: super(BulkEventLogStorage, self).has_table(table_name))

    def has_asset_key_col(self, column_name: str) -> bool:
        """Whether the table of assets has such a column; as above."""
        return self._once_there(
            (AssetKeyTable.name, column_name),
            lambda: super(BulkEventLogStorage, self).has_asset_key_col(column_name),
        )

    def _once_there(self, what: tuple[str, str], look: Callable[[], bool]) -> bool:
        if what in self._there:
            return True
        found = look()
        if found:
            self._there.add(what)
        return found

    def _connect(self) -> AbstractContextManager[Connection]:
        """Every read and write goes through here, so nobody sees a log that lacks what was told before."""
        self._write_gathered()
        return super()._connect()

    def _write_gathered(self) -> None:
        if self._gathered:
            events, self._gathered = self._gathered, []
            self._store_together(events)

    def _store_together(self, events: Sequence[EventLogEntry]) -> None:
        if not events:
            return
        rows = [self._event_to_row(event) for event in events]
        try:
            ids = self._inserted(rows)
        except OperationalError as error:
            if not error.connection_invalidated:
                raise
            ids = self._inserted(rows)  # over a new connection: Dagster goes on without events that cannot be stored
        numbered = [(event, id_) for event, id_ in zip(events, ids, strict=True) if event.is_dagster_event]
        of_assets = [
            (event, id_) for event, id_ in numbered if _event_type(event) in ASSET_EVENTS and _asset_key(event)
        ]
        if of_assets:
            last = {(_asset_key(event), _event_type(event)): (event, id_) for event, id_ in of_assets}
            with self.index_transaction() as connection:
                self._store_asset_event_tags(connection, *zip(*of_assets, strict=True))
                for event, id_ in last.values():
                    self._store_asset_event(connection, event, id_)
        for event, id_ in numbered:
            if _event_type(event) in ASSET_CHECK_EVENTS:
                self.store_asset_check_event(event, id_)

    def _inserted(self, rows: Sequence[Mapping[str, Any]]) -> Sequence[int]:
        insert = SqlEventLogStorageTable.insert().returning(SqlEventLogStorageTable.c.id, sort_by_parameter_order=True)
        with self._connect() as connection:
            return connection.scalars(insert, rows).all()


class LedgerWatchStorage(DagsterPostgresStorage):
    """Dagster's runs, events and schedules in the database of LedgerWatch's settings, over one pooled connection each.

    Every process of Dagster makes one, so each keeps the embedded server up for as long as it lives.
    """

    def __init__(self, inst_data: ConfigurableClassData | None = None) -> None:
        os.environ.setdefault("DAGSTER_EVENT_BATCH_SIZE", str(_AT_ONCE))  # else Dagster hands over events one by one
        database = Home(Settings.from_environment()).database
        url = dagster_url(database.url)
        with database.lock(Lock.DAGSTER_SCHEMA):  # several processes may be the first
            with database.transaction() as connection:
                connection.execute(text(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}"))
            super().__init__(url, inst_data=inst_data)
            self._event_log_storage = BulkEventLogStorage(url)
        for storage in (self._run_storage, self._event_log_storage, self._schedule_storage):
            storage.optimize_for_webserver(**_POOL)

    @classmethod
    def config_type(cls) -> UserConfigSchema:
        """Nothing is configured in dagster.yaml: the environment says where the database is."""
        return {}

    @classmethod
    def from_config_value(
        cls,
        inst_data: ConfigurableClassData | None,
        config_value: Mapping[str, Any],  # noqa: ARG003 Dagster's signature
    ) -> "LedgerWatchStorage":
        """What Dagster calls to make one."""
        return cls(inst_data)


def dagster_url(address: str) -> str:
    """A database's address for Dagster: psycopg 2 named (its NOTIFY fails on psycopg 3), in a schema of its own."""
    url = make_url(address).set(drivername="postgresql+psycopg2")
    options = f"{url.query.get('options', '')} -csearch_path={SCHEMA}".strip()
    return url.update_query_dict({"options": options}).render_as_string(hide_password=False)


def _event_type(event: EventLogEntry) -> DagsterEventType:
    return event.get_dagster_event().event_type


def _asset_key(event: EventLogEntry) -> AssetKey | None:
    return event.get_dagster_event().asset_key
