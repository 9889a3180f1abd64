"""What every command needs: the settings and the home, opened when a command asks for it, and who is acting."""

import getpass
from collections.abc import Callable, Mapping
from datetime import date
from functools import cached_property, wraps
from typing import Any, TypeVar

import click

from ledgerwatch_pipeline.access.principal import Principal, local_operator
from ledgerwatch_pipeline.home import Home
from ledgerwatch_pipeline.model.errors import UsageError
from ledgerwatch_pipeline.settings import Settings

Command = TypeVar("Command", bound=Callable[..., object])

_MOST = 1_000_000
"""Rows of a page; ``--all`` has no bound."""


class Context:
    """Handed to every command by click."""

    @cached_property
    def settings(self) -> Settings:
        """Read from the environment at first use."""
        return Settings.from_environment()

    @cached_property
    def home(self) -> Home:
        """Opened at first use, closed when the command ends."""
        opened = Home(self.settings)
        click.get_current_context().call_on_close(opened.close)
        return opened

    @cached_property
    def principal(self) -> Principal:
        """Whoever sits at this machine."""
        try:
            return local_operator(getpass.getuser().encode("utf-8", "replace").decode())
        except (KeyError, OSError):  # a container's user without a name
            return local_operator("unknown")

    def acting_as(self, actor: str | None) -> Principal:
        """The principal, or the person that ``--actor`` names instead."""
        return self.principal if actor is None else local_operator(actor)


pass_context = click.make_pass_decorator(Context, ensure=True)


def page_options(shown: int, everything: str, *also_after: str) -> Callable[[Command], Command]:
    """The options of every list: ``--limit``, ``shown`` unless told, ``--after``, and ``--all`` with ``everything`` as its help.

    also_after: older names of ``--after``.
    """

    def with_options(command: Command) -> Command:
        command = click.option("--all", "everything", is_flag=True, help=everything)(command)
        command = click.option("--after", *also_after, help="Continue behind a page: what it printed as next.")(command)
        return click.option("--limit", default=shown, show_default=True, type=click.IntRange(1, _MOST))(command)

    return with_options


def gathered(
    keyword: str, kind: Callable[..., object], options: Mapping[str, Callable[[Any], Any]]
) -> Callable[[Command], Command]:
    """Give a command these options as one value: it is called with a ``kind`` of them, as ``keyword``. options: the field of each, in
    the order of the help."""

    def with_options(command: Command) -> Command:
        @wraps(command)
        def called(*arguments: object, **given: Any) -> object:
            value = kind(**{name: given.pop(name) for name in options})
            return command(*arguments, **{keyword: value}, **given)

        changed: Any = called
        for option in reversed([*options.values()]):
            changed = option(changed)
        return changed  # type: ignore[no-any-return]

    return with_options


def day_given(text: str) -> date:
    """A day as people write it; raises UsageError for anything but YYYY-MM-DD."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise UsageError(f"{text!r} is no day; write YYYY-MM-DD, for example 2026-03-31") from None


json_option = click.option("--json", "as_json", is_flag=True, help="One JSON object on standard output.")
actor_option = click.option("--actor", help="Who does it, for the audit log; default: the user of this session.")
