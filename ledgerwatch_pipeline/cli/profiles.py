"""``ledgerwatch profiles``: which there are, what one says, how a file would be read, and a first profile for an unknown file."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ledgerwatch_pipeline import views
from ledgerwatch_pipeline.cli.context import Context, json_option, pass_context
from ledgerwatch_pipeline.cli.output import print_json, print_table, safe
from ledgerwatch_pipeline.importing.profile import ProfileFile, named_profile, profile_files
from ledgerwatch_pipeline.importing.profile_text import formats_text, profile_text
from ledgerwatch_pipeline.model.money import amount_text

if TYPE_CHECKING:
    from ledgerwatch_pipeline.importing.profile_check import Checked, ReadRow

_BESIDE = ("category", "description", "reference", "account", "external_id")
"""Columns of the first rows that are shown where any of them has something."""


@click.group("profiles")
def profiles_() -> None:
    """How the files of each source are read."""


@profiles_.command("list")
@json_option
@pass_context
def list_(context: Context, as_json: bool) -> None:
    """List the built-in profiles and those of the home, with what is wrong with those that are invalid.

    \b
      ledgerwatch profiles list
    """
    found = profile_files(context.settings.profiles)
    if as_json:
        print_json({"profiles": [_listed(each) for each in found]})
        return
    print_table(
        "Profiles",
        ("name", "formats", "for", "file"),
        [
            (each.profile.name, _formats(each), each.profile.description, _place(each))
            for each in found
            if each.profile is not None
        ],
    )
    for each in found:
        if each.error is not None:
            click.echo(f"invalid: {safe(each.path.name)}: {safe(each.error)}")
    click.echo(f"Your own are in {safe(context.settings.profiles)}. One in full: ledgerwatch profiles show NAME")


def _listed(each: ProfileFile) -> views.Document:
    return {
        "name": None if each.profile is None else each.profile.name,
        "description": None if each.profile is None else each.profile.description,
        "formats": _formats(each),
        "built_in": each.built_in,
        "file": str(each.path),
        "error": each.error,
    }


def _formats(each: ProfileFile) -> str | None:
    return None if each.profile is None else formats_text(each.profile, built_in=each.built_in)


def _place(each: ProfileFile) -> str:
    return "built in" if each.built_in else str(each.path)


@profiles_.command("show")
@click.argument("name")
@json_option
@pass_context
def show(context: Context, name: str, as_json: bool) -> None:
    """Show the profile NAME, or the one in the .toml file of that path, as TOML with every default written out.

    \b
      ledgerwatch profiles show ofx
      ledgerwatch profiles show qif > .ledgerwatch/profiles/my-bank.toml   # to begin with: change its name
    """
    profile = named_profile(name, context.settings.profiles)
    if as_json:
        print_json({"profile": profile.as_json()})
    else:
        click.echo("\n".join(map(safe, profile_text(profile).splitlines())))


@profiles_.command("check")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--profile", help="Name of a profile, or path of its .toml; without it the one that fits the header.")
@click.option("--org", "organization", help="Whose file it would be; without it a new organization's, in USD.")
@json_option
@pass_context
def check(context: Context, file: Path, profile: str | None, organization: str | None, as_json: bool) -> int:
    """Say which profile would read FILE and why, how its first rows would be read, and what would be refused. Nothing is kept.

    \b
      ledgerwatch profiles check export.csv
      ledgerwatch profiles check export.csv --profile my-bank.toml --org acme

    Exit code: 0 if an import would take every row, 5 if it would refuse the file or any of its rows. A file that is in the ledger
    already is judged anew.
    """
    from ledgerwatch_pipeline.importing.profile_check import check_file

    named = named_profile(profile, context.settings.profiles) if profile else None
    found = check_file(context.home, file, named, organization, context.principal)
    if as_json:
        print_json(_checked(found))
    else:
        _print_checked(found, named=profile is not None)
    return 5 if found.refuses else 0


def _checked(found: "Checked") -> views.Document:
    load = found.load
    return {
        "file": load.file,
        "organization": found.organization,
        "currency": load.currency,
        "format": found.format,
        "profile": None if found.profile is None else found.profile.name,
        "columns": dict(found.columns),
        "profiles": [
            {"name": each.profile, "fits": each.lacks is None, "by_itself": each.by_itself, "reason": each.lacks}
            for each in found.fits
        ],
        "rows": load.rows or 0,
        "taken": load.accepted or 0,
        "refused": load.rejected or 0,
        "skipped": load.skipped or 0,
        "blank": load.blank or 0,
        "reason": load.reason,
        "rules": dict(load.rules or {}),
        "errors": [views.row_issue(each) for each in found.errors],
        "first_rows": [_row_json(each, load.currency_decimals) for each in found.rows],
    }


def _row_json(row: "ReadRow", decimals: int) -> views.Document:
    return {
        "row": row.row,
        "place": row.place,
        "fate": row.fate,
        "date": None if row.date is None else row.date.isoformat(),
        "vendor": row.vendor,
        "amount": None if row.amount is None else str(round(row.amount, decimals)),
        "type": row.type,
        "currency": row.currency,
        **{name: getattr(row, name) for name in _BESIDE},
    }


def _print_checked(found: "Checked", *, named: bool) -> None:
    load = found.load
    click.echo(f"{safe(load.file)}: {found.format or 'of no known format'}")
    for line in _why(found, named=named):
        click.echo(safe(line))
    if found.rows:
        _print_rows(found)
    if load.rules and load.rows:
        print_table("Refused, by rule", ("rule", "rows"), sorted(load.rules.items()), right=("rows",))
    for error in found.errors:
        click.echo(f"    row {error.row}, {safe(error.column)}: {safe(error.message)} [{error.rule}]")
    if found.errors and sum((load.rules or {}).values()) > len(found.errors):
        click.echo(f"    … the first {len(found.errors)} of {sum((load.rules or {}).values()):,}")
    if load.rows:
        click.echo(
            f"{load.rows:,} rows: {load.accepted or 0:,} would be taken, {load.rejected or 0:,} refused, "
            f"{load.skipped or 0:,} skipped, {load.blank or 0:,} blank"
        )
    if load.reason is not None:
        click.echo(f"An import would reject the file: {safe(load.reason)}")
    elif load.rejected:
        click.echo("An import would reject the file; with --on-invalid quarantine it would take the other rows.")
    if found.profile is None and found.format is not None:
        click.echo("A first profile for it: ledgerwatch profiles draft FILE")
    if found.organization is None:
        click.echo(f"Judged as a new organization's file, in {load.currency}; --org names whose it is.")
    click.echo("Nothing was imported, registered or kept.")


def _why(found: "Checked", *, named: bool) -> Iterator[str]:
    fitting = [each for each in found.fits if each.lacks is None]
    if found.profile is not None:
        how = "named by --profile" if named else "the only known one that the file's columns fit"
        yield f"profile {found.profile.name}: {how}"
        for name, column in found.columns.items():
            yield f"    {name} from {column!r}"
        for name, value in found.profile.constants.items():
            yield f"    {name} always {value!r}"
        if found.profile.date_from_name:
            yield f"    date from the file's name, {found.profile.date_from_name!r}"
        return
    if len(fitting) > 1:
        yield f"{len(fitting)} profiles fit: {', '.join(each.profile for each in fitting)}; name one with --profile"
        return
    if found.fits:
        yield "no known profile fits by itself:"
    for each in found.fits:
        yield f"    {each.profile}: {each.lacks or 'fits, but has to be named with --profile'}"


def _print_rows(found: "Checked") -> None:
    beside = [name for name in _BESIDE if any(getattr(row, name) for row in found.rows)]
    decimals = found.load.currency_decimals
    print_table(
        f"The first {len(found.rows)} rows as they would be read",
        ("row", "date", "vendor", "amount", "type", *beside, ""),
        [
            (
                row.place or row.row,
                row.date,
                row.vendor,
                None if row.amount is None else amount_text(row.amount, decimals),
                row.type,
                *(getattr(row, name) for name in beside),
                "" if row.fate == "taken" else row.fate,
            )
            for row in found.rows
        ],
        right=("amount",),
    )


@profiles_.command("draft")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--name", help="What the profile is called; by default the file's name without its digits.")
@click.option("--write", is_flag=True, help="Put it into the home's profiles instead of printing it.")
@json_option
@pass_context
def draft(context: Context, file: Path, name: str | None, write: bool, as_json: bool) -> None:
    """Write a first profile for an unknown FILE: delimited text, Excel, JSON or Parquet.

    \b
      ledgerwatch profiles draft export.csv > my-bank.toml
      ledgerwatch profiles draft export.csv --name my-bank --write

    Comments say what was guessed and why, and what could not be known: there the strict choice stands. Read it, then try it:
    ledgerwatch profiles check FILE --profile NAME.
    """
    from ledgerwatch_pipeline.importing.draft.drafting import draft_profile, write_profile

    drafted = draft_profile(file, name, context.principal)
    written = write_profile(drafted, context.settings.profiles) if write else None
    if as_json:
        print_json({"name": drafted.profile.name, "file": written and str(written), "text": drafted.text})
    elif written is not None:
        click.echo(
            f"written: {safe(written)}\nRead its comments; then: ledgerwatch profiles check FILE --profile {drafted.profile.name}"
        )
    else:
        click.echo("\n".join(map(safe, drafted.text.splitlines())))


COMMANDS = (profiles_,)
