"""The archive: bytes under their sha256, on the disk before anybody is told; what cannot be had is said to be so."""

import hashlib
import os
from pathlib import Path

import pytest

from ledgerwatch_pipeline.importing.receive import folder as reading
from ledgerwatch_pipeline.importing.receive.archive import ArchivedBytes, ToArchive, Unreadable, archive_path, store
from ledgerwatch_pipeline.importing.receive.folder import FileSource, shown


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    return tmp_path / "state" / "archive"


def put(folder: Path, name: str, content: bytes) -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def test_bytes_are_kept_under_their_hash(archive: Path, tmp_path: Path) -> None:
    content = b"x" * 10_000_000
    (stored,) = store(archive, [ToArchive(FileSource(put(tmp_path, "a.csv", content)))])
    assert stored == ArchivedBytes(hashlib.sha256(content).hexdigest(), len(content))
    assert archive_path(archive, stored.sha256).read_bytes() == content
    assert [path for path in archive.iterdir() if path.is_file()] == []


def test_files_and_the_folders_that_lead_to_them_are_synced(
    archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced = []
    fsync = os.fsync

    def noted(descriptor: int) -> None:
        state = os.fstat(descriptor)
        synced.append((state.st_dev, state.st_ino))
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", noted)
    (stored,) = store(archive, [ToArchive(FileSource(put(tmp_path, "a.csv", b"abc")))])
    assert isinstance(stored, ArchivedBytes)
    target = archive_path(archive, stored.sha256)
    wanted = [target, target.parent, archive, archive.parent, archive.parent.parent]
    assert {(path.stat().st_dev, path.stat().st_ino) for path in wanted} <= set(synced)


def test_a_familiar_file_is_not_copied_again_and_one_whose_copy_is_gone_or_cut_is(
    archive: Path, tmp_path: Path
) -> None:
    path = put(tmp_path, "a.csv", b"abc")
    (stored,) = store(archive, [ToArchive(FileSource(path))])
    assert isinstance(stored, ArchivedBytes)
    target = archive_path(archive, stored.sha256)
    copied = target.stat().st_ino
    assert store(archive, [ToArchive(FileSource(path), familiar=True)]) == [stored]
    assert target.stat().st_ino == copied
    target.write_bytes(b"ab")
    assert store(archive, [ToArchive(FileSource(path), familiar=True)]) == [stored]
    assert target.read_bytes() == b"abc"
    target.unlink()
    assert store(archive, [ToArchive(FileSource(path), familiar=True)]) == [stored]
    assert target.read_bytes() == b"abc"


@pytest.mark.parametrize("familiar", [False, True])
def test_a_file_that_changes_while_it_is_read_is_refused(
    archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, familiar: bool
) -> None:
    path = put(tmp_path, "a.csv", b"abc")
    read = reading._state
    monkeypatch.setattr(reading, "_state", lambda source: (path.open("ab").write(b"d"), read(source))[1])
    (refused,) = store(archive, [ToArchive(FileSource(path), familiar)])
    assert isinstance(refused, Unreadable)
    assert "was changed while it was read" in refused.reason
    assert list(archive.rglob("*")) == []


def test_what_is_no_file_is_refused_and_nobody_waits_for_it(archive: Path, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.csv")
    (tmp_path / "gone.csv").symlink_to(tmp_path / "nowhere")
    wanted = [tmp_path / "pipe.csv", tmp_path / "gone.csv", tmp_path, put(tmp_path, "good.csv", b"abc")]
    pipe, gone, folder, good = store(archive, [ToArchive(FileSource(path)) for path in wanted])
    assert isinstance(good, ArchivedBytes)
    assert isinstance(pipe, Unreadable)
    assert "is not a file" in pipe.reason
    assert isinstance(gone, Unreadable)
    assert "cannot be read: No such file" in gone.reason
    assert isinstance(folder, Unreadable)
    assert "is not a file" in folder.reason


def test_a_name_that_is_no_text_is_shown_with_backslashes() -> None:
    assert shown(os.fsdecode(b"caf\xe9.csv")) == "caf\\xe9.csv"
    assert shown("café.csv") == "café.csv"
