"""docs/command-line.md names every command, and only commands and options that there are."""

import re
import shlex
from collections.abc import Iterator

import click
import pytest

from ledgerwatch_pipeline.cli.main import cli
from ledgerwatch_tests.docs.test_readme import PROJECT

PAGE = (PROJECT / "docs" / "command-line.md").read_text(encoding="utf-8")
EXAMPLES = [text for text in re.findall(r"`ledgerwatch ([^`]*)`", PAGE) if not text.startswith("COMMAND")]


def commands(group: click.Group, *path: str) -> Iterator[tuple[str, ...]]:
    for name in group.list_commands(click.Context(group)):
        command = group.get_command(click.Context(group), name)
        if isinstance(command, click.Group):
            yield from commands(command, *path, name)
        else:
            yield (*path, name)


def command_and_words(example: str) -> tuple[tuple[str, ...], click.Command, list[str]]:
    words = shlex.split(example)
    path: tuple[str, ...] = ()
    command: click.Command = cli
    while isinstance(command, click.Group):
        path = (*path, words.pop(0))
        named = command.get_command(click.Context(command), path[-1])
        assert named is not None, f"there is no command {' '.join(path)}"
        command = named
    return path, command, words


@pytest.mark.parametrize("example", EXAMPLES)
def test_an_example_names_options_that_there_are(example: str) -> None:
    _, command, words = command_and_words(example)
    known = {option for parameter in command.params for option in parameter.opts}
    assert {word for word in words if word.startswith("--")} <= known


def test_every_command_is_on_the_page() -> None:
    assert {command_and_words(example)[0] for example in EXAMPLES} == set(commands(cli))
