"""``ledgerwatch`` commands in processes forked from one that has loaded all modules: loading them is half of what a short command
costs. What a process itself is about (its start, its end, its signals) is tested with processes that are started.

The parent is Python's own fork server, one for each of pytest's workers; it has no home, no connection and no thread.
"""

import multiprocessing
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from functools import cache
from multiprocessing.context import ForkServerContext
from pathlib import Path

_LOADED = (
    "great_expectations",
    "ledgerwatch_pipeline.definitions",
    "ledgerwatch_pipeline.cli.main",
    *(
        f"ledgerwatch_pipeline.cli.{name}"
        for name in ("alerts", "cases", "imports", "loads", "sql", "status", "transactions")
    ),
    "ledgerwatch_tests.forked",
)


def run(
    arguments: Sequence[str], environment: Mapping[str, str], folder: Path | None = None
) -> "subprocess.CompletedProcess[str]":
    """Run a command to its end; what it wrote is that of a process whose input is empty."""
    with tempfile.TemporaryDirectory() as place:
        outputs = [Path(place) / name for name in ("out", "err")]
        process = _server().Process(
            target=_command, args=(arguments, dict(environment), *outputs, folder or Path.cwd())
        )
        process.start()
        process.join()
        out, err = (each.read_bytes().decode() for each in outputs)
    assert process.exitcode is not None
    return subprocess.CompletedProcess(arguments, process.exitcode, out, err)


@cache
def _server() -> ForkServerContext:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(list(_LOADED))
    return context


def _command(arguments: Sequence[str], environment: Mapping[str, str], out: Path, err: Path, folder: Path) -> None:
    for descriptor, file in enumerate((Path(os.devnull), out, err)):
        opened = os.open(file, os.O_RDWR | os.O_CREAT)
        os.dup2(opened, descriptor)
        os.close(opened)
    sys.stdin, sys.stdout, sys.stderr = (
        open(descriptor, mode, encoding="utf-8", closefd=False)  # noqa: SIM115 as the interpreter does at its start
        for descriptor, mode in ((0, "r"), (1, "w"), (2, "w"))
    )
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    sys.argv = ["ledgerwatch", *arguments]

    from ledgerwatch_pipeline.cli.main import main

    main()
