"""The command itself: its groups, and errors as exit codes.

0 done; 1 failure; 2 wrong usage or unknown thing; 3 nothing done; 4 conflict; 5 input rejected.
"""

import importlib
import sys

import click

from ledgerwatch_pipeline import __version__
from ledgerwatch_pipeline.cli.output import safe
from ledgerwatch_pipeline.model.errors import LedgerWatchError

_CLI = "ledgerwatch_pipeline.cli"
COMMANDS = {
    "orgs": f"{_CLI}.orgs",
    "import": f"{_CLI}.imports",
    "loads": f"{_CLI}.imports",
    "transactions": f"{_CLI}.transactions",
    "analyze": f"{_CLI}.analysis",
    "analyzers": f"{_CLI}.analysis",
    "runs": f"{_CLI}.runs",
    "alerts": f"{_CLI}.alerts",
    "audit": f"{_CLI}.audit",
    "sql": f"{_CLI}.sql",
    "status": f"{_CLI}.status",
    "demo": "ledgerwatch_demo.commands",
    "generate": "ledgerwatch_demo.commands",
    "dev": f"{_CLI}.dev",
    "migrate": f"{_CLI}.database",
}
"""Command → the module that has it. A module is imported when its command is called, or when help lists them all."""


class _Commands(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        commands: tuple[click.Command, ...] = importlib.import_module(COMMANDS[cmd_name]).COMMANDS
        return next(command for command in commands if command.name == cmd_name)


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="ledgerwatch")
def cli() -> None:
    """Watch the transactions of many organizations: drop files in, work on what comes out.

    \b
      ledgerwatch orgs add devon --name "Devon County Council" --currency GBP
      ledgerwatch import *.csv --org devon --profile examples/profiles/devon.toml --on-invalid quarantine
      ledgerwatch alerts list --org devon
    """


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
