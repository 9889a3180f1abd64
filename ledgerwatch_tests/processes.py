"""``ledgerwatch`` as processes on a home of its own: run, paused where it waits for a lock, killed; and what is left of it.

For tests in which the boundary of the process matters. A process is stopped at a named place by holding what it locks there;
that it waits is seen in PostgreSQL, so nothing here depends on how fast the machine is.
"""

import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import termios
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, text

from ledgerwatch_pipeline.access.principal import local_operator
from ledgerwatch_pipeline.home import Home
from ledgerwatch_pipeline.importing.receive.files import receive
from ledgerwatch_pipeline.model.load import ImportOptions, LoadRow
from ledgerwatch_pipeline.model.organization import Organization
from ledgerwatch_pipeline.settings import Settings
from ledgerwatch_pipeline.stores.postgres import audit, loads, locks, organizations
from ledgerwatch_pipeline.stores.postgres.engine import Database
from ledgerwatch_pipeline.stores.postgres.locks import Lock
from ledgerwatch_tests import forked
from ledgerwatch_tests.steps import analyse_due, import_these
from ledgerwatch_tests.template import make_home, stop_server

TESTER = local_operator("test")
PROJECT = Path(__file__).parents[1]
_PATIENCE = 120
"""Seconds after which a process that should wait somewhere counts as lost."""


class Installation:
    """One home and the terminals on it. The path is short: it holds a socket."""

    def __init__(self, folder: Path, **environment: str) -> None:
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("LEDGERWATCH_")},
            "LEDGERWATCH_HOME": str(folder),
            "PYTHONPATH": str(PROJECT),
            **environment,
        }
        self.environment.pop("PYTHONDONTWRITEBYTECODE", None)
        self.home = Home(replace(Settings.from_environment(self.environment), threads=1))

    def add_organization(self, slug: str, currency: str = "USD", currency_decimals: int = 2) -> None:
        """With an id that follows from the slug, so that two installations give the same ids to the same bytes."""
        organization = Organization(organization_id(slug), slug, slug.title(), currency, currency_decimals)
        with self.home.database.transaction() as connection:
            organizations.add(connection, organization, TESTER)

    def alert_of(self, slug: str, groups: int = 1) -> str:
        """The number of the first alert of a new organization with that many pairs of equal payments."""
        self.add_organization(slug)
        file = self.home.settings.home / f"{slug}.csv"
        rows = [f"2024-03-0{day},Acme {group},50.00" for group in range(groups) for day in (1, 2)]
        file.write_text("\n".join(["date,vendor,amount", *rows]).replace("Acme 0", "Acme"))
        self.deliver(slug, file)
        return str(self.json("alerts", "list", "--org", slug)["alerts"][0]["number"])

    def deliver(self, slug: str, *files: Path) -> list[LoadRow]:
        """Import files and analyse what that asks for, in this process and without Dagster; their rows of the registry.

        What others left due is analysed before, apart: runs over the files' months are about them alone.
        """
        home = self.home
        analyse_due(home)
        receipts = receive(home, files, slug, ImportOptions(), TESTER)
        ids = [receipt.load_id for receipt in receipts]
        import_these(home, TESTER, ids)
        analyse_due(home)
        with home.database.transaction() as connection:
            found = loads.by_ids(connection, ids)
        return [found[each] for each in ids]

    def run(self, *arguments: str | Path, **environment: str) -> "subprocess.CompletedProcess[str]":
        """What became of a command; its process is forked from one that has loaded all modules."""
        return forked.run([str(each) for each in arguments], {**self.environment, **environment})

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

    def start(self, *arguments: str | Path, **environment: str) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            self.command(*arguments),
            env={**self.environment, **environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
        )

    def hold(self, lock: Lock, slug: str | None = None) -> "Barrier":
        """A barrier where processes take ``lock``; of the organization, if it is by organization."""
        owners = [organization_id(slug)] if slug else []
        return Barrier(self.home.database, lambda connection: locks.hold(connection, lock, owners))

    def hold_rows(self, table: str) -> "Barrier":
        """A barrier where processes check that a lease on rows of ``table`` is still theirs."""
        return Barrier(
            self.home.database, lambda connection: connection.execute(text(f"SELECT 1 FROM {table} FOR UPDATE"))
        )

    def hold_table(self, table: str) -> "Barrier":
        """A barrier where processes write to ``table``."""
        return Barrier(
            self.home.database, lambda connection: connection.execute(text(f"LOCK TABLE {table} IN SHARE MODE"))
        )

    def kill_at(self, barrier: "Barrier", *arguments: str | Path) -> None:
        """Start a command, wait until it waits at ``barrier``, and kill it there."""
        with barrier, self.killed(*arguments) as process:
            barrier.wait_for_waiter(process)

    def kill_between(self, first: "Barrier", then: "Barrier", *arguments: str | Path) -> None:
        """Kill a command at ``then``, which is put up only once the command waits at ``first``."""
        with ExitStack() as stack, self.killed(*arguments) as process:
            with first:
                first.wait_for_waiter(process)
                stack.enter_context(then)
            then.wait_for_waiter(process)

    def wait_for_run(self, analyzer: str, process: "subprocess.Popen[str]") -> None:
        """Wait until a run of the analyzer has begun; fails when the process ends instead."""
        running = text("SELECT 1 FROM analysis_runs WHERE analyzer = :analyzer AND status = 'RUNNING'")
        for _ in range(_PATIENCE * 20):
            with self.home.database.transaction() as connection:
                if connection.execute(running, {"analyzer": analyzer}).first():
                    return
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(timeout=0.05)
                raise AssertionError(f"the process ended ({process.returncode}) before it came here")
        raise AssertionError("the process never came here")

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
        self.home.close()

    def command(self, *arguments: str | Path) -> list[str]:
        return [sys.executable, "-m", "ledgerwatch_pipeline.cli.main", *map(str, arguments)]


