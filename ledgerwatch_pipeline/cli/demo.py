"""``ledgerwatch generate``: realistic data with planted anomalies and their answer key."""

from pathlib import Path

import click

from ledgerwatch_pipeline.cli.output import progress_reporter
from ledgerwatch_pipeline.model.errors import UsageError


@click.command("generate")
@click.option("--rows", default=18_000, show_default=True, type=click.IntRange(1))
@click.option("--orgs", default=3, show_default=True, type=click.IntRange(1))
@click.option("--months", default=12, show_default=True, type=click.IntRange(1))
@click.option("--seed", default=1, show_default=True, type=int)
@click.option("--out", required=True, type=click.Path(path_type=Path), help="An absent or empty folder.")
def generate_(rows: int, orgs: int, months: int, seed: int, out: Path) -> None:
    """Write OUT/<organization>/*.csv and OUT/answer_key.json; the same numbers give the same bytes.

    \b
      ledgerwatch generate --out demo-data
    """
    from ledgerwatch_pipeline.demo.generator import generate

    report = progress_reporter()
    try:
        key = generate(
            out, rows=rows, orgs=orgs, months=months, seed=seed,
            on_progress=lambda done, total: report("rows written", done, total),
        )  # fmt: skip
    except (ValueError, FileExistsError) as error:
        raise UsageError(str(error)) from error
    click.echo(f"wrote {rows:,} rows of {orgs} organizations to {out}, with {len(key.planted)} planted anomalies")


COMMANDS = (generate_,)
