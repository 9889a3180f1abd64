"""The commands that correct the ledger: ``transactions void | replace | restore | add`` and ``loads withdraw``.

Each asks for a correction, has it finished, and analyses what it touches, as ``import`` does.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

import click

from ledgerwatch_pipeline import views
from ledgerwatch_pipeline.cli.context import Command, Context, actor_option, gathered, json_option, pass_context
from ledgerwatch_pipeline.cli.output import print_json, progress_reporter, safe
from ledgerwatch_pipeline.cli.pipeline import failures_json, failures_of, import_and_analyze, print_failures
from ledgerwatch_pipeline.model.correction import CorrectionKind, CorrectionRow, CorrectionStatus
from ledgerwatch_pipeline.model.errors import ConflictError, UsageError
from ledgerwatch_pipeline.model.json import JsonValue
from ledgerwatch_pipeline.model.load import LoadRow, transaction_id
from ledgerwatch_pipeline.model.transaction import TYPES
from ledgerwatch_pipeline.model.work import Failure
from ledgerwatch_pipeline.stores.postgres import corrections, loads

if TYPE_CHECKING:
    from ledgerwatch_pipeline.importing.correct import Asked
    from ledgerwatch_pipeline.model.row_issue import RowIssue

_DONE = {
    CorrectionKind.VOID: "voided",
    CorrectionKind.REPLACE: "replaced",
    CorrectionKind.RESTORE: "restored",
    CorrectionKind.ADD: "added",
    CorrectionKind.WITHDRAW: "withdrawn",
}


@dataclass(frozen=True, slots=True)
class _How:
    """What every correction is asked with; the options of ``_asking``."""

    reason: str
    key: str | None
    no_analyze: bool
    actor: str | None
    as_json: bool


_asking = gathered(
    "how",
    _How,
    {
        "reason": click.option("--reason", required=True, help="Why; kept with the correction and in the audit log."),
        "key": click.option(
            "--key", help="A name for this command: the same one again does nothing, and exits with 3."
        ),
        "no_analyze": click.option(
            "--no-analyze", is_flag=True, help="Leave the analysis to the next import or analyze."
        ),
        "actor": actor_option,
        "as_json": json_option,
    },
)
"""The options that every correction has; the command gets them as one value, ``how``."""


def _row(*, required: bool) -> Callable[[Command], Command]:
    """The options for the fields of a transaction."""

    def with_options(command: Command) -> Command:
        for name, about in reversed(_FIELDS.items()):
            must = required and name in _REQUIRED
            kind = click.Choice(TYPES, case_sensitive=False) if name == "type" else None
            command = click.option(f"--{name.replace('_', '-')}", name, type=kind, required=must, help=about)(command)
        return command

    return with_options


_REQUIRED = ("date", "vendor", "amount")
_FIELDS = {
    "date": "YYYY-MM-DD.",
    "vendor": "Who is paid, or who pays.",
    "amount": "Without a sign, such as 1000.00.",
    "type": "Without it: income for a revenue category, else expense.",
    "category": None,
    "description": None,
    "reference": "What the payer calls the document.",
    "external_id": "What the source calls the transaction.",
    "account": "The account it was booked on.",
}


@click.command()
@click.argument("transaction", metavar="ID")
@_asking
@pass_context
def void(
    context: Context,
    transaction: str,
    how: _How,
) -> int:
    """Take a transaction out of the ledger. ID is a transaction's id, or LOAD:ROW as the list shows it.

    \b
      ledgerwatch transactions void 3319e8ce-746f:19 --reason "booked twice"

    It stays visible (transactions list --voided, transactions show), and can be brought back (transactions restore). Its month, and
    the later ones that it can change, are analysed again. Exit code 4: it is out already.
    """
    from ledgerwatch_pipeline.importing.correct import void as ask

    asked = ask(context.home, transaction_of(context, transaction), how.reason, context.acting_as(how.actor), how.key)
    return _finish(context, asked, how)


@click.command()
@click.argument("transaction", metavar="ID")
@_asking
@pass_context
def restore(
    context: Context,
    transaction: str,
    how: _How,
) -> int:
    """Bring a transaction back that was taken out of the ledger.

    \b
      ledgerwatch transactions restore 3319e8ce-746f:19 --reason "it was no duplicate"

    It has the id it had. Exit code 4: it is in the ledger, or what replaced it is.
    """
    from ledgerwatch_pipeline.importing.correct import restore as ask

    asked = ask(context.home, transaction_of(context, transaction), how.reason, context.acting_as(how.actor), how.key)
    return _finish(context, asked, how)


@click.command()
@click.argument("transaction", metavar="ID")
@_row(required=False)
@_asking
@pass_context
def replace(
    context: Context,
    /,
    transaction: str,
    how: _How,
    **fields: str | None,
) -> int:
    """Take a transaction out of the ledger and put another in, which differs from it in the fields named.

    \b
      ledgerwatch transactions replace 3319e8ce-746f:19 --amount 120.00 --reason "typed 1,200"

    The new one goes through the rules of an import, and has an id of its own. An empty text takes an optional field away. Exit
    code 4: it is out already; 5: the new one breaks a rule, and nothing was changed.
    """
    from ledgerwatch_pipeline.importing.correct import replace as ask

    identity = transaction_of(context, transaction)
    asked = ask(context.home, identity, _given(fields), how.reason, context.acting_as(how.actor), how.key)
    return _finish(context, asked, how)


@click.command()
@click.option("--org", "organization", required=True)
@_row(required=True)
@_asking
@pass_context
def add(
    context: Context,
    /,
    organization: str,
    how: _How,
    **fields: str | None,
) -> int:
    """Enter a transaction by hand, through the rules of an import.

    \b
      ledgerwatch transactions add --org acme --date 2025-03-14 --vendor "City Rail" --amount 48.20 \\
        --category Travel --reason "cash receipt" --key receipt-2025-031

    Equal ones may be entered as often as there were any. What may be repeated by a retry gets a --key. Exit code 5: it breaks a rule.
    """
    from ledgerwatch_pipeline.importing.correct import add as ask

    asked = ask(context.home, organization, _given(fields), how.reason, context.acting_as(how.actor), how.key)
    return _finish(context, asked, how)


@click.command()
@click.argument("load")
@_asking
@pass_context
def withdraw(context: Context, load: str, how: _How) -> int:
    """Take all transactions of a LOAD out of the ledger (the beginning of its id is enough).

    \b
      ledgerwatch loads withdraw 3319e8ce --reason "read with the wrong profile"

    It stays in the registry as WITHDRAWN. The same file may be imported again, named on the command line: its transactions have
    other ids then, and its external ids are free. A look into an inbox does not bring it back. Exit code 4: it is not accepted.
    """
    from ledgerwatch_pipeline.importing.withdraw import withdraw as ask

    asked = ask(context.home, load, how.reason, context.acting_as(how.actor), how.key)
    return _finish(context, asked, how)


def transaction_of(context: Context, text: str) -> UUID:
    """The transaction that an id names: its own, or LOAD:ROW with the beginning of the load's. Raises UsageError."""
    short = re.fullmatch(r"([0-9a-fA-F-]{4,36}):([0-9]{1,10})", text)
    try:
        if not short:
            return UUID(text)
        with context.home.database.transaction() as connection:
            return transaction_id(loads.find(connection, short[1], context.principal).id, int(short[2]))
    except ValueError:
        raise UsageError(f"{text!r} is no transaction's id; see: ledgerwatch transactions list") from None


