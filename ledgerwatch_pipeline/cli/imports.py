"""``ledgerwatch import`` and ``ledgerwatch loads``: deliver files, and look at what became of them."""

import csv
import sys
from pathlib import Path
from typing import Any
from uuid import UUID

import click

from ledgerwatch_pipeline.cli.context import Context, json_option, pass_context
from ledgerwatch_pipeline.cli.output import print_json, print_table, progress_reporter, safe
from ledgerwatch_pipeline.database import loads, organizations
from ledgerwatch_pipeline.model.load import LoadStatus, OnInvalid
from ledgerwatch_pipeline.model.month import Month

_ON_SCREEN = 20


@click.command("import")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--org", "organization", required=True, help="The organization's slug.")
@click.option("--profile", help="Name of a profile, or path of its .toml; without it the one that fits the header.")
@click.option("--on-invalid", type=click.Choice([each.value for each in OnInvalid]), default=OnInvalid.REJECT.value, show_default=True,
              help="One bad row: reject the whole file, or set the row aside.")  # fmt: skip
@click.option("--no-analyze", is_flag=True, help="Leave the analysis of the new months for later.")
@json_option
@pass_context
def import_(
    context: Context, files: tuple[Path, ...], organization: str, profile: str | None, on_invalid: str, no_analyze: bool,
    as_json: bool,
) -> int:  # fmt: skip
    """Import FILES for one organization and analyse the months they touch.

    \b
      ledgerwatch import export.csv --org acme
      ledgerwatch import *.csv --org devon --profile devon.toml --on-invalid quarantine

    Exit code: 5 if any file was rejected, else 3 if none was new, else 0.
    """
    from ledgerwatch_pipeline.importing.receiving import receive

    report = progress_reporter()
    home = context.home
    receipts = receive(
        home, files, organization, profile_name=profile, on_invalid=OnInvalid(on_invalid), actor=context.actor
    )
    waiting = [receipt.load_id for receipt in receipts if receipt.new or receipt.first_status is LoadStatus.RECEIVED]
    if waiting or _unfinished(context):
        from ledgerwatch_pipeline.defs import launching

        launching.import_loads(home, waiting, actor=context.actor, on_progress=report)
        if not no_analyze:
            launching.analyze_due(home, on_progress=report)
    with home.database.transaction() as cursor:
        rows = loads.by_ids(cursor, [receipt.load_id for receipt in receipts])
    results = []
    for place, receipt in enumerate(receipts):
        row = rows[receipt.load_id]
        twice = any(receipt.load_id == earlier.load_id for earlier in receipts[:place])
        already = receipt.load_id not in waiting or (twice and row["status"] == LoadStatus.ACCEPTED)
        results.append(_load_json(context, row, receipt.file, already=already))
    if as_json:
        print_json({"loads": results})
    else:
        _show(results)
    if any(result["status"] == LoadStatus.REJECTED for result in results):
        return 5
    return 0 if waiting else 3


def _unfinished(context: Context) -> bool:
    """Whether something of an earlier, interrupted import is left to do."""
    with context.home.database.transaction() as cursor:
        cursor.execute("SELECT EXISTS (SELECT 1 FROM loads WHERE status = 'RECEIVED') AS waiting,"
                       " EXISTS (SELECT 1 FROM months_due) AS due")  # fmt: skip
        row = cursor.fetchone()
    return bool(row["waiting"] or row["due"])


def _load_json(context: Context, row: dict[str, Any], file: str, *, already: bool) -> dict[str, Any]:
    rejected = (row["rejected"] or 0) > 0
    reason = row["reason"]
    if already:
        reason = f"already imported as {row['file']}, load {row['id']}"
    return {
        "load_id": row["id"], "file": file, "organization": row["organization"],
        "status": "ALREADY_IMPORTED" if already else row["status"], "rows": row["rows"], "accepted": row["accepted"],
        "rejected": row["rejected"], "skipped": row["skipped"], "blank": row["blank"],
        "amount": {kind: row[kind] for kind in ("expense", "income", "refund")},
        "months": [str(Month.of(month)) for month in row["months"] or []],
        "errors": _errors(context, row["id"], _ON_SCREEN) if rejected and not already else [], "reason": reason,
    }  # fmt: skip


def _errors(context: Context, load_id: UUID, limit: int | None) -> list[dict[str, Any]]:
    return _rows_of(context, "rejected_rows", load_id, limit)


