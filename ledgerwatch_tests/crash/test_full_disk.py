"""A disk that fills up, in front of the archive, the scratch folder or the lake: one clear line, nothing half, and a clean retry.

The disk is a small file system in memory, so the test needs the right to mount one.
"""

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from ledgerwatch_tests.processes import Installation, everything, installation

ORG = "harbor-foods"
SMALL, LARGE = "size=2m", "size=200m"
Disk = Callable[[Path], AbstractContextManager[Callable[[], None]]]


@pytest.fixture
def disk(tmp_path: Path) -> Disk:
    """Puts a disk of 2 MB in the place of a folder, with what is in it; what it gives makes it larger."""
    trial = tmp_path / "trial"
    trial.mkdir()
    if os.geteuid() != 0 or subprocess.run(["mount", "-t", "tmpfs", "tmpfs", trial], capture_output=True).returncode:
        pytest.skip("a disk that fills up needs the right to mount a tmpfs")
    subprocess.run(["umount", trial], check=True)

    @contextmanager
    def mounted(folder: Path) -> Iterator[Callable[[], None]]:
        kept = tmp_path / "kept"
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copytree(folder, kept)

        def enlarge() -> None:
            subprocess.run(["mount", "-o", f"remount,{LARGE}", folder], check=True)

        subprocess.run(["mount", "-t", "tmpfs", "-o", SMALL, "tmpfs", folder], check=True)
        try:
            shutil.copytree(kept, folder, dirs_exist_ok=True)
            yield enlarge
        finally:
            subprocess.run(["umount", "--lazy", folder], check=True)

    return mounted


@pytest.fixture
def place() -> Iterator[Installation]:
    with installation() as fresh:
        fresh.add_organization(ORG)
        fresh.home.lake.con.execute("SELECT 1")
        yield fresh


def large(folder: Path) -> Path:
    """5 MB in cp1252: a copy in UTF-8 goes into the scratch folder; and no two rows are alike, so that little is saved by packing."""
    file = folder / "large.csv"
    rows = (
        f"2024-03-{1 + n % 28:02},Caf\xe9 {n * 7919 % 1_000_003} {n * 104_729 % 1_000_033},{n}.25\n"
        for n in range(140_000)
    )
    file.write_bytes(("date,vendor,amount\n" + "".join(rows)).encode("cp1252"))
    return file


@pytest.mark.slow
@pytest.mark.parametrize("where", ["archive", "scratch", "lake"])
def test_a_full_disk_is_said_and_the_retry_is_clean(
    place: Installation, disk: Disk, tmp_path: Path, where: str
) -> None:
    file = large(tmp_path)
    command = ("import", file, "--org", ORG, "--no-analyze")
    with disk(place.home.settings.home / where) as enlarge:
        result = place.run(*command)
        assert result.returncode == 1, result
        assert "No space left" in result.stderr
        assert "run the command again" in result.stderr
        assert "Traceback" not in result.stderr
        assert "unexpected" not in result.stderr
        assert len(result.stderr.splitlines()) <= 4
        before = everything(place.home)
        assert before["transactions"] == []
        assert {load[2] for load in before["loads"]} <= {"RECEIVED"}

        enlarge()
        again = place.run(*command)
        assert again.returncode == 0, again
        after = everything(place.home)
        assert len(after["transactions"]) == 140_000
        assert [load[2] for load in after["loads"]] == ["ACCEPTED"]
