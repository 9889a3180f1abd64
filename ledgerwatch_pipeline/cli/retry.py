"""``ledgerwatch retry``: take up again what failed, once its cause is mended."""

import click

from ledgerwatch_pipeline.cli.context import Context, json_option, pass_context
from ledgerwatch_pipeline.cli.output import print_json, safe
from ledgerwatch_pipeline.cli.pipeline import failures_json, failures_of, import_and_analyze, print_failures
from ledgerwatch_pipeline.model.json import JsonValue

_ON_SCREEN = 20


@click.command("retry")
@click.option("--org", "organization", help="Only what failed of this organization.")
@click.option("--no-run", is_flag=True, help="Leave the work to whoever imports or analyses next.")
@json_option
@pass_context
def retry_(context: Context, organization: str | None, no_run: bool, as_json: bool) -> int:
    """Import and analyse again what failed; mend the cause first, which status and loads list name.

    \b
      ledgerwatch retry --org acme

    Exit code: 1 if anything failed again, 3 if there was nothing to retry, else 0.
    """
    from ledgerwatch_pipeline.pipeline.retry import retry_failed

    retried = retry_failed(context.home, context.principal, organization)
    anything = bool(retried.loads or retried.analyses)
    if anything and not no_run:
        import_and_analyze(context, [load.id for load in retried.loads])
    slugs = {load.organization for load in retried.loads} | {item.organization for item in retried.analyses}
    failures = failures_of(context, slugs)
    if as_json:
        loads: list[JsonValue] = [
            {"load_id": str(load.id), "organization": load.organization, "file": load.file} for load in retried.loads
        ]
        analyses: list[JsonValue] = [
            {"organization": item.organization, "analyzer": item.analyzer, "months": str(item.months)}
            for item in retried.analyses
        ]
        print_json({"retried": {"loads": loads, "analyses": analyses}, "failures": failures_json(failures)})
    else:
        names = [f"{load.organization}/{load.file}" for load in retried.loads]
        names += [f"{item.organization}/analysis {item.analyzer}, {item.months}" for item in retried.analyses]
        for name in names[:_ON_SCREEN]:
            click.echo(f"taken up again: {safe(name)}")
        if len(names) > _ON_SCREEN:
            click.echo(f"and {len(names) - _ON_SCREEN} more")
        if not anything:
            click.echo("nothing has failed")
    print_failures(failures)
    return 1 if failures else 0 if anything else 3


COMMANDS = (retry_,)
