"""The registry of readers: any module that keeps the promises is one, and the page on formats tells of each."""

from types import ModuleType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledgerwatch_pipeline.importing import readers
from ledgerwatch_pipeline.importing.readers.records import Records, RecordWriter
from ledgerwatch_pipeline.importing.readers.source import Delivered, Reader, one_layout
from ledgerwatch_pipeline.model.errors import FileRejectedError
from ledgerwatch_pipeline.model.profile import Profile
from ledgerwatch_tests.docs.test_readme import PROJECT
from ledgerwatch_tests.reading import read, staged


def test_a_reader_is_a_module_with_five_names(monkeypatch: pytest.MonkeyPatch) -> None:
    """The section "A reader" of CONTRIBUTING.md, done."""
    module = ModuleType("shouted")

    def options(profile: Profile) -> str:
        return profile.decimal

    def inspect(file: Delivered, options: str) -> Records:  # noqa: ARG001 - the promise has it
        with RecordWriter(file) as writer:
            for number, line in enumerate(file.path.read_text().splitlines()[1:], start=1):
                writer.add(number, line.casefold().split(), place=f"shout {number}")
            return writer.records(("date", "vendor", "amount"), "shouted 1")

    module.FORMAT = "shouted"  # type: ignore[attr-defined]
    module.sniff = lambda head, _name: float(head.startswith(b"HEY!"))  # type: ignore[attr-defined]
    module.options, module.layout, module.inspect = options, one_layout, inspect  # type: ignore[attr-defined]
    monkeypatch.setattr(readers, "READERS", (*readers.READERS, module))
    found = read("HEY!\n2024-03-01 ACME 1.00\n", name="a.csv")
    assert found.rows == {1: {"date": "2024-03-01", "vendor": "acme", "amount": "1.00"}}
    assert found.places == {1: "shout 1"}


@pytest.mark.parametrize("reader", readers.READERS, ids=lambda reader: reader.FORMAT)
def test_the_page_on_formats_tells_of_each(reader: Reader) -> None:
    page = (PROJECT / "docs" / "formats.md").read_text(encoding="utf-8")
    assert f"| {reader.FORMAT} |" in page


NOTHING = {
    "empty": (b"", "the file is empty"),
    "blank": (b" \n \n", "nothing but white space"),
    "a picture": (b"\x89PNG\r\n\x1a\n" + bytes(range(256)), "a picture"),
    "a PDF": (b"%PDF-1.7\n,", "a PDF"),
    "bytes": (bytes(range(256)) * 4, "NUL byte"),
    "XML of another kind": (b"<?xml version='1.0'?><a><b/></a>", "XML of a kind that is not read"),
}


@pytest.mark.parametrize("what", NOTHING)
def test_what_no_reader_reads_is_rejected(what: str) -> None:
    content, reason = NOTHING[what]
    with pytest.raises(FileRejectedError, match=reason):
        read(content, name="a.csv")


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from([b"", b"[", b"{", b"PAR1", b"PK\x03\x04", b"<OFX>", b"!Type:Bank\n", b":20:\n:25:\n", b"\x1f\x8b"]),
    st.binary(max_size=60),
)
def test_no_bytes_make_a_traceback(start: bytes, rest: bytes) -> None:
    for name in ("a.csv", "a"):
        staged(start + rest, name=name)


def test_text_is_read_whatever_its_name() -> None:
    content = "date,vendor,amount\n2024-03-01,A,1\n"
    for each in (content.encode(), content.encode("utf-16")):
        assert len(read(each, name="file").rows) == 1
