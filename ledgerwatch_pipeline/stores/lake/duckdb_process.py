"""A DuckDB in a process of its own, so that what one statement takes can be bounded: its time by killing the process, its
memory by the operating system. Both ends of the pipe live here.

DuckDB's own limits do not hold for a single call of a function: no interrupt ends ``levenshtein`` of two long texts, and the
memory of ``repeat`` is not counted. What is executed here, and over which data: ``lake.answering``. The process is told
statements and nothing else; it has no part of the environment that could hold a secret.
"""

import io
import os
import pickle
import re
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import traceback
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import duckdb

from ledgerwatch_pipeline.model.errors import StoreUnavailableError, UsageError

NO_DOWNLOADS: dict[str, str | bool | int | float | list[str]] = {
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
}
"""With which every DuckDB here is opened: what is not installed is an error, and no reason to ask the network."""
_MARGIN = 512 * 1024 * 1024
"""Bytes of address space over the memory limit: stacks, what allocators hold in reserve, and rows on their way."""
_LONGEST = 64 * 1024 * 1024
"""Bytes of a message: rows on their way are in memory twice on both sides."""
_GOOD = 1024 * 1024
"""Bytes of a message that the number of its rows is led to."""
_FIRST, _MOST = 128, 5_000
"""Rows of the first message of an answer, and of any."""
_LENGTH = 8
_ENVIRONMENT = {"HOME", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "PATH", "PYTHONDONTWRITEBYTECODE", "PYTHONHOME", "TMPDIR"}
_UNITS = {"K": 1, "M": 2, "G": 3, "T": 4}
_VALUES = {
    ("datetime", "date"),
    ("datetime", "datetime"),
    ("datetime", "time"),
    ("datetime", "timedelta"),
    ("datetime", "timezone"),
    ("decimal", "Decimal"),
    ("pytz", "_UTC"),
    ("pytz", "_p"),
    ("uuid", "UUID"),
}
"""What DuckDB makes of values, beside what a pickle has without naming it."""


