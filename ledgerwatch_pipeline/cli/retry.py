"""``ledgerwatch retry``: take up again what failed, once its cause is mended."""

import click

from ledgerwatch_pipeline.cli.context import Context, json_option, pass_context
from ledgerwatch_pipeline.cli.output import print_json, safe
from ledgerwatch_pipeline.cli.pipeline import failures_json, failures_of, import_and_analyze, print_failures
from ledgerwatch_pipeline.model.json import JsonValue
from ledgerwatch_pipeline.model.work import WorkItem

_ON_SCREEN = 20


@click.command("retry")
@click.option("--org", "organization", help="Only what failed of this organization.")
@click.option("--no-run", is_flag=True, help="Leave the work to whoever imports or analyses next.")
@json_option
@pass_context
def retry_(context: Context, organization: str | None, no_run: bool, as_json: bool) -> int:
    """Import and analyse again what failed; mend the cause first, which status and loads list name.

    What failed of an analyzer that was removed is given up.

    \b
      ledgerwatch retry --org acme

    Exit code: 1 if anything failed again, 3 if there was nothing to retry, else 0.
    """
    from ledgerwatch_pipeline.pipeline.retry import NOT_KNOWN, retry_failed

    retried = retry_failed(context.home, context.principal, organization)
    again = bool(retried.loads or retried.analyses)
    anything = again or bool(retried.given_up)
    if again and not no_run:
        import_and_analyze(context, [load.id for load in retried.loads])
    slugs = {each.organization for each in retried.loads}
    slugs |= {each.organization for each in (*retried.analyses, *retried.given_up)}
    failures = failures_of(context, slugs)
    if as_json:
        loads: list[JsonValue] = [
            {"load_id": str(load.id), "organization": load.organization, "file": load.file} for load in retried.loads
        ]
        analyses = [_item(item) for item in retried.analyses]
        print_json(
            {
                "retried": {"loads": loads, "analyses": analyses},
                "given_up": [_item(item) for item in retried.given_up],
                "failures": failures_json(failures),
            }
        )
    else:
        lines = [f"taken up again: {load.organization}/{load.file}" for load in retried.loads]
        lines += [f"taken up again: {_name(item)}, {item.months}" for item in retried.analyses]
        lines += [f"given up: {name}: {NOT_KNOWN}" for name in dict.fromkeys(map(_name, retried.given_up))]
        for line in lines[:_ON_SCREEN]:
            click.echo(safe(line))
        if len(lines) > _ON_SCREEN:
            click.echo(f"and {len(lines) - _ON_SCREEN} more")
        if not anything:
            click.echo("nothing has failed")
    print_failures(failures)
    return 1 if failures else 0 if anything else 3


def _name(item: WorkItem) -> str:
    return f"{item.organization}/analysis {item.analyzer}"


def _item(item: WorkItem) -> JsonValue:
    return {"organization": item.organization, "analyzer": item.analyzer, "months": str(item.months)}


COMMANDS = (retry_,)
