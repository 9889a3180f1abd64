"""The README's examples are run, in order and in one shell, and print what the README shows.

A fence ``console`` holds commands (``$ ``) and their output; where none is shown, none is compared, and a line ``[...]``
stands for any lines. A fence ``sh`` is not run, and a comment before it says why: the kinds are listed below.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]
README = (PROJECT / "README.md").read_text(encoding="utf-8")
FENCE = re.compile(r"(?:^<!-- not run: (?P<reason>[^\n]*) -->\n)?^```(?P<kind>[^\n]*)\n(?P<text>.*?)^```$", re.M | re.S)
END = "--- end of example ---"
MORE = "[...]"


@dataclass
class Example:
    """One command, and the lines the README shows as its output."""

    command: str
    shown: list[str] = field(default_factory=list)


def examples() -> Iterator[Example]:
    for fence in FENCE.finditer(README):
        if fence["kind"] != "console":
            continue
        for block in re.split(r"^\$ ", fence["text"], flags=re.M)[1:]:
            command, *shown = block.rstrip("\n").split("\n")
            yield Example(command, shown)


def test_only_what_installs_or_needs_other_files_is_not_run() -> None:
    assert README.count("```") == 2 * len(list(FENCE.finditer(README)))
    kinds = [(fence["kind"], fence["reason"]) for fence in FENCE.finditer(README) if fence["kind"] != "console"]
    assert kinds == [("sh", "installs packages"), ("sh", "needs files that are not in this repository")]


@pytest.fixture
def fresh_folder() -> Iterator[Path]:
    """Not pytest's: a second pytest run of root closes that folder to the database's user, which then complains."""
    with tempfile.TemporaryDirectory(prefix="readme-") as folder:
        yield Path(folder)


@pytest.mark.slow
def test_every_example_does_what_the_readme_shows(fresh_folder: Path) -> None:
    """In the home of the demo, which the README lets people run first."""
    shutil.copytree(PROJECT / "examples", fresh_folder / "examples")
    expected = [Example("ledgerwatch demo"), *examples()]
    assert len(expected) > 1
    results = run([example.command for example in expected], fresh_folder)
    for number, (example, (printed, code)) in enumerate(zip(expected, results, strict=True)):
        if example.shown:
            assert_shows(example, printed)
        follower = expected[number + 1].command if number + 1 < len(expected) else ""
        assert code == 0 or follower == "echo $?", f"{example.command}: exit code {code}\n{printed}"


def run(commands: list[str], folder: Path) -> list[tuple[str, int]]:
    """What each command prints, and its exit code; all in one shell, in a fresh folder that is its home too."""
    programs = folder / "bin"
    programs.mkdir()
    ledgerwatch = programs / "ledgerwatch"
    ledgerwatch.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m ledgerwatch_pipeline.cli.main "$@"\n')
    ledgerwatch.chmod(0o755)
    script = "".join(f'{command}\ncode=$?; echo; echo "{END} $code"; (exit $code)\n' for command in commands)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("LEDGERWATCH_")}
    environment["PATH"] = os.pathsep.join([str(programs), environment["PATH"]])
    environment["PYTHONPATH"] = os.pathsep.join([str(PROJECT), environment.get("PYTHONPATH", "")]).rstrip(os.pathsep)
    environment["PYTHONIOENCODING"] = "utf-8"
    done = subprocess.run(
        ["bash", "-c", script],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        timeout=600,
    )
    *parts, rest = re.split(rf"\n{END} (\d+)\n", done.stdout)
    assert rest == ""
    return list(zip(parts[::2], map(int, parts[1::2]), strict=True))


def assert_shows(example: Example, printed: str) -> None:
    shown, lines = normal(example.shown), normal(printed.split("\n"))
    if MORE in shown:
        before, after = shown[: shown.index(MORE)], shown[shown.index(MORE) + 1 :]
        assert lines[: len(before)] == before, example.command
        assert not after or lines[-len(after) :] == after, example.command
    else:
        assert lines == shown, example.command


def normal(lines: list[str]) -> list[str]:
    """Lines without what varies: ids that follow from the organization's random one, times, padding, blank ends."""
    ids = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
    times = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d UTC")
    return "\n".join(times.sub("<time>", ids.sub("<id>", line)).rstrip() for line in lines).strip("\n").split("\n")
