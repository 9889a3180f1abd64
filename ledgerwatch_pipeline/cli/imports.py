"""``ledgerwatch import``: deliver files, and say what became of each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

import click

from ledgerwatch_pipeline import views
from ledgerwatch_pipeline.cli.context import Context, json_option, pass_context
from ledgerwatch_pipeline.cli.output import print_json, print_table, safe
from ledgerwatch_pipeline.cli.pipeline import failures_json, failures_of, import_and_analyze, print_failures
from ledgerwatch_pipeline.model.errors import UsageError
from ledgerwatch_pipeline.model.load import ImportOptions, LoadRow, LoadStatus, OnInvalid, OnOverlap
from ledgerwatch_pipeline.model.money import amount_text
from ledgerwatch_pipeline.model.row_issue import IssueKind, IssueReport
from ledgerwatch_pipeline.model.transaction import TYPES
from ledgerwatch_pipeline.stores.postgres import leases, loads

if TYPE_CHECKING:
    from ledgerwatch_pipeline.importing.dry_run import DryRun
    from ledgerwatch_pipeline.importing.receive.files import Receipt
    from ledgerwatch_pipeline.importing.receive.inbox import RefusedFile
    from ledgerwatch_pipeline.importing.receive.source import Inbox

_ON_SCREEN = 20
_WOULD_BE = "WOULD_BE_"
"""Before the status of a load in a dry run."""


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What became of one file of the delivery, or would. report: its first rows that are not in the ledger; load: None if it is in
    no registry."""

    file: str
    organization: str | None
    status: str
    reason: str | None
    report: IssueReport = field(default_factory=IssueReport)
    load: LoadRow | None = None

    @property
    def decided(self) -> str:
        """The status, whether it is or would be so."""
        return self.status.removeprefix(_WOULD_BE)

    @property
    def next_step(self) -> str | None:
        """What a person can do about it; None: nothing is to be done."""
        return next_step(self.status, self.load)

    def as_json(self) -> views.Document:
        return views.imported_file(
            self.file,
            self.organization,
            status=self.status,
            reason=self.reason,
            next_step=self.next_step,
            report=self.report,
            row=self.load,
        )


@click.command("import")
@click.argument("files", nargs=-1, type=click.Path(path_type=Path))
@click.option("--org", "organization", help="The organization's slug, for FILES.")
@click.option(
    "--inbox",
    is_flag=False,
    flag_value="",
    metavar="[PLACE]",
    help="Every new file of PLACE/<organization>/: a folder or s3://BUCKET/PREFIX, by default the home's inbox.",
)
@click.option("--profile", help="Name of a profile, or path of its .toml; without it the one that fits the header.")
@click.option(
    "--on-invalid",
    type=click.Choice([each.value for each in OnInvalid]),
    default=OnInvalid.REJECT.value,
    show_default=True,
    help="One bad row: reject the whole file, or set the row aside.",
)
@click.option(
    "--on-overlap",
    type=click.Choice([each.value for each in OnOverlap]),
    default=OnOverlap.HOLD.value,
    show_default=True,
    help="Rows that the ledger has already: hold a file of which half are, take all the same, or skip those rows.",
)
@click.option(
    "--dry-run", is_flag=True, help="Read, check and judge the files, say what would come of them, and keep nothing."
)
@click.option("--no-analyze", is_flag=True, help="Leave the analysis of the new months for later.")
@json_option
@pass_context
def import_(
    context: Context,
    files: tuple[Path, ...],
    organization: str | None,
    inbox: str | None,
    profile: str | None,
    on_invalid: str,
    on_overlap: str,
    dry_run: bool,
    no_analyze: bool,
    as_json: bool,
) -> int:
    """Import FILES for one organization, or an inbox for all of them, and analyse the months they touch.

    \b
      ledgerwatch import export.csv --org acme
      ledgerwatch import *.csv --org devon --profile devon.toml --on-invalid quarantine
      ledgerwatch import export.csv --org acme --dry-run
      ledgerwatch import --inbox                 # every new file of <home>/inbox/<organization>/
      ledgerwatch import --inbox /data/drop
      ledgerwatch import --inbox s3://drop/finance

    A file that looks like a re-export (at least 20 rows, and half of all, equal rows of the ledger in date, vendor, amount and type) is
    held until somebody decides: ledgerwatch loads release, or loads reject. --on-overlap skip drops as many equal rows as the
    ledger has, of any file; keep takes them all.

    Files of an inbox are left where they are; names that begin with a dot are not looked at. Exit code: 1 if anything of
    these organizations failed, else 5 if any file was rejected, else 3 if nothing was accepted: imported before, or held; else 0. A
    file of an inbox that is
    refused again for the reason it was refused for before counts once. An object store that fails while it is read is failure
    1: what had come by then is imported, the rest waits.
    """
    from ledgerwatch_pipeline.importing.receive.files import receive
    from ledgerwatch_pipeline.importing.receive.inbox import InboxReceipt, receive_inbox
    from ledgerwatch_pipeline.importing.receive.options import import_options
    from ledgerwatch_pipeline.importing.receive.places import inbox_at

    _require_one_source(files, organization, inbox)
    options = import_options(context.settings.profiles, profile, OnInvalid(on_invalid), OnOverlap(on_overlap))
    place = inbox_at(inbox or context.settings.inbox_location)
    if dry_run:
        return _dry_run(context, files, organization, place, options, as_json)
    with leases.worker(context.home.database) as delivery:
        if organization is not None:
            received = InboxReceipt(
                receive(context.home, files, organization, options, context.principal, delivery), []
            )
        else:
            received = receive_inbox(context.home, place, options, context.principal, delivery)
        waiting = [r.load_id for r in received.receipts if r.new or r.first_status is LoadStatus.RECEIVED]
        with context.home.database.transaction() as connection:
            left_behind = loads.unfinished(connection)
        if waiting or left_behind:
            import_and_analyze(context, waiting, analyze=not no_analyze)
    outcomes = [*_outcomes(context, received.receipts, waiting), *map(_refused, received.refused)]
    failures = failures_of(context, {each.organization for each in outcomes if each.organization is not None})
    if as_json:
        print_json({"loads": [each.as_json() for each in outcomes], "failures": failures_json(failures)})
    else:
        _show("Import", outcomes)
        _say_next(outcomes)
    print_failures(failures)
    if received.trouble is not None:
        raise received.trouble
    if failures:
        return 1
    told = [each.told_before for each in received.refused]
    if not all(told) or any(each.status == LoadStatus.REJECTED for each in outcomes[: len(outcomes) - len(told)]):
        return 5
    return 0 if any(each.status == LoadStatus.ACCEPTED for each in outcomes) else 3


