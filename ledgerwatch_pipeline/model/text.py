"""Text that comes from files as people may be shown it. What a terminal, a spreadsheet or a chat needs beside that is their face's."""

_NOT_SHOWN = dict.fromkeys(
    (
        *range(0x20),
        *range(0x7F, 0xA0),
        *(0x061C, 0xFEFF),
        *range(0x200B, 0x2010),  # zero width, and marks of direction
        *range(0x2028, 0x202F),  # ends of line and paragraph; embeddings and overrides of direction
        *range(0x2060, 0x206A),  # joiners, invisible operators, isolates of direction
    )
) | dict.fromkeys(range(0xD800, 0xE000), "\N{REPLACEMENT CHARACTER}")


def visible(text: str) -> str:
    """``text`` without control characters, so no escapes run, nothing invisible, and nothing that turns the direction, so
    that what is read is what is there."""
    return text.translate(_NOT_SHOWN)
