"""What the process of one person does who acknowledges an alert. Apart from the test, so that the server the processes are forked
from imports this and what the command needs, and nothing else."""

import os
import sys
from multiprocessing.synchronize import Barrier

from ledgerwatch_pipeline.cli.main import run

PRELOADED = [
    "ledgerwatch_pipeline.cli.alerts",
    "ledgerwatch_pipeline.home",
    "sqlalchemy.dialects.postgresql.psycopg2",
    __name__,
]
_PATIENCE = 120


def acknowledge(home: str, url: str, number: str, actor: str, together: Barrier) -> None:
    """The command, once all are there. The server's address is given: to join the embedded one takes a second, one process after
    the other."""
    os.environ |= {"LEDGERWATCH_HOME": home, "LEDGERWATCH_DATABASE_URL": url}
    devnull = os.open(os.devnull, os.O_WRONLY)
    os.dup2(devnull, 1)
    os.dup2(devnull, 2)
    together.wait(_PATIENCE)
    sys.exit(run(["alerts", "ack", number, "--actor", actor]))