def organization_id(slug: str) -> UUID:
    """The id that an installation gives to the organization."""
    return UUID(int=int.from_bytes(slug.encode()[:16], "big"))


@contextmanager
def installation() -> Iterator[Installation]:
    """A fresh installation in a temporary folder with a short path, removed at the end."""
    folder = Path(tempfile.mkdtemp(prefix="lw-"))
    make_home(folder / "h")
    opened = Installation(folder / "h")
    try:
        yield opened
    finally:
        opened.close()
        stop_server(folder / "h")
        shutil.rmtree(folder, ignore_errors=True)


class Barrier:
    """Something locked by the test from ``with`` to the end of the block, so that processes wait there."""

    def __init__(self, database: Database, take: Callable[[Connection], object]) -> None:
        self._database = database
        self._take = take
        self._stack = ExitStack()
        self._pid = 0

    def __enter__(self) -> "Barrier":
        connection = self._stack.enter_context(self._database.transaction())
        self._pid = connection.execute(text("SELECT pg_backend_pid()")).scalar_one()
        self._take(connection)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def wait_for_waiter(self, process: "subprocess.Popen[str]") -> None:
        """Wait until somebody waits for what is locked here; fails when the process ends instead."""
        for _ in range(_PATIENCE * 20):
            if self.waiters():
                return
            try:
                process.wait(timeout=0.05)
            except subprocess.TimeoutExpired:
                continue
            raise AssertionError(
                f"the process ended ({process.returncode}) before it came here: {process.stderr and process.stderr.read()}"
            )
        raise AssertionError("the process never came here")

    def waiters(self) -> int:
        """How many connections wait for what is locked here."""
        with self._database.transaction() as connection:
            return int(
                connection.execute(
                    text("SELECT count(*) FROM pg_stat_activity WHERE :pid = ANY(pg_blocking_pids(pid))"),
                    {"pid": self._pid},
                ).scalar_one()
            )


def everything(home: Home) -> dict[str, list[Any]]:
    """All that a home holds, but for what says when, in which run and in which attempt: two homes with the same history are
    equal."""
    con = home.lake.con
    state: dict[str, list[Any]] = {
        table: con.execute(f"SELECT * FROM lake.{table} ORDER BY ALL").fetchall()
        for table in ("transactions", "load_totals")
    }
    with home.database.transaction() as connection:
        assert sum(audit.verify(connection).values()) > 0
        attempts = connection.execute(text("SELECT id, attempts FROM loads")).all()
        current = connection.execute(text("SELECT organization_id, analyzer, month, run_id FROM current_runs")).all()
        for name, query in {
            "loads": "SELECT id, file, status, on_invalid, rows, accepted, rejected, skipped, blank, expense, income,"
            " refund, months, rules, reason, error FROM loads ORDER BY id",
            "due": "SELECT organization_id, analyzer, first_month, last_month, status FROM analysis_work ORDER BY 1, 2, 3, 4",
            "alerts": "SELECT id, organization_id, analyzer, fingerprint, severity, title, message, subject, amount, month,"
            " evidence, transactions FROM alerts WHERE status <> 'RESOLVED' ORDER BY id",
            "analysed": "SELECT organization_id, analyzer, month, findings FROM current_runs ORDER BY 1, 2, 3",
            "running": "SELECT analyzer FROM analysis_runs WHERE status IN ('PENDING', 'RUNNING')",
            "received and imported": "SELECT event_type, organization_id, subject_id, metadata FROM audit_events"
            " WHERE event_type IN ('LOAD_RECEIVED', 'TRANSACTIONS_IMPORTED', 'LOAD_REJECTED') ORDER BY 1, 2, 3",
        }.items():
            state[name] = [tuple(row) for row in connection.execute(text(query))]
    state["row_issues"] = [
        row
        for row in con.execute("SELECT * EXCLUDE (attempt), attempt FROM lake.row_issues ORDER BY ALL").fetchall()
        if (row[0], row[-1]) in {(load, attempt) for load, attempt in attempts}
    ]
    state["row_issues"] = [row[:-1] for row in state["row_issues"]]
    holding = {tuple(row) for row in current}
    state["findings"] = [
        row[:-1]
        for row in con.execute(
            "SELECT * EXCLUDE (analysis_run_id, ledger_snapshot), analysis_run_id FROM lake.findings ORDER BY ALL"
        ).fetchall()
        if (row[1], row[0], row[2], row[-1]) in holding
    ]
    return state
