"""Whether DuckDB may read a file as it is: the answer over chunks of any size is the answer over the whole; and what is made of one
that it may not."""

import csv
import io
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path
from unittest import mock

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ledgerwatch_pipeline.importing.readers import delimited
from ledgerwatch_pipeline.importing.readers.delimited import look_at
from ledgerwatch_pipeline.model.errors import FileRejectedError

PARTS = st.sampled_from(
    ["a", "12", ",", ",", "\n", "\n", "\r\n", "\r", '"', '"', '""', '"b"', '"c\nd"', "\x01", "é", ";"]
)


def over_the_whole(data: bytes, delimiter: bytes) -> bool:
    """The rule said once more, over all bytes at once."""
    if b"\x01" in data or b"\x02" in data:
        return False
    if b"\r" in data and b"\n" in data and data.count(b"\r") != data.count(b"\r\n"):
        return False
    rest = re.sub(rb'"[^"]*"(?:"[^"]*")*', b"\x02", data)
    if re.match(rb"[\r\n]", rest) or re.search(rb"\n\r?\n|\r\r", rest) or b'"' in rest:
        return False
    fields = re.split(rb"\r\n|\r|\n|" + re.escape(delimiter), rest)
    return all(field == b"\x02" or b"\x02" not in field for field in fields)


def in_chunks(data: bytes, size: int) -> Iterator[bytes]:
    for start in range(0, len(data), size):
        yield data[start : start + size]


@given(st.lists(PARTS, min_size=1, max_size=40), st.integers(1, 9))
@example(["a", "\r\n", "\r\n", "a"], 2)
@example(["a", "\n", '"', "\n", '"', "\n", "a"], 1)
@example(["a", "\r", "a", "\n"], 2)
@example(['"c\nd"', "\n", "\n"], 3)
def test_chunks_give_the_answer_of_the_whole(parts: list[str], size: int) -> None:
    data = "".join(parts).encode()
    assert look_at(in_chunks(data, size), ",").readable == over_the_whole(data, b",")


@given(st.lists(st.sampled_from(["a,1", '"b",2', '"c\nd","3"', '"say ""x""",']), min_size=1), st.integers(1, 9))
def test_a_well_formed_file_is_read_as_it_is(records: list[str], size: int) -> None:
    for line_end in ("\n", "\r\n", "\r"):
        data = line_end.join([*records, ""]).replace("\n" if line_end == "\r" else "\0", " ").encode()
        if line_end == "\r\n":
            data = data.replace(b"c\nd", b"c\r\nd")
        assert look_at(in_chunks(data, size), ",").readable


def test_a_record_without_end_is_not_looked_at_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delimited, "MAX_LINE", 100)
    monkeypatch.setattr(delimited, "CHUNK", 10)
    seen = 0

    def endless() -> Iterator[bytes]:
        nonlocal seen
        while True:
            seen += 10
            yield b'"aaaaaaaaa' if seen == 10 else b"aaaaaaaaaa"

    assert not look_at(endless(), ",").readable
    assert seen == 120


ODD_PARTS = st.sampled_from(
    ["a", "12", ",", ",", "\n", "\n\n", "\r\n", "\r", '"', '"', '""', '"b"', '"c\nd"', '"e\r\n\n"', "\x01", "é"]
)


@given(st.lists(ODD_PARTS, min_size=1, max_size=40), st.integers(8, 60))
@example(["a", ",", '"c\nd"', "\n", "\n", "a", '"', "\n", '"b"'], 9)
@example(["a", "\r", "\n", '"e\r\n\n"', "\r", "12"], 8)
def test_a_file_written_anew_has_the_records_of_pythons_strict_parser(parts: list[str], chunk: int) -> None:
    content = "".join(parts)
    with tempfile.TemporaryDirectory() as folder, mock.patch.object(delimited, "CHUNK", chunk):
        path = Path(folder) / "odd.csv"
        path.write_bytes(content.encode())
        try:
            expected = [record for record in csv.reader(io.StringIO(content, newline=""), strict=True) if record]
        except csv.Error:
            with pytest.raises(FileRejectedError, match="is not well-formed"):
                delimited._rewritten(path, ",", Path(folder))
            return
        written = delimited._rewritten(path, ",", Path(folder)).read_bytes()
    assert list(csv.reader(io.StringIO(written.decode(), newline=""), strict=True)) == expected
    assert "\x01" in content or not expected or delimited._is_plain(written, b",")


def test_the_line_that_cannot_be_parsed_is_named_behind_chunks_that_can(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delimited, "CHUNK", 16)
    path = tmp_path / "odd.csv"
    path.write_bytes(b"a,b\r\n" + b"1,2\n\n" * 20 + b'"3" x,4\n' + b"5,6\n" * 20)
    with pytest.raises(FileRejectedError, match="line 42 is not well-formed"):
        delimited._rewritten(path, ",", tmp_path)


def test_a_line_without_end_is_not_read_to_its_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delimited, "MAX_LINE", 100)
    monkeypatch.setattr(delimited, "CHUNK", 10)
    path = tmp_path / "odd.csv"
    path.write_bytes(b"a,b\n\n1," + b"2" * 1000)
    with pytest.raises(FileRejectedError, match="the line that begins behind 5 bytes is longer than 100 bytes"):
        delimited._rewritten(path, ",", tmp_path)
