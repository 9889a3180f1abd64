"""The command itself: its groups, and errors as exit codes.

0 done; 1 failure; 2 wrong usage or unknown thing; 3 nothing done; 4 conflict; 5 input rejected.
"""

import importlib
import os
import select
import sys
import traceback
from collections.abc import Sequence
from contextlib import suppress
from io import StringIO

import click
from click.shell_completion import shell_complete

from ledgerwatch_pipeline import __version__
from ledgerwatch_pipeline.cli.output import safe
from ledgerwatch_pipeline.cli.startup import start_lightly
from ledgerwatch_pipeline.model.errors import LedgerWatchError, UsageError

_NAME = "ledgerwatch"
_CLI = "ledgerwatch_pipeline.cli"
COMMANDS = {
    "orgs": f"{_CLI}.orgs",
    "import": f"{_CLI}.imports",
    "profiles": f"{_CLI}.profiles",
    "loads": f"{_CLI}.loads",
    "transactions": f"{_CLI}.transactions",
    "analyze": f"{_CLI}.analysis",
    "analyzers": f"{_CLI}.analysis",
    "thresholds": f"{_CLI}.thresholds",
    "runs": f"{_CLI}.runs",
    "explain": f"{_CLI}.explain",
    "backtest": f"{_CLI}.backtest",
    "retry": f"{_CLI}.retry",
    "alerts": f"{_CLI}.alerts",
    "cases": f"{_CLI}.cases",
    "audit": f"{_CLI}.audit",
    "sql": f"{_CLI}.sql",
    "report": f"{_CLI}.report",
    "status": f"{_CLI}.status",
    "notify": f"{_CLI}.notify",
    "demo": "ledgerwatch_demo.commands",
    "generate": "ledgerwatch_demo.commands",
    "dev": f"{_CLI}.dev",
    "worker": f"{_CLI}.worker",
    "rebuild": f"{_CLI}.rebuild",
    "maintain": f"{_CLI}.database",
    "migrate": f"{_CLI}.database",
}
"""Command → the module that has it. A module is imported when its command is called, or when help lists them all."""


_TAKE_PATHS = ("import", "profiles", "generate", "backtest", "audit")
_NEW_PATHS = ("--out", "--plot")


class _Commands(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 click's signature
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 click's signature
        if cmd_name not in COMMANDS:
            return None
        commands: tuple[click.Command, ...] = importlib.import_module(COMMANDS[cmd_name]).COMMANDS
        return next(command for command in commands if command.name == cmd_name)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        try:
            return super().resolve_command(ctx, args)
        except click.exceptions.NoSuchCommand as error:  # click looks for close names among those that are loaded
            raise click.exceptions.NoSuchCommand(error.command_name, possibilities=COMMANDS, ctx=ctx) from None


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name=_NAME)
def cli() -> None:
    """Watch the transactions of many organizations: drop files in, work on what comes out.

    \b
      ledgerwatch orgs add devon --name "Devon County Council" --currency GBP
      ledgerwatch import *.csv --org devon --profile examples/profiles/devon.toml --on-invalid quarantine
      ledgerwatch alerts list --org devon
    """


def main() -> None:
    """The process: runs its arguments as a command and exits with its code."""
    start_lightly()
    sys.exit(run(sys.argv[1:]))


def run(arguments: Sequence[str]) -> int:
    """Run a command and return its exit code; every error is one clear line on standard error.

    Who reads the output may stop reading (``| head``): the command ends there, silently, and that is no failure.
    """
    try:
        code, complaint = _outcome(arguments)
    except BrokenPipeError as error:
        code, complaint = (0, "") if _outputs_without_reader() else (1, _unexpected(error))
    try:
        click.echo(complaint, err=True, nl=False)
        click.echo(nl=False)  # flushes
    except BrokenPipeError:
        # What is still in the buffers goes nowhere; Python would complain of it at its end, and exit with 120.
        for output in _outputs_without_reader():
            os.dup2(os.open(os.devnull, os.O_WRONLY), output)
    except OSError as error:
        if not complaint:
            with suppress(OSError):
                click.echo(_unwritable(error), err=True, nl=False)
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # as above
        return code or 1
    return code


def _require_text(arguments: Sequence[str]) -> None:
    """Raise UsageError for an argument that is not UTF-8, which only the path of a file may be."""
    for place, argument in enumerate(arguments):
        if any("\ud800" <= each <= "\udfff" for each in argument):  # how Python writes the bytes that are none
            is_path = arguments[0] in _TAKE_PATHS and (os.path.lexists(argument) or arguments[place - 1] in _NEW_PATHS)
            if not is_path:
                raise UsageError(
                    f"argument {place + 1} is not UTF-8, and no file of that name is there: {safe(argument)!r}"
                )


def _outcome(arguments: Sequence[str]) -> tuple[int, str]:
    """Exit code and what to say on standard error. Raises BrokenPipeError, which ``click``'s own ``main`` makes a 1 of."""
    try:
        if asked := os.environ.get(f"_{_NAME.upper()}_COMPLETE"):
            return shell_complete(cli, {}, _NAME, f"_{_NAME.upper()}_COMPLETE", asked), ""
        _require_text(arguments)
        with cli.make_context(_NAME, list(arguments)) as context:
            code = cli.invoke(context)
        return (code if isinstance(code, int) else 0), ""
    except click.exceptions.Exit as asked_for:
        return asked_for.exit_code, ""
    except (click.exceptions.Abort, KeyboardInterrupt, EOFError):
        return 130, "\n"
    except click.ClickException as error:
        usage = StringIO()
        error.show(usage)
        return error.exit_code, usage.getvalue()
    except LedgerWatchError as error:
        return error.exit_code, _line(str(error))
    except BrokenPipeError:
        raise
    except OSError as error:
        return 1, _unwritable(error) if _is_of_the_output(error) else _unexpected(error)
    except Exception as error:  # noqa: BLE001 the outermost frame: what nobody expected becomes a report, not a traceback
        return 1, _unexpected(error)


def _is_of_the_output(error: OSError) -> bool:
    """Whether it was raised while output was written, such as onto a full disk. The error does not say so, and once it was raised the
    stream forgets it: but its innermost frame is of a function that does nothing else."""
    *_, (frame, _) = traceback.walk_tb(error.__traceback__)
    return frame.f_globals["__name__"] in ("click.utils", "ledgerwatch_pipeline.cli.output")


def _unwritable(error: OSError) -> str:
    return _line(f"the output cannot be written: {error.strerror}")


def _unexpected(error: Exception) -> str:
    from ledgerwatch_pipeline.cli.bug_report import report_bug

    return _line(report_bug(error))


def _line(text: str) -> str:
    return f"{_NAME}: " + "".join(f"{safe(line)}\n" for line in text.splitlines())


def _outputs_without_reader() -> list[int]:
    """Which of standard output and standard error nobody reads any more; other pipes may break too, and that is a failure."""
    watching = select.poll()
    for output in (1, 2):
        watching.register(output, 0)
    return [output for output, events in watching.poll(0) if events & (select.POLLERR | select.POLLHUP)]


if __name__ == "__main__":
    main()
