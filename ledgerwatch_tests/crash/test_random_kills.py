"""SIGKILL at random moments of an import, again and again: ledger, registry, audit log and archive end as if it had never come."""

import gzip
import multiprocessing
import random
import signal
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from ledgerwatch_tests.long_runs import drawn
from ledgerwatch_tests.processes import Installation, everything, installation
from ledgerwatch_tests.readers.test_statements import SGML
from ledgerwatch_tests.readers.test_workbook import HEADER, ROW, xlsx

ORG = "harbor-foods"
KILLS = drawn(8, 50)
ROUNDS = drawn(1, 3)
"""Homes: in each the files are new, and it is killed so often before it may end."""
_ALL = ("transactions", "load_totals", "loads", "row_issues")
"""Of everything, what an import makes; which months are due is cut otherwise where loads were accepted one after the other."""


def files_of(folder: Path) -> list[str]:
    """Files of several formats, one with a bad row, one with ids, one of them twice. None is rejected:
    a rejected file is received anew each time it is named."""
    day = "2024-03-%02d"
    contents = {
        "plain.csv": "date,vendor,amount\n" + "".join(f"{day % (1 + n % 28)},V{n % 90},{n}.25\n" for n in range(1, 3_000)),
        "bad.csv": "date,vendor,amount\n2024-02-01,Acme,1.00\n2024-02-01,,2.00\n",
        "ids.csv": "date,vendor,amount,external_id\n2024-03-01,A,1,X1\n2024-03-01,A,1,X1\n2024-03-02,A,1,X2\n",
        "lines.jsonl": "".join(f'{{"date": "{day % (1 + n % 28)}", "vendor": "\\u0041{n}", "amount": {n}}}\n' for n in range(1, 500)),
        "bank.ofx": SGML.replace("EUR", "USD"),
    }  # fmt: skip
    for name, content in contents.items():
        (folder / name).write_text(content)
    (folder / "packed.csv.gz").write_bytes(gzip.compress(b"date;vendor;amount\r\n2024-05-01;Caf\xe9;3\r\n", mtime=0))
    (folder / "book.xlsx").write_bytes(xlsx(HEADER, *[ROW] * 40))
    return sorted(str(each) for each in folder.iterdir())


def archived(place: Installation) -> dict[str, bytes]:
    """The files of the archive by their places; half a copy of a killed process is none of them."""
    archive = place.home.settings.archive
    return {str(each.relative_to(archive)): each.read_bytes() for each in archive.glob("??/*")}


def run(place: Installation, files: Sequence[str], seconds: float | None) -> bool:
    """Import in a process of its own, killed after so many seconds; whether it came to its end before."""
    server = multiprocessing.get_context("forkserver")
    server.set_forkserver_preload(["ledgerwatch_tests.crash.importing_child"])
    from ledgerwatch_tests.crash.importing_child import import_files

    process = server.Process(target=import_files, args=(str(place.home.settings.home), ORG, files))
    process.start()
    process.join(seconds)
    if process.is_alive():
        process.kill()
    process.join()
    assert process.exitcode in (0, -signal.SIGKILL)
    return process.exitcode == 0


def events(state: dict[str, list[Any]], kind: str) -> list[str]:
    """The loads that events are about. One that five workers died with is FAILED, and is received once more when it is named."""
    return sorted(str(event[2]) for event in state["received and imported"] if event[0] == kind)


def finished(place: Installation, files: Sequence[str]) -> dict[str, list[Any]]:
    """What is there when nothing kills any more. A load that five workers died with is FAILED once, and taken up when it is named."""
    for _ in range(3):
        assert run(place, files, None)
        found = everything(place.home)
        if {load[2] for load in found["loads"]} == {"ACCEPTED"}:
            break
    return found


@pytest.mark.slow
def test_kills_at_random_moments_leave_what_an_undisturbed_run_leaves(tmp_path: Path) -> None:
    files = files_of(tmp_path)
    draw = random.Random(11)
    with installation() as undisturbed:
        undisturbed.add_organization(ORG)
        assert run(undisturbed, files, None)
        expected, expected_bytes = everything(undisturbed.home), archived(undisturbed)
    assert len(expected["transactions"]) > 3_000
    assert len(expected_bytes) == len(files)
    kills = 0
    for _ in range(ROUNDS):
        with installation() as place:
            place.add_organization(ORG)
            seconds = 2.0
            for _ in range(1 + KILLS // ROUNDS):
                if run(place, files, draw.uniform(0.05, seconds)):
                    seconds = max(0.3, seconds / 2)  # all is done by then: kill what looks at it again earlier
                else:
                    kills += 1
            found = finished(place, files)
            for name in _ALL:
                assert found[name] == expected[name], name
            assert events(found, "TRANSACTIONS_IMPORTED") == events(expected, "TRANSACTIONS_IMPORTED")
            assert set(events(found, "LOAD_RECEIVED")) == set(events(expected, "LOAD_RECEIVED"))
            assert archived(place) == expected_bytes
    assert kills >= KILLS // 2