def _require_one_source(files: tuple[Path, ...], organization: str | None, inbox: str | None) -> None:
    if inbox is not None and (files or organization is not None):
        raise UsageError(
            "--inbox takes the files of all organizations: give either FILES and --org, or --inbox [PLACE]"
        )
    if inbox is None and not files:
        raise UsageError("nothing to import: give FILES and --org, or --inbox [PLACE]")
    if inbox is None and organization is None:
        raise UsageError("FILES need --org: the slug of the organization they are for (see: ledgerwatch orgs list)")


def _dry_run(
    context: Context,
    files: tuple[Path, ...],
    organization: str | None,
    place: "Inbox",
    options: ImportOptions,
    as_json: bool,
) -> int:
    """Say what an import of the same would do; the exit code is the import's."""
    from ledgerwatch_pipeline.importing.dry_run import InboxDryRun, dry_run_files, dry_run_inbox

    if organization is not None:
        found = InboxDryRun(dry_run_files(context.home, files, organization, options, context.principal), [])
    else:
        found = dry_run_inbox(context.home, place, options, context.principal)
    outcomes = [*map(_would_be, found.files), *(_refused(each, _WOULD_BE) for each in found.refused)]
    if as_json:
        print_json({"loads": [each.as_json() for each in outcomes], "failures": []})
    else:
        _show("Dry run: what an import would do", outcomes)
        click.echo("Nothing was imported, registered or kept.")
    statuses = {each.status for each in outcomes}
    return 5 if _WOULD_BE + LoadStatus.REJECTED in statuses else 0 if _WOULD_BE + LoadStatus.ACCEPTED in statuses else 3


def _would_be(each: "DryRun") -> _Outcome:
    row = each.load
    if each.before is not None:
        return _settled_before(row.file, row, each.before, each.twice)
    return _Outcome(row.file, row.organization, _WOULD_BE + row.status, row.reason, each.report, row)


