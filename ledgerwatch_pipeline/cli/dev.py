"""``ledgerwatch dev``: everything up on one home: the database, Dagster's UI and its daemon, a worker."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping

import click

from ledgerwatch_pipeline.cli.context import Context, pass_context
from ledgerwatch_pipeline.model.errors import LedgerWatchError, UsageError
from ledgerwatch_pipeline.packaged import packaged

_LOOK_EVERY = 0.2
"""Seconds between two looks whether every part lives."""


@click.command()
@click.option("--port", default=3000, show_default=True, type=click.IntRange(1, 65535))
@click.option(
    "--host", default="127.0.0.1", show_default=True, help="Address to listen on; the UI asks for no password."
)
@pass_context
def dev(context: Context, port: int, host: str) -> int:
    """Open Dagster's UI on this home, until Ctrl-C, with its sensors and schedules on: what is put into the home's inbox is
    imported and analysed at once by a worker. The command line works beside it.

    \b
      ledgerwatch dev --port 3001
    """
    from ledgerwatch_pipeline.dagster_runtime.instance import environment, instance_of
    from ledgerwatch_pipeline.defs.schedules import schedules

    _require_free(host, port)
    home = context.home
    schedules(home.settings)  # times that are none are said here, and not by a code location that does not load
    instance_of(home)  # Dagster's tables are there before two processes want to make them
    workspace = str(packaged("workspace.yaml"))
    parts = {
        "Dagster": ["-W", "ignore", "-m", "dagster", "dev", "-w", workspace, "--host", host, "--port", str(port)],
        "the worker": ["-m", "ledgerwatch_pipeline.cli.main", "worker"],
    }
    click.echo(
        f"Dagster's UI on http://{host}:{port} in some ten seconds; state in {home.settings.home}; Ctrl-C ends it."
    )
    children: dict[str, subprocess.Popen[bytes]] = {}
    asked_to_stop = False

    def end() -> None:
        for child in children.values():
            if child.poll() is None:
                os.killpg(child.pid, signal.SIGINT)

    def stop(*_: object) -> None:
        nonlocal asked_to_stop
        asked_to_stop = True
        end()

    # Before the children are made: a signal with a handler is at its default in the child, one that is ignored stays ignored.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, stop)
    for name, arguments in parts.items():
        # A session of its own: they are stopped together, by us, and not one by one by the terminal.
        children[name] = subprocess.Popen(
            [sys.executable, *arguments],
            env={**os.environ, **environment(home)},
            start_new_session=True,
            cwd=home.settings.home,
        )
    if asked_to_stop:
        end()
    ended = _first_to_end(children)
    end()
    for child in children.values():
        child.wait()
    if not asked_to_stop:  # Dagster ends with exit code 0 when one of its processes dies
        code = children[ended].returncode
        raise LedgerWatchError(f"{ended} ended by itself, with exit code {code}; what it said last tells why")
    return 0


def _first_to_end(children: Mapping[str, "subprocess.Popen[bytes]"]) -> str:
    while True:
        for name, child in children.items():
            if child.poll() is not None:
                return name
        time.sleep(_LOOK_EVERY)


def _require_free(host: str, port: int) -> None:
    import socket

    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise UsageError(f"cannot listen on {host}:{port}: {error.strerror}; choose another with --port") from error


COMMANDS = (dev,)