class Deadline:
    """The time that DuckDB may take for one question; what is done with the rows between is not counted."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.left = seconds


@dataclass(frozen=True, slots=True)
class Answer:
    """The names of the columns, and the rows as they come; a row that cannot be computed raises UsageError."""

    columns: list[str]
    rows: Iterator[tuple[Any, ...]]


class DuckDBProcess:
    """A DuckDB that runs until ``close`` or until a statement goes beyond its bounds; for one thread at a time."""

    def __init__(self, folder: Path) -> None:
        """``folder`` is what the process works in. It removes the folder when this process dies, which cannot do it then."""
        self._memory_limit = ""
        self._complaints = tempfile.TemporaryFile()  # noqa: SIM115 open as long as the process
        self._pipe, theirs = socket.socketpair()
        with theirs:
            kept = {name: value for name, value in os.environ.items() if name in _ENVIRONMENT}
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", __name__, str(theirs.fileno()), str(folder)],
                # Two arenas: each thread's own would hold 64 MB of address space in reserve.
                env={**kept, "PYTHONPATH": os.pathsep.join(map(os.path.abspath, sys.path)), "MALLOC_ARENA_MAX": "2"},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=self._complaints,
                pass_fds=[theirs.fileno()],
                start_new_session=True,  # Ctrl-C is for those who can say something about it
            )
        self.pid = self._process.pid

    def close(self) -> None:
        """End the process, whatever it does, and wait until it is gone."""
        self._process.kill()
        self._process.wait()
        self._pipe.close()
        self._complaints.close()

    def limit_memory(self, memory_limit: str) -> None:
        """From now on the process gets ``memory_limit`` (such as ``2GB``) and a margin more than it has. Linux only."""
        self._ask(("limit", _bytes(memory_limit) + _MARGIN))
        self._memory_limit = memory_limit

    def execute(self, statement: str, deadline: Deadline | None = None) -> Answer:
        """The answer to ``statement``, good until the next one. Raises UsageError for what DuckDB refuses, with its words,
        and for what takes too long or too much memory."""
        columns: list[str] = self._ask(("execute", statement), deadline)
        return Answer(columns, self._rows(deadline))

    def _rows(self, deadline: Deadline | None) -> Iterator[tuple[Any, ...]]:
        while rows := self._ask(("fetch", None), deadline):
            yield from rows

    def _ask(self, request: tuple[str, Any], deadline: Deadline | None = None) -> Any:
        began = time.monotonic()
        until = None if deadline is None else began + max(deadline.left, 0)
        try:
            self._send(pickle.dumps(request), until)
            length = int.from_bytes(self._receive(_LENGTH, until), "big")
            if length > _LONGEST:
                raise StoreUnavailableError("the process of DuckDB broke the rules of its pipe")
            kind, reply = _Unpickler(io.BytesIO(self._receive(length, until))).load()
        except TimeoutError:
            self._process.kill()
            seconds = deadline.seconds if deadline else 0
            raise UsageError(
                f"the answer took longer than {seconds:g} seconds and was given up; ask for less, such as fewer months"
            ) from None
        except (EOFError, ConnectionError):
            raise self._why_it_ended() from None
        if deadline is not None:
            deadline.left -= time.monotonic() - began
        match kind:
            case "done":
                return reply
            case "refused":
                raise UsageError(reply)
            case "memory":
                raise UsageError(f"{self._too_much()}{f' ({reply})' if reply else ''}")
        raise RuntimeError(f"in the process of DuckDB: {reply}")

    def _send(self, message: bytes, until: float | None) -> None:
        self._pipe.settimeout(_left(until))
        self._pipe.sendall(message)

    def _receive(self, length: int, until: float | None) -> bytearray:
        message = bytearray(length)
        rest = memoryview(message)
        while rest:
            self._pipe.settimeout(_left(until))
            count = self._pipe.recv_into(rest)
            if not count:
                raise EOFError
            rest = rest[count:]
        return message

    def _too_much(self) -> str:
        return f"the answer needed more than {self._memory_limit} of memory; ask for less, such as fewer months"

    def _why_it_ended(self) -> Exception:
        """Where memory is refused at a bad moment, a process cannot say so any more."""
        code = self._process.wait()
        if self._memory_limit and code < 0:
            return UsageError(f"{self._too_much()} (DuckDB ended with {signal.Signals(-code).name})")
        self._complaints.seek(0)
        said = self._complaints.read()[-2_000:].decode(errors="replace").strip()
        return StoreUnavailableError(f"the process of DuckDB ended by itself (exit code {code}): {said}")


def _left(until: float | None) -> float | None:
    """Seconds to wait; a timeout of 0 would mean not to wait at all, and raise another error."""
    return None if until is None else max(until - time.monotonic(), 0.001)


def _bytes(size: str) -> int:
    """``2GB`` or ``1.5 GiB`` in bytes, as DuckDB reads it. Raises UsageError."""
    found = re.fullmatch(r"([0-9]+(?:\.[0-9]+)?) ?([KMGT])(i?)B", size)
    if not found:
        raise UsageError(f"a memory limit is a size such as 2GB or 512MB, not {size!r}")
    return int(float(found[1]) * (1024 if found[3] else 1000) ** _UNITS[found[2]])


class _Unpickler(pickle.Unpickler):
    """Takes values of DuckDB and nothing that could run: who asked may have found a way into the other process."""

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in _VALUES:
            raise pickle.UnpicklingError(f"{module}.{name} is no value of DuckDB")
        return super().find_class(module, name)


# ---- the other end of the pipe


class _Answering:
    """What runs in the process: a connection, and what it answers with."""

    def __init__(self) -> None:
        self._con = duckdb.connect(config=NO_DOWNLOADS)
        self._messages: Iterator[bytes] = iter(())

    def reply_to(self, request: tuple[str, Any]) -> bytes:
        try:
            match request:
                case ("limit", int(bytes_)):
                    _limit_memory(bytes_)
                    return pickle.dumps(("done", None))
                case ("execute", str(statement)):
                    self._messages = iter(())
                    found = self._con.execute(statement)
                    self._messages = _messages(self._con)
                    return pickle.dumps(("done", [column[0] for column in found.description or ()]))
                case _:
                    return next(self._messages, pickle.dumps(("done", [])))
        except duckdb.OutOfMemoryException as error:
            return pickle.dumps(("memory", _bounded(str(error).partition("\n")[0])))
        except MemoryError:
            return pickle.dumps(("memory", ""))
        except duckdb.Error as error:
            return pickle.dumps(("refused", _bounded(str(error))))
        except UsageError as error:
            return pickle.dumps(("refused", str(error)))
        except Exception:  # noqa: BLE001 the outermost frame: the other process says it
            return pickle.dumps(("broken", traceback.format_exc()))


def _messages(con: duckdb.DuckDBPyConnection) -> Iterator[bytes]:
    """The rows of what was executed, in messages of a good size."""
    count = _FIRST
    while rows := con.fetchmany(count):
        size = 0
        for message in _parts(rows):
            size += len(message)
            yield message
        count = min(count * 2, _MOST) if size < _GOOD else max(count // 2, 1)


def _parts(rows: list[tuple[Any, ...]]) -> Iterator[bytes]:
    message = pickle.dumps(("done", rows))
    if len(message) <= _LONGEST:
        yield message
    elif len(rows) > 1:
        del message
        yield from _parts(rows[: len(rows) // 2])
        yield from _parts(rows[len(rows) // 2 :])
    else:
        raise UsageError(f"a row of the answer is longer than {_LONGEST // 1024 // 1024} MB; ask for less of it")


def _bounded(message: str) -> str:
    """DuckDB repeats values in its messages, of any length."""
    return message if len(message) <= 2_000 else message[:2_000] + " …"


def _limit_memory(more: int) -> None:
    """Bound the address space to what there is and ``more`` bytes. Other systems than Linux do not hold such a limit."""
    if sys.platform != "linux":
        return
    import resource

    pages = int(Path("/proc/self/statm").read_text().split()[0])
    limit = pages * resource.getpagesize() + more
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a core would be a copy of the ledger


def _end_with_the_other_side(pipe: int, folder: str) -> None:
    """Wait until nobody holds the other end, and end then; what DuckDB computes asks for no interrupt."""
    watching = select.poll()
    watching.register(pipe, 0)
    while not watching.poll():
        pass
    shutil.rmtree(folder, ignore_errors=True)
    os._exit(0)


def _serve(pipe: int, folder: str) -> None:
    threading.Thread(target=_end_with_the_other_side, args=(pipe, folder), daemon=True).start()
    answering = _Answering()
    requests: BinaryIO = open(pipe, "rb")  # noqa: SIM115 open until the process ends
    with suppress(EOFError, ConnectionError), open(pipe, "wb", buffering=0, closefd=False) as replies:
        while True:
            reply = answering.reply_to(pickle.load(requests))  # noqa: S301 from the process that started this one
            for part in (len(reply).to_bytes(_LENGTH, "big"), memoryview(reply)):
                while part:
                    part = part[replies.write(part) :]
    signal.pause()  # the other thread tidies up


if __name__ == "__main__":
    _serve(int(sys.argv[1]), sys.argv[2])
