"""Readers: one module a format, each turning delivered files into text columns of a DuckDB table.

A reader is a module with ``SUFFIXES`` and ``inspect``; what ``inspect`` returns is a Source. Mapping and typing the
columns is ``stage``'s.
"""

from pathlib import Path

from ledgerwatch_pipeline.importing.readers import delimited
from ledgerwatch_pipeline.importing.readers.source import Source
from ledgerwatch_pipeline.model.errors import FileRejectedError

READERS = (delimited,)


def inspect(path: Path, file_name: str, scratch: Path) -> Source:
    """Look at the archived bytes at ``path``, delivered as ``file_name``; what must be rewritten goes to ``scratch``.

    Raises FileRejectedError when no reader knows the format or the file is broken.
    """
    name = file_name.lower().removesuffix(".gz")
    for reader in READERS:
        if name.endswith(reader.SUFFIXES):
            source: Source = reader.inspect(path, scratch, compressed=file_name.lower().endswith(".gz"))
            return source
    known = ", ".join(suffix for reader in READERS for suffix in reader.SUFFIXES)
    raise FileRejectedError("format", f"{file_name} is of no known format; known: {known}, each also as .gz")
