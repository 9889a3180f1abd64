"""``ledgerwatch rebuild``: the ledger made anew from archive, registry and corrections, and held against the lake."""

from typing import TYPE_CHECKING

import click

from ledgerwatch_pipeline.cli.context import Context, actor_option, json_option, pass_context
from ledgerwatch_pipeline.cli.output import print_json, print_table, progress_reporter, safe

if TYPE_CHECKING:
    from ledgerwatch_pipeline.pipeline.rebuild import Rebuilt

_ON_SCREEN = 20


@click.command()
@click.option("--org", "slugs", multiple=True, help="Only this organization; may be given several times.")
@click.option("--put-right", is_flag=True, help="Have the lake be what was rebuilt, where it differs or is lost.")
@actor_option
@json_option
@pass_context
def rebuild(context: Context, slugs: tuple[str, ...], put_right: bool, actor: str | None, as_json: bool) -> int:
    """Make the ledger anew from the archived files, the registry and the corrections, beside the lake, and compare the two.

    \b
      ledgerwatch rebuild
      ledgerwatch rebuild --put-right            # the lake's files were lost, or damaged

    Every load is read again with what decided it, and compared by rows, totals and a hash over all columns. Nothing is changed
    without --put-right, and a load never is whose rows now would not be those that the registry says. Exit code 0: equal, or put
    right; 1: something differs.
    """
    from ledgerwatch_pipeline.pipeline.rebuild import rebuild as run

    done = run(
        context.home,
        context.acting_as(actor),
        slugs or None,
        put_right=put_right,
        on_progress=progress_reporter(),
    )
    if as_json:
        print_json(_json(done))
    else:
        _print(done)
    return 0 if done.comparison.equal or _all_right(done) else 1


def _all_right(done: "Rebuilt") -> bool:
    """Whether all that differed was put right."""
    from ledgerwatch_pipeline.importing.rebuild import Verdict

    return done.put_right and all(each.verdict is Verdict.LAKE for each in done.comparison.differing)


def _json(done: "Rebuilt") -> dict[str, object]:
    found = done.comparison
    return {
        "loads": found.loads,
        "rows": found.rows,
        "equal": found.equal,
        "differing": [
            {
                "load_id": str(each.load.id),
                "organization": each.load.organization,
                "file": each.load.file,
                "against": each.verdict.value,
                "told": each.told,
            }
            for each in found.differing
        ],
        "unknown": [{"load_id": str(load_id), "rows": rows} for load_id, rows in found.unknown.items()],
        "corrections_equal": found.corrections,
        "lost": dict(found.lost),
        "put_right": done.put_right,
        "loads_put_right": done.replaced,
    }


def _print(done: "Rebuilt") -> None:
    found = done.comparison
    for table, why in found.lost.items():
        click.echo(f"lost: the lake's table {table} cannot be read: {safe(why)}", err=True)
    for load_id, rows in found.unknown.items():
        click.echo(f"unknown: the lake has {rows:,} rows of load {load_id}, which the registry does not know", err=True)
    if not found.corrections:
        click.echo("the lake has not the corrections that the registry has", err=True)
    if found.differing:
        print_table(
            "Loads that differ",
            ("load", "file", "against", "what"),
            [
                (str(each.load.id)[:18], f"{each.load.organization}/{each.load.file}", each.verdict.value, each.told)
                for each in found.differing[:_ON_SCREEN]
            ],
        )
        if len(found.differing) > _ON_SCREEN:
            click.echo(f"and {len(found.differing) - _ON_SCREEN} more; all of them: ledgerwatch rebuild --json")
    click.echo(f"{found.loads:,} loads, {found.rows:,} rows made anew: {_verdict(done)}")


def _verdict(done: "Rebuilt") -> str:
    if done.comparison.equal:
        return "the lake is the same."
    if done.put_right:
        return f"{done.replaced:,} loads were put right in the lake. Next: ledgerwatch analyze"
    return "the lake differs. Nothing was changed; to put it right: ledgerwatch rebuild --put-right"


COMMANDS = (rebuild,)
