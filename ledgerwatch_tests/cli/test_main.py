"""The process around a command: readers who leave, bugs, completion in a shell, and how it starts and ends."""

import gc
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

from ledgerwatch_pipeline.cli.context import Context
from ledgerwatch_pipeline.stores.postgres import organizations
from ledgerwatch_tests.cli.conftest import Answer
from ledgerwatch_tests.processes import Installation

pytestmark = pytest.mark.slow  # processes are started, or there are very many

PIPED = [
    ("orgs", "list"),
    ("orgs", "list", "--json"),
    ("alerts", "list"),
    ("alerts", "list", "--all", "--json"),
    ("transactions", "list", "--csv"),
    ("--help",),
]


@pytest.mark.parametrize("buffered", [True, False], ids=["buffered", "unbuffered"])
@pytest.mark.parametrize("command", PIPED, ids=" ".join)
def test_a_reader_who_left_is_no_failure(place: Installation, command: tuple[str, ...], buffered: bool) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    environment = {**place.environment, "PYTHONUNBUFFERED": "" if buffered else "1"}
    result = subprocess.run(
        place.command(*command), env=environment, stdout=writing, stderr=subprocess.PIPE, encoding="utf-8"
    )
    os.close(writing)
    assert (result.returncode, result.stderr) == (0, "")


def test_a_long_list_into_head_ends_when_head_does(place: Installation) -> None:
    query = "SELECT range AS number, repeat('x', 100) AS text FROM range(1000000)"
    for form in ("--csv", "--json"):
        result = subprocess.run(
            ["bash", "-c", 'set -o pipefail; "$@" | head -c 50', "bash", *place.command("sql", query, form)],
            env=place.environment,
            capture_output=True,
        )
        assert (result.returncode, len(result.stdout), result.stderr) == (0, 50, b"")


@pytest.mark.parametrize(
    "command", [("status",), ("orgs", "list", "--json"), ("sql", "SELECT 1", "--csv")], ids=" ".join
)
def test_output_that_cannot_be_written_is_a_clear_error(place: Installation, command: tuple[str, ...]) -> None:
    with Path("/dev/full").open("wb") as full:
        result = subprocess.run(
            place.command(*command), env=place.environment, stdout=full, stderr=subprocess.PIPE, encoding="utf-8"
        )
    assert (result.returncode, result.stderr) == (
        1,
        "ledgerwatch: the output cannot be written: No space left on device\n",
    )


def test_an_error_that_nobody_reads_is_still_an_error(place: Installation) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    result = subprocess.run(
        place.command("orgs", "show", "nobody"), env=place.environment, stdout=writing, stderr=writing
    )
    os.close(writing)
    assert result.returncode == 2


def test_another_pipe_that_breaks_is_a_failure(
    ledgerwatch: Callable[..., Answer], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(organizations, "list_all", _raise(BrokenPipeError(32, "Broken pipe")))
    code, out, err = ledgerwatch("orgs", "list")
    assert (code, out) == (1, "")
    assert err.startswith("ledgerwatch: unexpected error: BrokenPipeError: [Errno 32] Broken pipe; details: ")


def test_a_bug_is_one_line_and_a_file_without_the_password(
    ledgerwatch: Callable[..., Answer], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    bug = RuntimeError("cannot use postgresql://me:s%40crt@db/x \x1b[31m\nthe password s@crt is repeated")
    monkeypatch.setattr(Context, "home", property(_raise(bug)))
    code, out, err = ledgerwatch(
        "orgs", "list", LEDGERWATCH_HOME=str(tmp_path), LEDGERWATCH_DATABASE_URL="postgresql://me:s%40crt@db/x"
    )
    (file,) = (tmp_path / "logs").iterdir()
    assert (code, out) == (1, "")
    assert err == (
        f"ledgerwatch: unexpected error: RuntimeError: cannot use postgresql://me:***@db/x \\x1b[31m; details: {file}\n"
    )
    details = file.read_text()
    assert "Traceback (most recent call last)" in details
    assert "the password *** is repeated" in details
    assert "s@crt" not in details
    assert "s%40crt" not in details
    assert file.stat().st_mode & 0o777 == 0o600


def test_a_bug_where_nothing_can_be_written_into_the_home_is_kept_elsewhere(
    ledgerwatch: Callable[..., Answer], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(Context, "home", property(_raise(RuntimeError())))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    code, _, err = ledgerwatch("orgs", "list", LEDGERWATCH_HOME="/dev/null/home")
    (file,) = tmp_path.iterdir()
    assert (code, err) == (1, f"ledgerwatch: unexpected error: RuntimeError; details: {file}\n")


def _raise(error: Exception) -> Callable[..., object]:
    def fail(*_: object) -> object:
        raise error

    return fail


COMPLETIONS = {
    "al": {"alerts"},
    "alerts ": {"list", "show", "ack", "resolve"},
    "alerts list --se": {"--severity"},
    "alerts list --severity ": {"high", "medium", "low"},
}


@pytest.mark.parametrize("typed", COMPLETIONS)
def test_a_shell_completes_commands_options_and_values(place: Installation, typed: str) -> None:
    words = f"ledgerwatch {typed}"
    result = place.run(
        _LEDGERWATCH_COMPLETE="bash_complete",
        COMP_WORDS=words,
        COMP_CWORD=str(words.rstrip().count(" ") + words.endswith(" ")),
    )
    offered = {line.partition(",")[2] for line in result.stdout.splitlines()}
    assert (result.returncode, result.stderr) == (0, "")
    assert COMPLETIONS[typed] <= offered
    assert typed.endswith(" ") or offered == COMPLETIONS[typed]


def test_a_shell_is_given_what_completion_needs(place: Installation) -> None:
    result = place.run(_LEDGERWATCH_COMPLETE="bash_source")
    assert (result.returncode, result.stderr) == (0, "")
    assert "complete -o nosort -F _ledgerwatch_completion ledgerwatch" in result.stdout


def test_a_command_leaves_no_server_and_no_open_lake_behind() -> None:
    with tempfile.TemporaryDirectory(prefix="lw-") as folder:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("LEDGERWATCH_")}
        result = subprocess.run(
            [sys.executable, "-m", "ledgerwatch_pipeline.cli.main", "status"],
            env={**environment, "LEDGERWATCH_HOME": f"{folder}/h"},
            capture_output=True,
            encoding="utf-8",
        )
        assert (result.returncode, result.stderr) == (0, "")
        postgres = Path(folder, "h", "postgres")
        assert (postgres / "PG_VERSION").exists()
        assert not (postgres / "postmaster.pid").exists()
        log = (postgres / "log").read_text()
        assert "database system is shut down" in log
        assert "connection to client lost" not in log
        assert "unexpected EOF" not in log


def test_garbage_is_found_less_often_but_it_is_found() -> None:
    """What a command of hours leaves in cycles goes, though Python looks for it rarely."""
    program = """
import gc, weakref
from ledgerwatch_pipeline.cli.startup import start_lightly

class Cycle:
    def __init__(self): self.itself = self

start_lightly()
assert gc.isenabled()
first = weakref.ref(Cycle())
kept = [[] for _ in range(gc.get_threshold()[0] + 1)]
assert first() is None
"""
    assert subprocess.run([sys.executable, "-c", program]).returncode == 0
    assert gc.get_threshold()[0] < 100_000  # of this process nothing was changed
