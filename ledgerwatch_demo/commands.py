"""``ledgerwatch demo`` and ``generate``: the product on data with planted anomalies, and that data alone."""

import shutil
import sys
from pathlib import Path

import click

from ledgerwatch_demo.answer_key import Planted
from ledgerwatch_demo.demonstration import Judgement, Prepared, judge, prepare, work_left
from ledgerwatch_demo.scoring import Score
from ledgerwatch_pipeline import views
from ledgerwatch_pipeline.analysis.registry import load_registry
from ledgerwatch_pipeline.cli.alerts import print_alerts
from ledgerwatch_pipeline.cli.context import Context, json_option, pass_context
from ledgerwatch_pipeline.cli.output import print_json, print_table, progress_reporter
from ledgerwatch_pipeline.cli.pipeline import failures_of, import_and_analyze, print_failures
from ledgerwatch_pipeline.model.alert import AlertStatus
from ledgerwatch_pipeline.model.errors import UsageError
from ledgerwatch_pipeline.model.json import JsonValue
from ledgerwatch_pipeline.model.month import MonthRange

_ON_SCREEN = 10
_ALERT_KEYS = ("number", "organization", "analyzer", "severity", "status", "title", "amount", "month")


@click.command("demo")
@click.option("--seed", default=1, show_default=True, type=click.IntRange(0), help="Another seed, other data.")
@json_option
@pass_context
def demo_(context: Context, seed: int, as_json: bool) -> int:
    """Generate three organizations' files, import and analyse them, and show what was found of what was planted.

    \b
      ledgerwatch demo
      LEDGERWATCH_HOME=/tmp/another ledgerwatch demo --seed 2

    It stays in LEDGERWATCH_HOME; the second time only the result is shown. Exit code: 1 if the alerts are not exactly
    what was planted.
    """
    home = context.home
    prepared = prepare(home, seed=seed, principal=context.principal, on_progress=progress_reporter())
    if work_left(home, prepared):
        import_and_analyze(context, prepared.waiting)
    print_failures(failures_of(context, {each.slug for each in prepared.key.organizations}))
    analyzers = [analyzer.name for analyzer in load_registry(context.settings).analyzers]
    judgement = judge(home, prepared, analyzers, context.principal)
    if as_json:
        print_json(_as_json(prepared, judgement))
    else:
        _show(prepared, judgement)
    return 0 if judgement.perfect else 1


def _as_json(prepared: Prepared, judgement: Judgement) -> views.Document:
    key = prepared.key
    return {
        "seed": key.seed,
        "folder": str(prepared.folder),
        "rows": key.rows,
        "files": key.files,
        "organizations": [each.slug for each in key.organizations],
        "alerts": [{key: views.alert(row)[key] for key in _ALERT_KEYS} for row in judgement.alerts],
        "scores": [
            {
                "analyzer": each.analyzer,
                "planted": each.planted,
                "found": each.found,
                "missed": [_planted_json(item) for item in each.missed],
                "unexpected": each.unexpected,
                "wrong_severity": [_planted_json(item) for item in each.wrong_severity],
            }
            for each in judgement.scores
        ],
        "perfect": judgement.perfect,
    }


def _planted_json(item: Planted) -> views.Document:
    return {
        "organization": item.organization,
        "month": item.month,
        "severity": item.severity,
        "kind": item.kind,
        "subject": item.subject,
        "amount": item.amount,
        "dates": [day.isoformat() for day in item.dates],
    }


def _show(prepared: Prepared, judgement: Judgement) -> None:
    key = prepared.key
    names = ", ".join(each.name for each in key.organizations)
    click.echo(f"{key.rows:,} transactions in {key.files} files, of {names} ({_from_here(prepared.folder)})\n")
    shown = judgement.alerts[:_ON_SCREEN]
    print_alerts(f"Alerts: the first {len(shown)} of {len(judgement.alerts)}", shown)
    print_table(
        "Planted anomalies",
        ("analyzer", "planted", "found", "missed", "unexpected"),
        ((each.analyzer, each.planted, each.found, len(each.missed), each.unexpected) for each in judgement.scores),
        right=("planted", "found", "missed", "unexpected"),
    )
    for line in (*_verdict(judgement), "", "What next:", *_what_next(judgement)):
        click.echo(line)


