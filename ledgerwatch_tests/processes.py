"""``ledgerwatch`` as processes on a home of its own: run, paused where it waits for a lock, killed; and what is left of it.

For tests in which the boundary of the process matters. A process is stopped at a named place by holding the lock that it
takes there; that it waits is seen in PostgreSQL, so nothing here depends on how fast the machine is.
"""

import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import termios
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any
from uuid import UUID

from ledgerwatch_pipeline.alerting.raising import raise_alerts
from ledgerwatch_pipeline.analysis import plan as planning
from ledgerwatch_pipeline.analysis import reconcile as reconciling
from ledgerwatch_pipeline.analysis import run as running
from ledgerwatch_pipeline.analysis.registry import ANALYZERS
from ledgerwatch_pipeline.home import Home
from ledgerwatch_pipeline.importing import importer
from ledgerwatch_pipeline.importing.receive import files as receiving
from ledgerwatch_pipeline.model.load import OnInvalid
from ledgerwatch_pipeline.model.organization import Organization
from ledgerwatch_pipeline.settings import Settings
from ledgerwatch_pipeline.stores.postgres import audit as audit_log
from ledgerwatch_pipeline.stores.postgres import loads, organizations
from ledgerwatch_pipeline.stores.postgres.engine import SCHEMA, Database, lock_key

PROJECT = Path(__file__).parents[1]
_PATIENCE = 120
"""Seconds after which a process that should wait somewhere counts as lost."""


class Installation:
    """One home and the terminals on it. The path is short: it holds a socket."""

    def __init__(self, folder: Path, **environment: str) -> None:
        self.home = Home(Settings(home=folder))
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("LEDGERWATCH_")},
            "LEDGERWATCH_HOME": str(folder),
            "PYTHONPATH": str(PROJECT),
            **environment,
        }
        self.environment.pop("PYTHONDONTWRITEBYTECODE", None)

    def add_organization(self, slug: str, currency: str = "USD") -> None:
        """With an id that follows from the slug, so that two installations give the same ids to the same bytes."""
        identity = UUID(int=int.from_bytes(slug.encode()[:16], "big"))
        with self.home.database.transaction() as cursor:
            organizations.add(cursor, Organization(identity, slug, slug.title(), currency), "test")

    def alert_of(self, slug: str, groups: int = 1) -> int:
        """The number of the first alert of a new organization with that many pairs of equal payments."""
        self.add_organization(slug)
        file = self.home.settings.home / f"{slug}.csv"
        rows = [f"2024-03-0{day},Acme {group},50.00" for group in range(groups) for day in (1, 2)]
        file.write_text("\n".join(["date,vendor,amount", *rows]).replace("Acme 0", "Acme"))
        self.deliver(slug, file)
        return int(self.json("alerts", "list", "--org", slug)["alerts"][0]["number"])

    def deliver(self, slug: str, file: Path) -> dict[str, Any]:
        """Import a file and analyse what that asks for, in this process and without Dagster; its row of the registry.

        What others left due is analysed before, apart: runs over the file's months are about it alone.
        """
        home = self.home
        analyze_due(home)
        (receipt,) = receiving.receive(home, [file], slug, profile_name=None, on_invalid=OnInvalid.REJECT, actor="test")
        import_these(home, [receipt.load_id], "test")
        analyze_due(home)
        with home.database.transaction() as cursor:
            return loads.by_ids(cursor, [receipt.load_id])[receipt.load_id]

    def run(self, *arguments: str | Path, **environment: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            self.command(*arguments),
            env={**self.environment, **environment},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
        )

    def json(self, *arguments: str | Path) -> Any:
        """What a command that succeeds prints with ``--json``: one object, and nothing on standard error."""
        result = self.run(*arguments, "--json")
        assert (result.returncode, result.stderr) == (0, "")
        return json.loads(result.stdout)

    def on_terminal(self, columns: int, *arguments: str | Path) -> str:
        """What a command writes to a terminal of that width."""
        terminal, process_end = os.openpty()
        termios.tcsetwinsize(process_end, (50, columns))
        process = subprocess.Popen(
            self.command(*arguments),
            env={**self.environment, "TERM": "dumb"},
            stdin=subprocess.DEVNULL,
            stdout=process_end,
            stderr=subprocess.STDOUT,
        )
        os.close(process_end)
        written = bytearray()
        with contextlib.suppress(OSError):  # how Linux says that nobody holds the other end any more
            while part := os.read(terminal, 65536):
                written += part
        os.close(terminal)
        assert process.wait() == 0, written.decode()
        return written.decode()

    def start(self, *arguments: str | Path) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            self.command(*arguments),
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
        )

    def hold(self, lock: str) -> "HeldLock":
        return HeldLock(self.home.database, lock)

    def kill_at(self, lock: str, *arguments: str | Path) -> None:
        """Start a command, wait until it waits for ``lock``, and kill it there."""
        with self.hold(lock) as held, self.killed(*arguments) as process:
            held.wait_for_waiters(1, process)

    @contextmanager
    def killed(self, *arguments: str | Path) -> Iterator["subprocess.Popen[str]"]:
        """A command that runs during the block and is killed (SIGKILL) at its end."""
        process = self.start(*arguments)
        try:
            yield process
        finally:
            process.kill()
            process.communicate()

    def close(self) -> None:
        self.home.lake.close()

    def command(self, *arguments: str | Path) -> list[str]:
        return [sys.executable, "-m", "ledgerwatch_pipeline.cli.main", *map(str, arguments)]


