"""Ends a DuckDB query from outside of it: when its time is over, or when the process is told to end.

DuckDB looks at nothing but its own interrupt, and Python's handlers of signals wait until the main thread is back from it. So
a thread watches the clock and the signals as they arrive. What is done about a query that was ended is the caller's.
"""

import select
import signal
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import duckdb

_ENDING = (signal.SIGINT, signal.SIGTERM)
_AGAIN = 0.2
"""Seconds after which a query is interrupted anew: an interrupt between two steps of DuckDB is forgotten."""


@contextmanager
def interruptible(con: duckdb.DuckDBPyConnection, seconds: float | None = None) -> Iterator[threading.Event]:
    """Interrupt whatever ``con`` runs in the block, which DuckDB then raises as an error, when ``seconds`` are over (the event is set
    then; None: never) or at SIGINT and SIGTERM.

    A signal takes its course when the block has ended: its handler is called, and raises what it raises (in a run of Dagster:
    DagsterExecutionInterruptedError), whatever the block raised. Signals reach the main thread alone; in others only the
    time counts.
    """
    over, done = threading.Event(), threading.Event()
    reading, writing = socket.socketpair()
    with reading, writing:
        writing.setblocking(False)
        watch = threading.Thread(target=_watch, args=(con, reading, seconds, over, done), daemon=True)
        with _signals_told(writing):
            watch.start()
            try:
                yield over
            finally:
                done.set()
                writing.send(b"\0")
                watch.join()


def _watch(
    con: duckdb.DuckDBPyConnection,
    told: socket.socket,
    seconds: float | None,
    over: threading.Event,
    done: threading.Event,
) -> None:
    end = None if seconds is None else time.monotonic() + seconds
    while True:
        left = None if end is None else max(0.0, end - time.monotonic())
        if not select.select([told], [], [], left)[0]:
            over.set()
            break
        if done.is_set() or any(number in _ENDING for number in told.recv(4096)):
            break
    while not done.is_set():
        con.interrupt()
        done.wait(_AGAIN)


@contextmanager
def _signals_told(to: socket.socket) -> Iterator[None]:
    """Have the numbers of signals written to ``to`` the moment they arrive; those that end the process are handled at the end
    of the block, by the handlers that they have now. One without a handler of Python's ends the process by itself."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    came: list[int] = []
    with ExitStack() as stack:
        for number in _ENDING:
            handler = signal.getsignal(number)
            if callable(handler):
                stack.callback(signal.signal, number, handler)
                signal.signal(number, lambda came_now, _frame: came.append(came_now))
        stack.callback(signal.set_wakeup_fd, signal.set_wakeup_fd(to.fileno(), warn_on_full_buffer=False))
        try:
            yield
        finally:
            stack.close()
            if came:
                signal.raise_signal(came[0])
