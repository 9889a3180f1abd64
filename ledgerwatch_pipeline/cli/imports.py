"""``ledgerwatch import`` and ``ledgerwatch loads``: deliver files, and look at what became of them."""

from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

import click

from ledgerwatch_pipeline.cli.context import Context, json_option, pass_context
from ledgerwatch_pipeline.cli.output import print_fields, print_json, print_table, progress_reporter, safe, write_csv
from ledgerwatch_pipeline.home import Home
from ledgerwatch_pipeline.model.errors import UsageError
from ledgerwatch_pipeline.model.load import LoadStatus, OnInvalid
from ledgerwatch_pipeline.model.month import Month
from ledgerwatch_pipeline.stores.postgres import loads, organizations

if TYPE_CHECKING:
    from ledgerwatch_pipeline.importing.dry_run import Rehearsed
    from ledgerwatch_pipeline.importing.receive.files import Receipt
    from ledgerwatch_pipeline.importing.receive.inbox import RefusedFile

_ON_SCREEN = 20
_WOULD_BE = "WOULD_BE_"
"""Before the status of a load in a dry run."""


@click.command("import")
@click.argument("files", nargs=-1, type=click.Path(path_type=Path))
@click.option("--org", "organization", help="The organization's slug, for FILES.")
@click.option(
    "--inbox",
    is_flag=False,
    flag_value="",
    metavar="[DIR]",
    help="Every new file of DIR/<organization>/, by default of the home's inbox.",
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

    Files of an inbox are left where they are; names that begin with a dot are not looked at. Exit code: 5 if any file
    was rejected, else 3 if none was new, else 0.
    """
    from ledgerwatch_pipeline.importing.receive.files import receive
    from ledgerwatch_pipeline.importing.receive.inbox import InboxReceipt, receive_inbox

    _require_one_source(files, organization, inbox)
    report = progress_reporter()
    home = context.home
    folder = Path(inbox) if inbox else context.settings.inbox
    terms: dict[str, Any] = {"profile_name": profile, "on_invalid": OnInvalid(on_invalid)}
    if dry_run:
        return _rehearse(home, files, organization, folder, terms, as_json)
    terms["actor"] = context.actor
    if organization is not None:
        received = InboxReceipt(receive(home, files, organization, **terms), [])
    else:
        received = receive_inbox(home, folder, **terms)
    waiting = [r.load_id for r in received.receipts if r.new or r.first_status is LoadStatus.RECEIVED]
    with home.database.transaction() as cursor:
        left_behind = loads.unfinished(cursor)
    if waiting or left_behind:
        from ledgerwatch_pipeline.dagster_runtime import launching

        launching.import_loads(home, waiting, actor=context.actor, on_progress=report)
        if not no_analyze:
            launching.analyze_due(home, on_progress=report)
    results = [*_outcomes(context, received.receipts, set(waiting)), *map(_refused_json, received.refused)]
    if as_json:
        print_json({"loads": results})
    else:
        _show("Import", results)
        _say_next(results)
    if any(result["status"] == LoadStatus.REJECTED for result in results):
        return 5
    return 0 if waiting else 3


def _rehearse(
    home: Home, files: tuple[Path, ...], organization: str | None, folder: Path, terms: dict[str, Any], as_json: bool
) -> int:
    """Say what an import of the same would do; the exit code is the import's."""
    from ledgerwatch_pipeline.importing.dry_run import rehearse_files, rehearse_inbox

    refused: list[RefusedFile] = []
    if organization is not None:
        rehearsed = rehearse_files(home, files, organization, **terms)
    else:
        rehearsed, refused = rehearse_inbox(home, folder, **terms)
    results = [_rehearsed_json(each) for each in rehearsed]
    results += [_refused_json(each) | {"status": _WOULD_BE + LoadStatus.REJECTED} for each in refused]
    if as_json:
        print_json({"loads": results})
    else:
        _show("Dry run: what an import would do", results)
        click.echo("Nothing was imported, registered or kept.")
    statuses = {result["status"] for result in results}
    return 5 if _WOULD_BE + LoadStatus.REJECTED in statuses else 0 if _WOULD_BE + LoadStatus.ACCEPTED in statuses else 3


def _rehearsed_json(each: "Rehearsed") -> dict[str, Any]:
    row = each.row
    if each.before is not None:
        return _load_json(row, row["file"], errors=[], **_settled_before(each.before))
    return _load_json(row, row["file"], status=_WOULD_BE + row["status"], errors=each.errors, reason=row["reason"])


def _require_one_source(files: tuple[Path, ...], organization: str | None, inbox: str | None) -> None:
    if inbox is not None and (files or organization is not None):
        raise UsageError("--inbox takes the files of all organizations: give either FILES and --org, or --inbox [DIR]")
    if inbox is None and not files:
        raise UsageError("nothing to import: give FILES and --org, or --inbox [DIR]")
    if inbox is None and organization is None:
        raise UsageError("FILES need --org: the slug of the organization they are for (see: ledgerwatch orgs list)")


def _outcomes(context: Context, receipts: "Sequence[Receipt]", waiting: set[UUID]) -> list[dict[str, Any]]:
    """What became of each file; of the same bytes twice in one delivery the second was imported already."""
    with context.home.database.transaction() as cursor:
        rows = loads.by_ids(cursor, [receipt.load_id for receipt in receipts])
    with_errors = [load for load in waiting if (rows[load]["rejected"] or 0) > 0]
    errors = _errors(context, with_errors) if with_errors else {}
    results = []
    for receipt in receipts:
        row = rows[receipt.load_id]
        if receipt.load_id in waiting:
            waiting = waiting - {receipt.load_id}
            outcome = {"status": row["status"], "errors": errors.get(receipt.load_id, []), "reason": row["reason"]}
        else:
            outcome = {"errors": [], **_settled_before(row)}
        results.append(_load_json(row, receipt.file, **outcome))
    return results


def _errors(context: Context, load_ids: Sequence[UUID]) -> dict[UUID, list[dict[str, Any]]]:
    """The first bad rows of each load; DuckDB is imported here and not before: a look into a known inbox does without."""
    from ledgerwatch_pipeline.stores.lake import row_issues as kept_out

    return kept_out.rows_of(context.home.lake.con, kept_out.REJECTED, load_ids, _ON_SCREEN)


def _settled_before(row: dict[str, Any]) -> dict[str, str]:
    if row["status"] == LoadStatus.REJECTED:
        return {
            "status": "ALREADY_REJECTED",
            "reason": f"rejected before as {row['file']}, load {row['id']}: {row['reason']}; name the file to try it again",
        }
    return {"status": "ALREADY_IMPORTED", "reason": f"already imported as {row['file']}, load {row['id']}"}


def _load_json(
    row: dict[str, Any], file: str, *, status: str, errors: list[dict[str, Any]], reason: str | None
) -> dict[str, Any]:
    return {
        "load_id": row["id"],
        "file": file,
        "organization": row["organization"],
        "status": status,
        "rows": row["rows"],
        "accepted": row["accepted"],
        "rejected": row["rejected"],
        "skipped": row["skipped"],
        "blank": row["blank"],
        "amount": {kind: row[kind] for kind in ("expense", "income", "refund")},
        "months": [str(Month.of(month)) for month in row["months"] or []],
        "errors": errors,
        "reason": reason,
    }


def _refused_json(refused: "RefusedFile") -> dict[str, Any]:
    """A file that is in no registry, in the words of one that is."""
    counts = dict.fromkeys(("rows", "accepted", "rejected", "skipped", "blank"), 0)
    amounts = dict.fromkeys(("expense", "income", "refund"), Decimal("0.00"))
    unregistered: dict[str, Any] = {"id": None, "organization": refused.organization, "months": [], **counts, **amounts}
    return _load_json(unregistered, refused.file, status=LoadStatus.REJECTED, errors=[], reason=refused.reason)


def _show(title: str, results: list[dict[str, Any]]) -> None:
    """The files that are not accepted, each with its first bad rows, and the figures of all."""
    shown = [result for result in results if not _accepted(result)][:_ON_SCREEN]
    for result in shown:
        click.echo(
            f"{result['status'].lower().replace('_', ' ')}: {safe(result['organization'] or '(none)')}/{safe(result['file'])}: "
            f"{safe(result['reason'])}",
            err=True,
        )
        for error in result["errors"][: max(1, _ON_SCREEN // max(1, len(shown)))]:
            click.echo(
                f"    row {error['row']}, {safe(error['column'])}: {safe(error['message'])} [{error['rule']}]", err=True
            )
    counts = {
        status: sum(result["status"].removeprefix(_WOULD_BE) == status for result in results)
        for status in ("ACCEPTED", "REJECTED", "ALREADY_IMPORTED", "ALREADY_REJECTED")
    }
    fresh = [result for result in results if _accepted(result)]
    total = {
        name: sum(result[name] for result in fresh) for name in ("rows", "accepted", "rejected", "skipped", "blank")
    }
    money = {
        kind: f"{sum(result['amount'][kind] for result in fresh):,.2f}" for kind in ("expense", "income", "refund")
    }
    print_table(
        title,
        ("what", "how much"),
        [
            ("files accepted", counts["ACCEPTED"]),
            ("files rejected", counts["REJECTED"]),
            ("files already imported", counts["ALREADY_IMPORTED"]),
            *([("files already rejected", counts["ALREADY_REJECTED"])] if counts["ALREADY_REJECTED"] else []),
            *((f"rows {k}" if k != "rows" else "rows", f"{v:,}") for k, v in total.items()),
            *money.items(),
            ("months", len({month for result in fresh for month in result["months"]})),
        ],
        right=("how much",),
    )


def _accepted(result: dict[str, Any]) -> bool:
    return bool(result["status"].removeprefix(_WOULD_BE) == LoadStatus.ACCEPTED)


def _say_next(results: list[dict[str, Any]]) -> None:
    if any(map(_accepted, results)):
        click.echo("Next: ledgerwatch alerts list")
    elif any(result["status"] == LoadStatus.REJECTED for result in results):
        click.echo("Nothing of a rejected file is in the ledger. All bad rows: ledgerwatch loads rows LOAD --csv")


@click.group("loads")
def loads_() -> None:
    """Files that were delivered."""


@loads_.command("list")
@click.option("--org", "organization", help="Only this organization's.")
@click.option("--status", type=click.Choice([each.value for each in LoadStatus], case_sensitive=False))
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1))
@click.option("--all", "everything", is_flag=True)
@json_option
@pass_context
def list_(
    context: Context, organization: str | None, status: str | None, limit: int, everything: bool, as_json: bool
) -> None:
    """List loads, newest first."""
    with context.home.database.transaction() as cursor:
        if organization:
            organizations.get(cursor, organization)
        found = loads.newest(
            cursor,
            organization=organization,
            status=LoadStatus(status) if status else None,
            limit=None if everything else limit,
        )
    if as_json:
        print_json({"loads": [_summary(row) for row in found]})
    else:
        print_table(
            "Loads",
            ("load", "organization", "file", "status", "rows", "accepted", "rejected", "reason"),
            (
                (
                    str(r["id"])[:18],
                    r["organization"],
                    r["file"],
                    r["status"],
                    r["rows"],
                    r["accepted"],
                    r["rejected"],
                    r["reason"],
                )
                for r in found
            ),
            right=("rows", "accepted", "rejected"),
        )


def _summary(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "load_id": row["id"],
        "organization": row["organization"],
        "file": row["file"],
        "sha256": row["sha256"],
        "status": row["status"],
        "rows": row["rows"],
        "accepted": row["accepted"],
        "rejected": row["rejected"],
        "skipped": row["skipped"],
        "blank": row["blank"],
        "rules": row["rules"],
        "reason": row["reason"],
        "amount": {kind: row[kind] for kind in ("expense", "income", "refund")},
        "months": [str(Month.of(month)) for month in row["months"] or []],
        "received_at": row["received_at"],
    }


@loads_.command("show")
@click.argument("load")
@json_option
@pass_context
def show(context: Context, load: str, as_json: bool) -> None:
    """Show one LOAD (the beginning of its id is enough)."""
    with context.home.database.transaction() as cursor:
        summary = _summary(loads.find(cursor, load))
    if as_json:
        print_json({"load": summary})
    else:
        click.echo(f"Load {summary['load_id']}\n")
        print_fields(summary)


@loads_.command("rows")
@click.argument("load")
@click.option("--csv", "as_csv", is_flag=True, help="All of them as CSV.")
@json_option
@pass_context
def rows(context: Context, load: str, as_csv: bool, as_json: bool) -> None:
    """List the rows of a LOAD that are not in the ledger: row number, column, value, rule, message.

    Bad rows, and rows skipped because the ledger has them already (rule external_id_known).
    """
    from ledgerwatch_pipeline.stores.lake import row_issues as kept_out

    with context.home.database.transaction() as cursor:
        found = loads.find(cursor, load)
    limit = None if as_csv or as_json else _ON_SCREEN
    errors, skipped = (
        kept_out.rows_of(context.home.reading, table, [found["id"]], limit).get(found["id"], [])
        for table in (kept_out.REJECTED, kept_out.SKIPPED)
    )
    listed = sorted([*errors, *skipped], key=lambda row: (row["row"], row["column"]))[:limit]
    if as_json:
        print_json({"load_id": found["id"], "errors": errors, "skipped": skipped})
    elif as_csv:
        write_csv(("row", "column", "value", "rule", "message"), (row.values() for row in listed))
    else:
        print_table(
            f"Rows of {found['file']} that are not in the ledger",
            ("row", "column", "value", "rule", "message"),
            (tuple(row.values()) for row in listed),
        )


COMMANDS = (import_, loads_)
