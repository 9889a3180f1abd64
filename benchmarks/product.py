"""LedgerWatch's side: a fresh home, its organizations, one ``import --inbox`` process; then what the stores recorded.

The stages are the times between events of the audit log and starts of analysis runs. The command says ``alerts``, too.
"""

import json
import statistics
from collections import Counter, defaultdict
from datetime import datetime
from pathlib import Path
from typing import Any

from benchmarks import data
from benchmarks.homes import FreshHome, fresh_home


def run(directory: Path, amounts: data.Amounts, *, commands_too: bool) -> dict[str, Any]:
    """Seconds by stage, findings, alerts and peak memory of importing ``directory`` into a fresh home with these amounts."""
    with fresh_home(amounts) as home:
        watched = home.run("import", "--inbox", directory, "--json")
        loads = json.loads(watched.output)["loads"]
        runs = _json(home, "runs", "list", "--limit", "1000")["runs"]
        events = _json(home, "audit", "list", "--all")["events"]
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
        return result | ({"commands": _commands(home)} if commands_too else {})


def _json(home: FreshHome, *arguments: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(home.run(*arguments, "--json").output)
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


def _commands(home: FreshHome) -> dict[str, float]:
    """Median seconds of what people do all day, each a process that starts and stops the server."""
    number = _json(home, "alerts", "list", "--limit", "3")["alerts"]
    tries = {
        "alerts list": [["alerts", "list"]] * 3,
        "alerts ack": [["alerts", "ack", str(a["number"])] for a in number],
    }
    return {name: statistics.median(home.run(*each).seconds for each in commands) for name, commands in tries.items()}
