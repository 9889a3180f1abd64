"""What every command needs: the settings and the home, opened when a command asks for it, and who is acting."""

import getpass
from functools import cached_property

import click

from ledgerwatch_pipeline.home import Home
from ledgerwatch_pipeline.settings import Settings


class Context:
    """Handed to every command by click."""

    @cached_property
    def settings(self) -> Settings:
        return Settings.from_environment()

    @cached_property
    def home(self) -> Home:
        """Opened at first use, closed when the command ends."""
        opened = Home(self.settings)
        click.get_current_context().call_on_close(opened.close)
        return opened

    @cached_property
    def actor(self) -> str:
        try:
            return getpass.getuser()
        except (KeyError, OSError):  # a container's user without a name
            return "unknown"


pass_context = click.make_pass_decorator(Context, ensure=True)
json_option = click.option("--json", "as_json", is_flag=True, help="One JSON object on standard output.")