def _verdict(judgement: Judgement) -> list[str]:
    """What the figures mean, in words; every deviation is named."""
    planted = sum(each.planted for each in judgement.scores)
    found = sum(each.found for each in judgement.scores)
    lines = [f"Found {found} of {planted} planted anomalies" + (", and nothing else." if judgement.perfect else ".")]
    for each in judgement.scores:
        lines += _deviations(each)
    if any(each.unexpected for each in judgement.scores):
        lines.append(
            "Files or parameters that were added to the demo's organizations make unexpected alerts too; "
            "without any, this is a defect."
        )
    return lines


def _deviations(score: Score) -> list[str]:
    lines = [f"MISSED by {score.analyzer}: {_named(item)}" for item in score.missed] + [
        f"WRONG SEVERITY by {score.analyzer}: {_named(item)}" for item in score.wrong_severity
    ]
    if score.unexpected:
        tempted = ", ".join(f"{decoy.subject} in {decoy.month} ({decoy.reason})" for decoy in score.decoys_found)
        lines.append(
            f"UNEXPECTED from {score.analyzer}: {score.unexpected} more than planted"
            + (f"; among them {tempted}" if tempted else "")
        )
    return lines


def _named(item: Planted) -> str:
    return f"{item.severity} {item.kind} of {item.organization} in {item.month}: {item.subject} {item.amount}".strip()


def _from_here(path: Path) -> Path:
    """The path as one would type it in the present folder."""
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path


def _what_next(judgement: Judgement) -> list[str]:
    steps = []
    if shutil.which("ledgerwatch") is None and sys.prefix != sys.base_prefix:
        steps.append((f". {_from_here(Path(sys.prefix))}/bin/activate", "have the command ledgerwatch in this shell"))
    number = next((row.name for row in judgement.alerts if row.status is AlertStatus.OPEN), None)
    if number is not None:
        steps += [
            (f"ledgerwatch alerts show {number}", "see an alert with its evidence"),
            (f"ledgerwatch alerts ack {number}", "say that you look into it"),
        ]
    steps += [
        ("ledgerwatch alerts list", "see all open alerts"),
        ("ledgerwatch cases list", "see what to look at first, vendor by vendor"),
        ("ledgerwatch dev", "open the user interface"),
        ('ledgerwatch orgs add acme --name "Acme Ltd"', "add an organization of your own"),
        ("ledgerwatch import export.csv --org acme", "import your own file"),
    ]
    width = max(len(command) for command, _ in steps)
    return [f"  {command:<{width}}  # {meaning}" for command, meaning in steps]


@click.command("generate")
@click.option("--rows", default=18_000, show_default=True, type=click.IntRange(1))
@click.option("--orgs", default=3, show_default=True, type=click.IntRange(1))
@click.option(
    "--months", default=12, show_default=True, type=click.IntRange(1), help="The last one is always December 2024."
)
@click.option("--seed", default=1, show_default=True, type=int)
@click.option("--out", required=True, type=click.Path(path_type=Path), help="An absent or empty folder.")
@json_option
@pass_context
def generate_(context: Context, rows: int, orgs: int, months: int, seed: int, out: Path, as_json: bool) -> None:
    """Write OUT/<organization>/*.csv and OUT/answer_key.json; the same numbers give the same bytes.

    \b
      ledgerwatch generate --out demo-data
    """
    from ledgerwatch_demo.generator import LAST_MONTH, generate

    earliest = context.settings.first_month
    most = len(MonthRange(earliest, LAST_MONTH)) if earliest <= LAST_MONTH else 0
    if months > most:
        raise UsageError(
            f"{months} months are too many: generated data ends with {LAST_MONTH} and cannot begin before the first "
            f"monitored month, {earliest}; at most {most}"
        )
    report = progress_reporter()
    try:
        key = generate(
            out,
            rows=rows,
            orgs=orgs,
            months=months,
            seed=seed,
            on_progress=lambda done, total: report("rows written", done, total),
        )
    except (ValueError, FileExistsError) as error:
        raise UsageError(str(error)) from error
    if as_json:
        generated: dict[str, JsonValue] = {
            "folder": str(out),
            "rows": key.rows,
            "files": key.files,
            "organizations": [each.slug for each in key.organizations],
            "seed": key.seed,
            "planted": len(key.planted),
        }
        print_json({"generated": generated})
        return
    click.echo(f"wrote {rows:,} rows of {orgs} organizations to {out}, with {len(key.planted)} planted anomalies")


COMMANDS = (demo_, generate_)