def _rows_of(context: Context, table: str, load_id: UUID, limit: int | None) -> list[dict[str, Any]]:
    rows = context.home.lake.con.execute(
        f"SELECT row_number, column_name, value, rule, message FROM lake.{table} WHERE load_id = $1"
        f" ORDER BY row_number, column_name {'LIMIT ' + str(int(limit)) if limit else ''}",
        [load_id],
    ).fetchall()
    return [dict(zip(("row", "column", "value", "rule", "message"), row, strict=True)) for row in rows]


def _show(results: list[dict[str, Any]]) -> None:
    shown = [result for result in results if result["status"] != LoadStatus.ACCEPTED][:_ON_SCREEN]
    for result in shown:
        click.echo(
            f"{result['status'].lower().replace('_', ' ')}: {safe(result['file'])}: {safe(result['reason'])}", err=True
        )
        for error in result["errors"][: max(1, _ON_SCREEN // max(1, len(shown)))]:
            click.echo(
                f"    row {error['row']}, {safe(error['column'])}: {safe(error['message'])} [{error['rule']}]", err=True
            )
    counts = {
        status: sum(result["status"] == status for result in results)
        for status in ("ACCEPTED", "REJECTED", "ALREADY_IMPORTED")
    }
    fresh = [result for result in results if result["status"] == LoadStatus.ACCEPTED]
    total = {
        name: sum(result[name] for result in fresh) for name in ("rows", "accepted", "rejected", "skipped", "blank")
    }
    money = {
        kind: f"{sum(result['amount'][kind] for result in fresh):,.2f}" for kind in ("expense", "income", "refund")
    }
    print_table(
        "Import", ("what", "how much"),
        [
            ("files accepted", counts["ACCEPTED"]), ("files rejected", counts["REJECTED"]),
            ("files already imported", counts["ALREADY_IMPORTED"]), *((f"rows {k}" if k != "rows" else "rows", f"{v:,}") for k, v in total.items()),
            *money.items(), ("months", len({month for result in fresh for month in result["months"]})),
        ],
        right=("how much",),
    )  # fmt: skip
    if counts["ACCEPTED"]:
        click.echo("Next: ledgerwatch alerts list")
    elif counts["REJECTED"]:
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
            cursor, organization=organization, status=LoadStatus(status) if status else None,
            limit=None if everything else limit,
        )  # fmt: skip
    if as_json:
        print_json({"loads": [_summary(row) for row in found]})
    else:
        print_table(
            "Loads", ("load", "organization", "file", "status", "rows", "accepted", "rejected", "reason"),
            ((str(r["id"])[:18], r["organization"], r["file"], r["status"], r["rows"], r["accepted"], r["rejected"], r["reason"]) for r in found),
            right=("rows", "accepted", "rejected"),
        )  # fmt: skip


def _summary(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "load_id": row["id"], "organization": row["organization"], "file": row["file"], "sha256": row["sha256"],
        "status": row["status"], "rows": row["rows"], "accepted": row["accepted"], "rejected": row["rejected"],
        "skipped": row["skipped"], "blank": row["blank"], "rules": row["rules"], "reason": row["reason"],
        "amount": {kind: row[kind] for kind in ("expense", "income", "refund")},
        "months": [str(Month.of(month)) for month in row["months"] or []], "received_at": row["received_at"],
    }  # fmt: skip


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
        print_table(f"Load {summary['load_id']}", ("field", "value"), summary.items())


@loads_.command("rows")
@click.argument("load")
@click.option("--csv", "as_csv", is_flag=True, help="All of them as CSV.")
@json_option
@pass_context
def rows(context: Context, load: str, as_csv: bool, as_json: bool) -> None:
    """List the rows of a LOAD that are not in the ledger: row number, column, value, rule, message.

    Bad rows, and rows skipped because the ledger has them already (rule external_id_known).
    """
    with context.home.database.transaction() as cursor:
        found = loads.find(cursor, load)
    limit = None if as_csv or as_json else _ON_SCREEN
    errors = _errors(context, found["id"], limit)
    skipped = _rows_of(context, "skipped_rows", found["id"], limit)
    listed = sorted([*errors, *skipped], key=lambda row: (row["row"], row["column"]))[:limit]
    if as_json:
        print_json({"load_id": found["id"], "errors": errors, "skipped": skipped})
    elif as_csv:
        writer = csv.writer(sys.stdout)
        writer.writerow(("row", "column", "value", "rule", "message"))
        writer.writerows([_no_formula(value) for value in error.values()] for error in listed)
    else:
        print_table(
            f"Rows of {found['file']} that are not in the ledger",
            ("row", "column", "value", "rule", "message"),
            (tuple(row.values()) for row in listed),
        )


def _no_formula(value: Any) -> Any:
    """A text a spreadsheet would run as a formula gets an apostrophe before it."""
    return f"'{value}" if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r") else value


COMMANDS = (import_, loads_)
