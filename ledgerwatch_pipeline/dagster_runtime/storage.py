"""Dagster's storage in PostgreSQL, made for runs over many months. Named in ``dagster.yaml``; nothing else uses it.

Stock ``dagster-postgres`` opens a connection for every event and writes the planned materializations of a run one by one:
30 s for 183 months of four assets here, against 2 s with one pooled connection and one insert.
"""

import os
from collections.abc import Mapping, Sequence
from typing import Any

from dagster import DagsterEventType
from dagster._config.config_schema import UserConfigSchema
from dagster._core.events.log import EventLogEntry
from dagster._core.storage.event_log.schema import SqlEventLogStorageTable
from dagster._serdes import ConfigurableClassData
from dagster_postgres.event_log import PostgresEventLogStorage
from dagster_postgres.storage import DagsterPostgresStorage
from sqlalchemy import make_url, text

from ledgerwatch_pipeline.home import Home
from ledgerwatch_pipeline.settings import Settings
from ledgerwatch_pipeline.stores.postgres.locks import Lock

SCHEMA = "dagster"

_POOL = {"statement_timeout": 0, "pool_recycle": 600, "max_overflow": 10}


class BulkEventLogStorage(PostgresEventLogStorage):
    """The stock event log, with the planned materializations of a run in one insert and one index transaction."""

    def store_event_batch(self, events: Sequence[EventLogEntry]) -> None:
        """Store events of any types: those planned together, the others by type."""
        planned = [event for event in events if _event_type(event) is DagsterEventType.ASSET_MATERIALIZATION_PLANNED]
        if planned:
            self._store_planned(planned)
        others: dict[DagsterEventType, list[EventLogEntry]] = {}
        for event in events:
            if _event_type(event) is not DagsterEventType.ASSET_MATERIALIZATION_PLANNED:
                others.setdefault(_event_type(event), []).append(event)
        for batch in others.values():  # the stock batch insert takes events of one type
            super().store_event_batch(batch)

    def _store_planned(self, events: Sequence[EventLogEntry]) -> None:
        insert = self.prepare_insert_event_batch(events).returning(SqlEventLogStorageTable.c.id)
        with self._connect() as connection:
            ids = [int(row[0]) for row in connection.execute(insert)]
        last = {event.get_dagster_event().asset_key: (event, id_) for event, id_ in zip(events, ids, strict=True)}
        with self.index_transaction() as connection:
            self._store_asset_event_tags(connection, events, ids)
            for event, id_ in last.values():
                self._store_asset_event(connection, event, id_)


class LedgerWatchStorage(DagsterPostgresStorage):
    """Dagster's runs, events and schedules in the database of LedgerWatch's settings, over one pooled connection each.

    Every process of Dagster makes one, so each keeps the embedded server up for as long as it lives.
    """

    def __init__(self, inst_data: ConfigurableClassData | None = None) -> None:
        os.environ.setdefault("DAGSTER_EVENT_BATCH_SIZE", "1000")  # else Dagster hands over events one by one
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
