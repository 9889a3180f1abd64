"""Whether somebody writes to a file: asked of real files, and of files that tell nothing."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from ledgerwatch_pipeline.importing.receive.writers import written_to

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="other systems do not tell")


def test_a_file_is_written_to_while_somebody_has_it_open_for_writing(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    with file.open("w") as writing:
        assert written_to(file) is True
        writing.write("half")
        writing.flush()
        assert written_to(file) is True
    assert written_to(file) is False
    with file.open():
        assert written_to(file) is False  # reading is not writing
    assert file.read_text() == "half"


def test_another_process_counts(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    writer = subprocess.Popen(
        [sys.executable, "-c", f"f = open({str(file)!r}, 'a'); print(flush=True); input()"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert writer.stdout is not None
    writer.stdout.readline()
    assert written_to(file) is True
    writer.communicate(b"\n")
    assert written_to(file) is False


def test_what_is_no_file_or_not_there_tells_nothing(tmp_path: Path) -> None:
    assert written_to(tmp_path / "none.csv") is None
    assert written_to(tmp_path) is None
    os.mkfifo(tmp_path / "pipe")
    assert written_to(tmp_path / "pipe") is None


def test_whoever_opens_it_meanwhile_is_not_held_up(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text("x")
    for number in range(200):
        assert written_to(file) is False
        with file.open("a") as writing:
            writing.write(str(number))
    assert file.read_text().endswith("199")