def import_these(home: Home, load_ids: Sequence[UUID], actor: str) -> None:
    """Import these loads in this process and without Dagster; one that another process has is waited for."""
    importer.import_received(home, actor)
    while loads.wait_for(home.database, load_ids):
        importer.import_received(home, actor)


def analyze_due(home: Home) -> None:
    """Analyse the months due, in this process and without Dagster."""
    requests, seqs = planning.plan(home, ANALYZERS)
    for request in requests:
        reconciling.reconcile_ledger(home, request)
        for analyzer in ANALYZERS:
            running.run_analyzer(home, analyzer, request)
            raise_alerts(home, analyzer, request)
    planning.finish_plan(home, seqs)


@contextmanager
def installation() -> Iterator[Installation]:
    """A fresh installation in a temporary folder with a short path, removed at the end."""
    folder = Path(tempfile.mkdtemp(prefix="lw-"))
    opened = Installation(folder / "h")
    try:
        yield opened
    finally:
        opened.close()
        shutil.rmtree(folder, ignore_errors=True)


class HeldLock:
    """An advisory lock of LedgerWatch, held by the test from ``with`` or ``take`` to the end of the block or ``release``."""

    def __init__(self, database: Database, name: str) -> None:
        self._database = database
        self._connection = database.connect()
        self._connection.autocommit = True
        self._name = name
        self._taking = threading.Thread(target=self.take)

    def __enter__(self) -> "HeldLock":
        self.take()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()

    def queue(self) -> None:
        """Get in line behind those who wait: PostgreSQL serves them in order."""
        self._taking.start()

    def wait_until_taken(self) -> None:
        self._taking.join(_PATIENCE)
        assert not self._taking.is_alive(), f"the lock {self._name!r} did not become free"

    def release(self) -> None:
        self._connection.close()

    def wait_for_waiters(self, number: int, process: "subprocess.Popen[str]") -> None:
        """Wait until ``number`` wait for this lock; fails when the process ends instead."""
        for _ in range(_PATIENCE * 20):
            if self._waiters() == number:
                return
            try:
                process.wait(timeout=0.05)
            except subprocess.TimeoutExpired:
                continue
            raise AssertionError(f"the process ended ({process.returncode}) before it wanted {self._name!r}")
        raise AssertionError(f"the process never wanted the lock {self._name!r}")

    def take(self) -> None:
        with self._connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s, %s)", (lock_key(SCHEMA), lock_key(self._name)))

    def _waiters(self) -> int:
        with self._database.transaction() as cursor:
            cursor.execute(
                "SELECT count(*) AS n FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
                " AND classid = %s::bigint::oid AND objid = %s::bigint::oid",
                (lock_key(SCHEMA) % 2**32, lock_key(self._name) % 2**32),
            )
            return int(cursor.fetchone()["n"])


def kill_before_writing(victim: Installation, command: tuple[str | Path, ...]) -> None:
    """Attaching the lake takes the lock that writing takes later: the test gets in line for it while the process attaches."""
    behind = victim.hold("lake")
    with victim.killed(*command) as process:
        with victim.hold("lake") as attaching:
            attaching.wait_for_waiters(1, process)
            behind.queue()
            attaching.wait_for_waiters(2, process)
        behind.wait_until_taken()
        behind.wait_for_waiters(1, process)
    behind.release()


def kill_after_writing(victim: Installation, command: tuple[str | Path, ...]) -> None:
    """Closing a load appends to the audit log; the process has received the files, which does too, when it attaches."""
    closing = victim.hold("audit")
    with victim.killed(*command) as process:
        with victim.hold("lake") as attaching:
            attaching.wait_for_waiters(1, process)
            closing.take()
        closing.wait_for_waiters(1, process)
    closing.release()


def everything(home: Home) -> dict[str, list[Any]]:
    """All that a home holds, but for what says when and in which run: two homes with the same history are equal."""
    con = home.lake.con
    state: dict[str, list[Any]] = {
        table: con.execute(f"SELECT * FROM lake.{table} ORDER BY ALL").fetchall()
        for table in ("transactions", "load_totals", "rejected_rows", "skipped_rows", "ledger_months")
    }
    state["findings"] = con.execute(
        "SELECT * EXCLUDE (analysis_run_id, ledger_snapshot) FROM lake.findings ORDER BY ALL"
    ).fetchall()
    with home.database.transaction() as cursor:
        assert audit_log.verify(cursor) > 0
        for name, query in {
            "loads": "SELECT id, file, status, on_invalid, rows, accepted, rejected, skipped, blank, expense, income,"
            " refund, months, rules, reason FROM loads ORDER BY id",
            "due": "SELECT organization_id, month FROM months_due ORDER BY 1, 2",
            "alerts": "SELECT id, organization_id, analyzer, fingerprint, severity, title, message, subject, amount, month,"
            " evidence, transactions FROM alerts WHERE status <> 'RESOLVED' ORDER BY id",
            "running": "SELECT analyzer FROM analysis_runs WHERE status IN ('PENDING', 'RUNNING')",
            "received and imported": "SELECT event_type, organization, subject, metadata FROM audit_events"
            " WHERE event_type IN ('LOAD_RECEIVED', 'TRANSACTIONS_IMPORTED', 'LOAD_REJECTED') ORDER BY 1, 2, 3",
        }.items():
            cursor.execute(query)
            state[name] = [dict(row) for row in cursor.fetchall()]
    return state
