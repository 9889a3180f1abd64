"""Files of watched inboxes as rows of PostgreSQL: what was seen of them, and the loads they became. Which state follows which
is ``model.inbox``'s. An inbox is called by the absolute path of its folder, or its address."""

from collections.abc import Collection, Iterable
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, func, select, tuple_
from sqlalchemy.dialects.postgresql import insert

from ledgerwatch_pipeline.model.inbox import FileStamp, InboxCount, InboxFile, InboxState
from ledgerwatch_pipeline.stores.postgres.tables import inbox_files

_AT_ONCE = 1_000
"""Rows of one statement: PostgreSQL takes 65,535 values."""


def of_inbox(
    connection: Connection, inbox: str, states: Collection[InboxState] = tuple(InboxState)
) -> dict[str, InboxFile]:
    """The files of one inbox that stand in one of ``states``, by path."""
    query = select(inbox_files).where(
        inbox_files.c.inbox == inbox, inbox_files.c.state.in_([each.value for each in states])
    )
    return {row.path: _row(row) for row in connection.execute(query.order_by(inbox_files.c.path))}


def standing(connection: Connection, inbox: str) -> dict[InboxState, InboxCount]:
    """How many files of one inbox stand in each state, and since when the first of them does; a state without any is absent."""
    query = (
        select(inbox_files.c.state, func.count().label("files"), func.min(inbox_files.c.since).label("since"))
        .where(inbox_files.c.inbox == inbox)
        .group_by(inbox_files.c.state)
    )
    found = {InboxState(row.state): InboxCount(row.files, row.since) for row in connection.execute(query)}
    return {state: found[state] for state in InboxState if state in found}


def places_of(connection: Connection, load_id: UUID) -> list[str]:
    """Where the files lay that are this load, when their inboxes were last looked at: folder or address, and path."""
    query = select(inbox_files.c.inbox, inbox_files.c.path).where(inbox_files.c.load_id == load_id)
    return [f"{row.inbox}/{row.path}" for row in connection.execute(query.order_by(*query.selected_columns))]


def write(connection: Connection, inbox: str, files: Iterable[InboxFile]) -> None:
    """Write these files as they are now, whatever was there of them."""
    rows = [
        {
            "inbox": inbox,
            "path": each.path,
            "organization": each.organization,
            "bytes": each.stamp.bytes,
            "changed_ns": each.stamp.changed_ns,
            "etag": each.stamp.etag,
            "state": each.state.value,
            "since": each.since,
            "seen_at": each.seen_at,
            "load_id": each.load_id,
            "reason": each.reason,
        }
        for each in sorted(files, key=lambda each: each.path)  # two that write at once lock rows in one order
    ]
    for start in range(0, len(rows), _AT_ONCE):
        statement = insert(inbox_files).values(rows[start : start + _AT_ONCE])
        changed = {name: statement.excluded[name] for name in rows[0] if name not in ("inbox", "path")}
        connection.execute(statement.on_conflict_do_update(index_elements=["inbox", "path"], set_=changed))


def forget(connection: Connection, inbox: str, paths: Collection[str]) -> None:
    """Files that lie there no more."""
    ordered = sorted(paths)
    for start in range(0, len(ordered), _AT_ONCE):
        part = [(inbox, path) for path in ordered[start : start + _AT_ONCE]]
        connection.execute(inbox_files.delete().where(tuple_(inbox_files.c.inbox, inbox_files.c.path).in_(part)))


def _row(row: Row[*tuple[Any, ...]]) -> InboxFile:
    return InboxFile(
        row.path,
        row.organization,
        FileStamp(row.bytes, row.changed_ns, row.etag),
        InboxState(row.state),
        row.since,
        row.seen_at,
        row.load_id,
        row.reason,
    )
