"""LedgerWatch's side: a fresh home, its organizations, one ``import --inbox`` process; then what the stores recorded.

The stages are the times between events of the audit log and starts of analysis runs. The command says ``alerts``, too.
"""

import json
import multiprocessing
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections import Counter, defaultdict
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import uuid4

from benchmarks import data
from benchmarks.memory import run_watched, wait_until_gone

COMMAND = [sys.executable, "-m", "ledgerwatch_pipeline.cli.main"]
"""The command, as a process of its own."""


def run(directory: Path, amounts: data.Amounts, *, commands_too: bool) -> dict[str, Any]:
    """Seconds by stage, findings, alerts and peak memory of importing ``directory`` into a fresh home with these amounts."""
    home = Path(tempfile.mkdtemp(prefix="lw-bench-"))  # a short path: PostgreSQL's socket lies in it
    environment = {**os.environ, "LEDGERWATCH_HOME": str(home)}
    server = home / "postgres"
    try:
        adding = multiprocessing.get_context("spawn").Process(target=add_organizations, args=(home, amounts))
        adding.start()
        adding.join()
        wait_until_gone(server)
        watched = run_watched([*COMMAND, "import", "--inbox", str(directory), "--json"], environment, server)
        loads = json.loads(watched.output)["loads"]
        wait_until_gone(server)
        runs = _json(environment, "runs", "list", "--limit", "1000")["runs"]
        events = _json(environment, "audit", "list", "--all")["events"]
        result = {
            "seconds": watched.seconds,
            "cpu_seconds": watched.cpu_seconds,
            "rows": sum(load["accepted"] for load in loads),
            "stages": _stages(watched.started, watched.finished, events, runs),
            "findings": _total(runs, "findings"),
            "alerts": _total(runs, "alerts_raised"),
            "peak_bytes": watched.peak,
            "own_peak_bytes": watched.own_peak,
        }
        return result | ({"commands": _commands(environment, server)} if commands_too else {})
    finally:
        wait_until_gone(server)
        shutil.rmtree(home)


def add_organizations(home: Path, amounts: data.Amounts) -> None:
    """In a process of its own, as the server stops with the last process that uses it."""
    from ledgerwatch_pipeline.access.principal import local_operator
    from ledgerwatch_pipeline.analysis import thresholds
    from ledgerwatch_pipeline.analysis.thresholds import ThresholdFields
    from ledgerwatch_pipeline.home import Home
    from ledgerwatch_pipeline.model.organization import Organization
    from ledgerwatch_pipeline.model.threshold import Period, ScopeKind, ThresholdScope
    from ledgerwatch_pipeline.settings import Settings
    from ledgerwatch_pipeline.stores.postgres import organizations

    opened = Home(Settings(home=home))
    operator = local_operator("benchmark")
    balance = Decimal(amounts.opening_balance)
    new = [
        Organization(
            uuid4(), data.slug(each), f"Organization {each}", opening_balance=balance, opening_date=data.OPENING_DATE
        )
        for each in range(data.ORGANIZATIONS)
    ]
    with opened.database.transaction() as connection:
        organizations.add_all(connection, new, operator)
    limits = {
        "all": ThresholdFields(period=Period.MONTH, amount=Decimal(amounts.limit)),
        "category": ThresholdFields(
            period=Period.MONTH,
            amount=Decimal(amounts.category_limit),
            scope=ThresholdScope(ScopeKind.CATEGORY, data.CATEGORY),
        ),
    }
    for organization in new:
        for slug, fields in limits.items():
            thresholds.add(opened, organization.slug, slug, fields, operator)
    opened.close()


def _json(environment: dict[str, str], *arguments: str) -> dict[str, Any]:
    done = subprocess.run([*COMMAND, *arguments, "--json"], env=environment, stdout=subprocess.PIPE, check=True)
    document: dict[str, Any] = json.loads(done.stdout)
    return document


def _total(runs: list[dict[str, Any]], column: str) -> dict[str, int]:
    totals: Counter[str] = Counter()
    for each in runs:
        totals[each["analyzer"]] += each[column] or 0
    return dict(totals)


def _stages(
    started: datetime, finished: datetime, events: list[dict[str, Any]], runs: list[dict[str, Any]]
) -> dict[str, float]:
    """Seconds by stage; a stage ends with the event that closes it. They add up to the whole time."""
    marks = [(finished, "exit")]
    for event in events:
        stage = {
            "LOAD_RECEIVED": "receive",
            "TRANSACTIONS_IMPORTED": "import",
            "ANALYSIS_RUN": f"{event['metadata'].get('analyzer')}: findings",
            "ALERTS_GENERATED": f"{event['subject']}: alerts",
        }.get(event["event_type"])
        if stage:
            marks.append((datetime.fromisoformat(event["created_at"]), stage))
    first_run = min(datetime.fromisoformat(each["started_at"]) for each in runs)
    marks.append((first_run, "reconcile"))
    stages: defaultdict[str, float] = defaultdict(float)
    before = started
    for when, stage in sorted(marks):
        stages[stage] += (when - before).total_seconds()
        before = when
    return dict(stages)


def _commands(environment: dict[str, str], server: Path) -> dict[str, float]:
    """Median seconds of what people do all day, each a process that starts and stops the server."""
    number = _json(environment, "alerts", "list", "--limit", "3")["alerts"]
    seconds: dict[str, float] = {}
    tries = {
        "alerts list": [["alerts", "list"]] * 3,
        "alerts ack": [["alerts", "ack", str(a["number"])] for a in number],
    }
    for name, each in tries.items():
        taken = []
        for arguments in each:
            wait_until_gone(server)
            taken.append(run_watched([*COMMAND, *arguments], environment).seconds)
        seconds[name] = statistics.median(taken)
    return seconds
