"""How much an import takes: every number at which a file is refused, in one place. docs/formats.md states them; a test holds the two
together. What is settable is ``settings``' (the bytes of a delivered file).
"""

MIB = 1024 * 1024

MAX_UNPACKED = 16 * 1024 * MIB
"""Bytes that a compressed file may unpack to, however large it is."""
MAX_EXPANSION = 100
"""How many times larger than the packed bytes the unpacked ones may be, where they are more than FREE_EXPANSION."""
FREE_EXPANSION = 100 * MIB

MAX_COLUMNS = 1_000
MAX_ROW = 16_000_000
"""Characters of one row, bytes of one line: longer ones are taken for a broken file."""
MAX_HEADER = 1_000_000
"""Bytes at the beginning of a text in which its header ends."""
MAX_ROWS = 100_000_000
"""Rows of one load: a few bytes of Parquet can claim any number."""
LOOKED_THROUGH = 50
"""Lines or rows at the beginning among which a header is looked for, where the profile says so."""

MAX_JSON = 512 * MIB
"""Bytes; JSON Lines has no such limit."""
MAX_JSON_DEPTH = 64
"""Lists and objects within each other; nobody's transactions need more."""

MAX_WORKBOOK = 256 * MIB
MAX_CELLS = 50_000_000
"""Cells of a sheet between the first and the last that is used: one cell far out makes a sheet of them."""

MAX_WORKBOOK_MEMORY = 3 * 1024 * MIB
"""Bytes that the trial of an old workbook (.xls) may take; all its rows and columns full take a third of that."""

MAX_STATEMENT = 256 * MIB
"""Bytes of a bank's statement; a bank's largest have some megabytes."""
MAX_XML_DEPTH = 60
MAX_OFX_DEPTH = 40