def _outcomes(context: Context, receipts: "Sequence[Receipt]", waiting: Sequence[UUID]) -> list[_Outcome]:
    """What became of each file; of the same bytes twice, in one delivery or by two processes at once, the second was imported
    already."""
    with context.home.database.transaction() as connection:
        rows = loads.by_ids(connection, [receipt.load_id for receipt in receipts])
    reports = _reports(context, [rows[each] for each in waiting if rows[each].rejected or rows[each].skipped])
    remaining = set(waiting)
    outcomes = []
    for receipt in receipts:
        row = rows[receipt.load_id]
        if receipt.load_id not in remaining or receipt.awaited:
            outcomes.append(_settled_before(receipt.file, row, row, not receipt.awaited and receipt.load_id in waiting))
            continue
        remaining.remove(receipt.load_id)
        reason = row.error if row.status is LoadStatus.FAILED else row.reason
        report = reports.get(row.id, IssueReport())
        outcomes.append(_Outcome(receipt.file, row.organization, row.status, reason, report, row))
    return outcomes


def _reports(context: Context, rows: Sequence[LoadRow]) -> Mapping[UUID, IssueReport]:
    """The first rows of each load that are not in the ledger; DuckDB is imported here and not before: a look into a known inbox
    does without."""
    if not rows:
        return {}
    from ledgerwatch_pipeline.stores.lake import row_issues

    return row_issues.reports_of_loads(context.home.lake.con, rows, _ON_SCREEN)


def _settled_before(file: str, row: LoadRow, before: LoadRow, twice: bool) -> _Outcome:
    """twice: the same bytes came in this delivery, and not before."""
    when = "" if twice else f", delivered {before.received_at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
    named = f"as {before.file}, load {before.id}{when}"
    match before.status:
        case LoadStatus.REJECTED:
            again = f"{before.reason}; name the file to try it again"
            status, reason = "ALREADY_REJECTED", f"rejected before {named}: {again}"
        case LoadStatus.WITHDRAWN:
            again = f"{before.withdrawn_by}: {before.withdrawn_reason}; name the file to import it again"
            status, reason = "ALREADY_WITHDRAWN", f"withdrawn before {named}, by {again}"
        case LoadStatus.HELD:
            status, reason = "ALREADY_HELD", f"held {named}: {before.reason}"
        case _:
            status, reason = "ALREADY_IMPORTED", f"already imported {named}"
    return _Outcome(file, row.organization, status, reason, IssueReport(), row)


def next_step(status: str, load: LoadRow | None) -> str | None:
    """What a person can do about a file of this status, or of what it would be; None: nothing is to be done."""
    if load is None:
        return None
    short = str(load.id)[:18]
    would_be = status.startswith(_WOULD_BE)
    match status.removeprefix(_WOULD_BE):
        case LoadStatus.REJECTED if not load.rejected:
            return "deliver a better file, or name its profile: ledgerwatch profiles check FILE"
        case LoadStatus.REJECTED:
            all_rows = "" if would_be else f"all bad rows: ledgerwatch loads rows {short} --csv; "
            return f"{all_rows}deliver a better file, or set bad rows aside: --on-invalid quarantine"
        case LoadStatus.HELD if would_be:
            return "decide at once: --on-overlap skip drops the rows that the ledger has, keep takes them all"
        case LoadStatus.HELD | "ALREADY_HELD":
            return (
                f"look at the rows side by side: ledgerwatch loads show {short}; then: ledgerwatch loads release {short} --with skip"
                f" (or keep) --reason WHY, or: ledgerwatch loads reject {short} --reason WHY"
            )
        case "ALREADY_IMPORTED":
            return f"if it was read under a wrong profile: ledgerwatch loads withdraw {short}, then import it again"
        case LoadStatus.ACCEPTED if (load.rejected or load.skipped) and not would_be:
            return f"all rows that are not in the ledger: ledgerwatch loads rows {short} --csv"
    return None


def _refused(refused: "RefusedFile", prefix: str = "") -> _Outcome:
    """A file that is in no registry."""
    return _Outcome(refused.file, refused.organization, prefix + LoadStatus.REJECTED, refused.reason)


