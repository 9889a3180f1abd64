"""What a file is that no reader reads, by its first bytes, so that a person hears what to do and not only that it is unknown."""

_BEGINNINGS = (
    (b"PK\x03\x04", "a ZIP or Excel file"),
    (b"\xd0\xcf\x11\xe0", "an old Excel file"),
    (b"PAR1", "a Parquet file"),
    (b"%PDF", "a PDF; ask for the data it was made of"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"GIF8", "a picture"),
    (b"BZh", "compressed with bzip2; only gzip is unpacked"),
    (b"\xfd7zXZ\0", "compressed with xz; only gzip is unpacked"),
    (b"\x28\xb5\x2f\xfd", "compressed with zstandard; only gzip is unpacked"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive; deliver what is in it"),
    (b"Rar!\x1a\x07", "a RAR archive; deliver what is in it"),
    (b"SQLite format 3\0", "a SQLite database; export its table"),
    (b"\x7fELF", "a program"),
    (b"MZ\x90\0", "a program"),
)
_PAGES = (b"<!doctype html", b"<html")


def foreign(head: bytes) -> str | None:
    """What the file is, in words that go on after ``but``; None: nothing that is known here."""
    found = next((what for beginning, what in _BEGINNINGS if head.startswith(beginning)), None)
    if found is not None:
        return found
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()[:100].lower()
    if start.startswith(_PAGES):
        return "a page of HTML: the bank may want a log-in"
    if start.startswith(b"<?xml"):
        return "XML of a kind that is not read"
    return None
