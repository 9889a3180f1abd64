"""Text that comes from files as people may be shown it. What a terminal, a spreadsheet or a chat needs beside that is their face's.

What cannot be seen is written out as an escape, so that it is seen: U+202E as ``\\u202e``. That holds for zero-width joiners too, though
emoji and some scripts need them to be drawn as meant: two vendors that look the same would otherwise be two. Data is never
changed: the ledger, exports to programs (JSON, SQL) and the archive have what the file has.
"""

_SPACES = dict.fromkeys(range(0x09, 0x0E), " ")
_HIDDEN = (
    *range(0x20),
    *range(0x7F, 0xA0),
    *(0xAD, 0x34F, 0x61C, 0x180E, 0xFEFF),  # soft hyphen, joiners, an Arabic mark of direction, the byte-order mark
    *range(0x200B, 0x2010),  # zero width, and marks of direction
    *range(0x2028, 0x202F),  # ends of line and paragraph; embeddings and overrides of direction
    *range(0x2060, 0x2070),  # joiners, invisible operators, isolates of direction, shapes of digits
    *range(0xFFF9, 0xFFFC),  # annotations
    *range(0xE0000, 0xE0080),  # tags
)


def _escape(code: int) -> str:
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


_NOT_UTF_8 = dict.fromkeys(range(0xD800, 0xE000), "\N{REPLACEMENT CHARACTER}")
_LINES = {code: _escape(code) for code in _HIDDEN if code not in (0x09, 0x0A, 0x0D)} | _NOT_UTF_8
_LINE = _LINES | _SPACES
HIDDEN = "".join(map(chr, _LINES))
"""The characters that are not shown as they are."""


def visible(text: str) -> str:
    """``text`` on one line, with control characters, so no escapes run, what is invisible, and what turns the direction written out, so
    that what is read is what is there."""
    return text.translate(_LINE)


def visible_lines(text: str) -> str:
    """The same with its tabs and ends of lines, for a place that can have them: a cell of a spreadsheet."""
    return text.translate(_LINES)