def _show(title: str, outcomes: Sequence[_Outcome]) -> None:
    """The files of which not all is in the ledger, each with its first such rows, and the figures of all. What failed is said at the
    end."""
    shown = [each for each in outcomes if each.decided != LoadStatus.FAILED and _has_something_to_say(each)]
    for each in shown[:_ON_SCREEN]:
        name = f"{safe(each.organization or '(none)')}/{safe(each.file)}"
        said = each.reason or "not all of its rows are in the ledger"
        click.echo(f"{each.status.lower().replace('_', ' ')}: {name}: {safe(said)}", err=True)
        _show_rows(each, max(1, _ON_SCREEN // len(shown)))
    if len(shown) > _ON_SCREEN:
        click.echo(
            f"and {len(shown) - _ON_SCREEN:,} more files; all of them: --json, or ledgerwatch loads list", err=True
        )
    counts = {
        "accepted": LoadStatus.ACCEPTED,
        "rejected": LoadStatus.REJECTED,
        "held": LoadStatus.HELD,
        "failed": LoadStatus.FAILED,
        "already imported": "ALREADY_IMPORTED",
        "already rejected": "ALREADY_REJECTED",
        "already withdrawn": "ALREADY_WITHDRAWN",
        "already held": "ALREADY_HELD",
    }
    files = {what: sum(each.decided == status for each in outcomes) for what, status in counts.items()}
    fresh = [each.load for each in outcomes if each.load is not None and each.decided == LoadStatus.ACCEPTED]
    print_table(
        title,
        ("what", "how much"),
        [
            *((f"files {what}", n) for what, n in files.items() if n or what in _ALWAYS),
            *_row_counts(fresh),
            *_amounts(fresh),
            ("months", len({month for load in fresh for month in load.months})),
        ],
        right=("how much",),
    )


def _has_something_to_say(outcome: _Outcome) -> bool:
    return outcome.decided != LoadStatus.ACCEPTED or bool(outcome.report.first)


def _show_rows(outcome: _Outcome, most: int) -> None:
    """How many rows break which rule or are skipped, the first of them, whether there are more, and what to do."""
    report = outcome.report
    for kind, what in ((IssueKind.REJECTED, "bad"), (IssueKind.SKIPPED, "skipped")):
        issues, by_rule = report.of_kind(kind), report.by_rule(kind)
        if not issues:
            continue
        counts = ", ".join(f"{rule} {count:,}" for rule, count in by_rule.items())
        click.echo(f"    {what} rows by rule: {safe(counts)}", err=True)
        for each in issues[:most]:
            click.echo(f"    row {each.row}, {safe(each.column)}: {safe(each.message)} [{each.rule}]", err=True)
        if more := report.not_listed(kind) + max(0, len(issues) - most):
            click.echo(f"    and {more:,} more", err=True)
    if outcome.status not in _SAID_ONCE and (step := outcome.next_step) is not None:
        click.echo(f"    next: {safe(step)}", err=True)


_SAID_ONCE = ("ALREADY_IMPORTED", "ALREADY_REJECTED")
"""Of which the next step is no other for each file."""
_ALWAYS = ("accepted", "rejected", "already imported")
"""Numbers of files that are shown when they are zero, too."""


def _row_counts(rows: Sequence[LoadRow]) -> list[tuple[str, str]]:
    return [
        ("rows", f"{sum(row.rows or 0 for row in rows):,}"),
        ("rows accepted", f"{sum(row.accepted or 0 for row in rows):,}"),
        ("rows rejected", f"{sum(row.rejected or 0 for row in rows):,}"),
        ("rows skipped", f"{sum(row.skipped or 0 for row in rows):,}"),
        ("rows blank", f"{sum(row.blank or 0 for row in rows):,}"),
    ]


def _amounts(rows: Sequence[LoadRow]) -> list[tuple[str, str]]:
    """Totals by type; of several currencies, each by itself and named."""
    currencies = sorted({(row.currency, row.currency_decimals) for row in rows})
    found = []
    for currency, decimals in currencies or [("", 2)]:
        of_currency = [row for row in rows if row.currency == currency]
        totals = (
            sum((row.expense or Decimal(0) for row in of_currency), Decimal(0)),
            sum((row.income or Decimal(0) for row in of_currency), Decimal(0)),
            sum((row.refund or Decimal(0) for row in of_currency), Decimal(0)),
        )
        for kind, total in zip(TYPES, totals, strict=True):
            found.append((f"{kind} {currency}" if len(currencies) > 1 else kind, amount_text(total, decimals)))
    return found


def _say_next(outcomes: Sequence[_Outcome]) -> None:
    if any(each.status == "ALREADY_IMPORTED" for each in outcomes):
        click.echo("If a file was read under a wrong profile: ledgerwatch loads withdraw LOAD, then import it again.")
    if any(each.status == LoadStatus.ACCEPTED for each in outcomes):
        click.echo("Next: ledgerwatch alerts list")
    elif any(each.status == LoadStatus.REJECTED for each in outcomes):
        click.echo("Nothing of a rejected file is in the ledger. All bad rows: ledgerwatch loads rows LOAD --csv")
    elif any(each.status == LoadStatus.HELD for each in outcomes):
        click.echo(
            "Nothing of a held file is in the ledger. Those that wait for a decision: ledgerwatch loads list --status held"
        )


COMMANDS = (import_,)
