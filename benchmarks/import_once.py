"""One import into a fresh home, in a process of its own: started by ``importing`` with the path of this file, so that
``ledgerwatch_pipeline`` may be that of another checkout. What takes the start of a process is done before the clock runs.

    python benchmarks/import_once.py HOME '{"deliveries": {"acme": ["a.csv"]}, "currency": "GBP", "profile": null}'
"""

import json
import resource
import sys
import time
from pathlib import Path
from uuid import uuid4

from ledgerwatch_pipeline.access.principal import local_operator
from ledgerwatch_pipeline.home import Home
from ledgerwatch_pipeline.importing.judge import load_expectations
from ledgerwatch_pipeline.importing.receive.files import receive
from ledgerwatch_pipeline.importing.receive.options import import_options
from ledgerwatch_pipeline.model.load import OnInvalid
from ledgerwatch_pipeline.model.organization import Organization
from ledgerwatch_pipeline.pipeline.imports import import_waiting
from ledgerwatch_pipeline.settings import Settings
from ledgerwatch_pipeline.stores.postgres import organizations


def main() -> int:
    """Import, and print seconds by stage (clock, processor), rows and the peak of resident memory as JSON."""
    operator = local_operator("benchmark")
    task = json.loads(sys.argv[2])
    home = Home(Settings(home=Path(sys.argv[1])))
    with home.database.transaction() as connection:
        new = [Organization(uuid4(), slug, slug, currency=task["currency"]) for slug in task["deliveries"]]
        organizations.add_all(connection, new, operator)
    home.lake.con.execute("SELECT 1")
    load_expectations()
    options = import_options(home.settings.profiles, task["profile"], OnInvalid.QUARANTINE)
    clock, processor = time.perf_counter(), time.process_time()
    for slug, files in task["deliveries"].items():
        receive(home, [Path(file) for file in files], slug, options, operator)
    received = time.perf_counter() - clock, time.process_time() - processor
    report = import_waiting(home, operator)
    whole = time.perf_counter() - clock, time.process_time() - processor
    if report.failures:
        raise RuntimeError(f"not everything was imported: {report.failures[:3]}")
    (rows,) = home.lake.con.execute("SELECT count(*) FROM lake.transactions").fetchone() or (0,)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    home.close()
    print(json.dumps({"received": received, "whole": whole, "rows": rows, "peak_bytes": peak}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