def _given(fields: Mapping[str, str | None]) -> dict[str, str]:
    return {name: text for name, text in fields.items() if text is not None}


def _finish(context: Context, asked: "Asked", how: _How) -> int:
    """Have a correction finished, tell what became of it, and analyse; the exit code."""
    asked_for = asked.correction
    if not asked.new and asked_for.status is CorrectionStatus.APPLIED:
        _tell(asked_for, [], how.as_json, done_before=True)
        return 3
    if asked_for.new_load_id is not None:
        import_and_analyze(context, [asked_for.new_load_id], analyze=not how.no_analyze)
        unfinished = []
    else:
        unfinished = _finish_without_import(context, not how.no_analyze)
    with context.home.database.transaction() as connection:
        correction = corrections.get(connection, asked_for.id)
        carrier = None
        if correction.new_load_id is not None:
            carrier = loads.by_ids(connection, [correction.new_load_id])[correction.new_load_id]
    failures = [*unfinished, *failures_of(context, {correction.organization})]
    if correction.status is CorrectionStatus.REJECTED:
        if carrier is None:
            raise ConflictError(f"{correction.error}. Nothing was changed.")
        return _tell_broken_rules(context, correction, carrier, how.as_json)
    _tell(correction, failures_json(failures), how.as_json)
    print_failures(failures)
    return 1 if failures else 0


def _finish_without_import(context: Context, analyze: bool) -> list[Failure]:
    """Have what waits finished; what could not be."""
    from ledgerwatch_pipeline.pipeline.corrections import finish_waiting

    failures = finish_waiting(context.home)
    if analyze:
        from ledgerwatch_pipeline.dagster_runtime import launching

        launching.analyze_due(context.home, principal=context.principal, on_progress=progress_reporter())
    return failures


def _tell(
    correction: CorrectionRow,
    failures: list[JsonValue],
    as_json: bool,
    *,
    done_before: bool = False,
) -> None:
    if as_json:
        print_json({"correction": views.correction(correction), "failures": failures})
        return
    done = _DONE[correction.kind] if correction.status is CorrectionStatus.APPLIED else f"{correction.kind}: waits"
    before = "done before: " if done_before else ""
    what = (
        f"load {correction.load_id}"
        if correction.kind is CorrectionKind.WITHDRAW
        else f"transaction {correction.transaction or correction.new_transaction}"
    )
    by = f" by transaction {correction.new_transaction}" if correction.kind is CorrectionKind.REPLACE else ""
    click.echo(f"{before}{done} {safe(correction.organization)}: {what}{by} ({safe(correction.reason)})")
    if not done_before and correction.kind is CorrectionKind.WITHDRAW:
        click.echo("To bring the file in again, say with another profile: ledgerwatch import FILE --org ...")


def _tell_broken_rules(context: Context, correction: CorrectionRow, carrier: LoadRow, as_json: bool) -> int:
    """Why a row that was entered is not in the ledger, in the words of an import; the exit code of a rejected input."""
    issues = _issues(context, carrier)
    if as_json:
        print_json(
            {
                "correction": views.correction(correction),
                "errors": [views.row_issue(each) for each in issues],
                "failures": [],
            }
        )
    if not issues:
        click.echo(f"rejected: {safe(correction.error)}. Nothing was changed.", err=True)
    for each in issues:
        click.echo(f"rejected: {safe(each.column)}: {safe(each.message)} [{each.rule}]. Nothing was changed.", err=True)
    return 5


def _issues(context: Context, carrier: LoadRow) -> "list[RowIssue]":
    from ledgerwatch_pipeline.stores.lake import row_issues

    return row_issues.of_loads(context.home.reading, [carrier], None).get(carrier.id, [])
