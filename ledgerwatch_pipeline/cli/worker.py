"""``ledgerwatch worker``: a process that stays and does what comes in at once; what it does is ``ledgerwatch_pipeline.worker``."""

import os
import signal
import sys
import threading
from datetime import UTC, datetime

import click

from ledgerwatch_pipeline.cli.context import Context, json_option, pass_context
from ledgerwatch_pipeline.cli.output import print_json, safe
from ledgerwatch_pipeline.home import Home
from ledgerwatch_pipeline.model.errors import StoreUnavailableError

_STOPPED = 130
_LONGEST_WAIT = 60.0
"""Seconds between two tries to reach a PostgreSQL that is away; the first comes after one second."""
_BEFORE_ANEW = 2.0
"""Seconds before a process that lost PostgreSQL is replaced: one that loses it each time does not keep the machine busy."""


@click.command("worker")
@click.option("--once", is_flag=True, help="Do what there is and end, instead of staying.")
@json_option
@pass_context
def worker_(context: Context, once: bool, as_json: bool) -> int:
    """Stay, with everything loaded, and do what comes in at once: files of the inbox, received loads, analyses that are due.

    \b
      ledgerwatch worker
      ledgerwatch worker --once --json

    Any number may run on one home, beside `ledgerwatch dev` and commands. SIGINT or SIGTERM ends it once the piece of work in
    hand is done; a second one ends it now, and that piece is done again by whoever looks next. --json prints at the end how many
    runs there were.
    """
    home = context.home
    from ledgerwatch_pipeline.worker import Done, Worker

    worker = Worker(home, _say)
    stop = threading.Event()
    failure: list[BaseException] = []

    def work() -> None:  # in a thread: signals reach the main one, and do not break into a run
        try:
            worker.warm_up()
            if once:
                worker.work_off(stop)
                return
            _say(f"working on {home.settings.home}; inbox {home.settings.inbox_location}")
            worker.work_until(stop)
        except BaseException as error:  # noqa: BLE001 raised again in the main thread
            failure.append(error)

    def asked_to_stop(*_: object) -> None:
        if stop.is_set():
            os._exit(_STOPPED)
        stop.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, asked_to_stop)
    thread = threading.Thread(target=work, name="work")
    thread.start()
    thread.join()
    if failure and not once and not stop.is_set() and (_is_away(home) or _broke_off(failure[0])):
        _begin_anew_when_back(home, stop)
        failure.clear()
    if failure:
        raise failure[0]
    done: Done = worker.done
    if as_json:
        print_json({"imports": done.imports, "analyses": done.analyses})
    return 0


def _say(what: str) -> None:
    click.echo(f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S}Z {safe(what)}", err=True)


def _is_away(home: Home) -> bool:
    try:
        with home.database.transaction():
            return False
    except StoreUnavailableError:
        return True


def _broke_off(error: BaseException | None) -> bool:
    """Whether PostgreSQL broke off what it was asked, though it answers again by now: LedgerWatch, or Dagster's storage."""
    from sqlalchemy.exc import InterfaceError, OperationalError

    while error is not None:
        if isinstance(error, OperationalError | InterfaceError):
            return True
        error = error.__cause__ or error.__context__
    return False


def _begin_anew_when_back(home: Home, stop: threading.Event) -> None:
    """Wait until PostgreSQL answers, and replace this process by a fresh one: what is open here was opened on a server that is
    gone. Returns when asked to stop."""
    pause = 1.0
    _say("the connection to PostgreSQL was lost; waiting until it answers")
    # A fresh process starts the embedded one, if it is that which is away.
    while home.settings.database_url is not None and _is_away(home):
        if stop.wait(pause):
            return
        pause = min(2 * pause, _LONGEST_WAIT)
    if stop.wait(_BEFORE_ANEW):
        return
    _say("beginning anew")
    os.execv(sys.executable, [sys.executable, "-m", "ledgerwatch_pipeline.cli.main", *sys.argv[1:]])  # noqa: S606 no shell


COMMANDS = (worker_,)
