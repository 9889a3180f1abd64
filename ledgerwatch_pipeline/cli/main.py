"""The command itself: its groups, and errors as exit codes.

0 done; 1 failure; 2 wrong usage or unknown thing; 3 nothing done; 4 conflict; 5 input rejected.
"""

import sys

import click

from ledgerwatch_pipeline import __version__
from ledgerwatch_pipeline.cli import (
    alerts,
    analysis,
    audit,
    database,
    demo,
    dev,
    imports,
    orgs,
    runs,
    sql,
    status,
    transactions,
)
from ledgerwatch_pipeline.cli.output import safe
from ledgerwatch_pipeline.model.errors import LedgerWatchError


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="ledgerwatch")
def cli() -> None:
    """Watch the transactions of many organizations: drop files in, work on what comes out.

    \b
      ledgerwatch orgs add devon --name "Devon County Council" --currency GBP
      ledgerwatch import *.csv --org devon --profile examples/profiles/devon.toml --on-invalid quarantine
      ledgerwatch alerts list --org devon
    """


for group in (orgs, imports, transactions, analysis, runs, alerts, audit, sql, status, demo, dev, database):
    for command in group.COMMANDS:
        cli.add_command(command)


def main() -> None:
    """Run the command; every expected error is one clear line on standard error."""
    try:
        code = cli.main(standalone_mode=False)
        sys.exit(code if isinstance(code, int) else 0)
    except click.exceptions.Abort:
        sys.exit(130)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except LedgerWatchError as error:
        click.echo("ledgerwatch: " + "\n".join(safe(line) for line in str(error).splitlines()), err=True)
        sys.exit(error.exit_code)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(0)


if __name__ == "__main__":
    main()
