"""Runs a process and watches what it and its database server hold in memory."""

import os
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import psutil

_EVERY = 1.0


@dataclass(frozen=True)
class Watched:
    """How a process went. peak: highest sum, over the process tree and the server's processes, of their proportional set
    sizes (memory shared by several counts once; a sample every second). own_peak: the largest resident size of the process
    alone, as the kernel kept it. Both in bytes. cpu_seconds: of the process and its children, not of the server; it tells
    the work apart from the waiting on a machine that others use too."""

    started: datetime
    finished: datetime
    output: str
    peak: int
    own_peak: int
    cpu_seconds: float

    @property
    def seconds(self) -> float:
        """By the clock on the wall."""
        return (self.finished - self.started).total_seconds()


def run_watched(command: Sequence[str], environment: Mapping[str, str], server: Path | None = None) -> Watched:
    """Run ``command``; ``server`` is the data folder of the PostgreSQL it uses. Raises when the command fails."""
    started = datetime.now(UTC)
    with subprocess.Popen(command, env=dict(environment), stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        done = threading.Event()
        peaks = [0]
        sampler = threading.Thread(target=_sample, args=(process.pid, server, done, peaks))
        sampler.start()
        output = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        finished = datetime.now(UTC)
        process.returncode = os.waitstatus_to_exitcode(status)
        done.set()
        sampler.join()
    if process.returncode != 0:
        raise subprocess.CalledProcessError(process.returncode, command, output)
    return Watched(started, finished, output, peaks[0], usage.ru_maxrss * 1024, usage.ru_utime + usage.ru_stime)


def _sample(pid: int, server: Path | None, done: threading.Event, peaks: list[int]) -> None:
    while not done.wait(_EVERY):
        peaks[0] = max(peaks[0], sum(_held(process) for process in _processes(pid, server)))


def _processes(pid: int, server: Path | None) -> Iterator[psutil.Process]:
    roots = [pid]
    if server is not None and (server / "postmaster.pid").exists():
        first = (server / "postmaster.pid").read_text().split("\n", 1)[0]
        roots += [int(first)] if first.isdigit() else []
    seen: set[int] = set()
    for root in roots:
        try:
            process = psutil.Process(root)
            family = [process, *process.children(recursive=True)]
        except psutil.NoSuchProcess:
            continue
        for each in family:
            if each.pid not in seen:
                seen.add(each.pid)
                yield each


def _held(process: psutil.Process) -> int:
    try:
        info = process.memory_full_info()
    except psutil.Error:  # gone meanwhile
        return 0
    return int(getattr(info, "pss", info.uss))


def wait_until_gone(server: Path) -> None:
    """Wait until the server of a home has stopped, so that one run does not work beside the end of another."""
    while (server / "postmaster.pid").exists():
        time.sleep(_EVERY)
