"""Readers: one module a format, each turning delivered files into text columns of a DuckDB table.

A reader is a module that keeps the promises of ``source.Reader``, and its name in READERS. A format is recognised by what is in
the file; gzip is taken off before. Mapping and typing the columns is ``stage``'s.
"""

from collections.abc import Hashable, Mapping
from dataclasses import replace

from ledgerwatch_pipeline.importing.profile import no_profile
from ledgerwatch_pipeline.importing.readers import (
    camt,
    delimited,
    json_body,
    json_lines,
    mt940,
    ofx,
    parquet,
    qif,
    workbook,
)
from ledgerwatch_pipeline.importing.readers.foreign import foreign
from ledgerwatch_pipeline.importing.readers.source import Delivered, Reader, Source
from ledgerwatch_pipeline.importing.readers.unpacking import GZIP, gunzipped
from ledgerwatch_pipeline.model.errors import FileRejectedError
from ledgerwatch_pipeline.model.profile import Profile

READERS: tuple[Reader, ...] = (parquet, workbook, json_lines, json_body, ofx, qif, mt940, camt, delimited)


def read(file: Delivered, profile: Profile | None, known: Mapping[str, Profile]) -> tuple[Source, Profile]:
    """The file as a source, and the profile it is read with: the one given, else the one of the known that its header fits.

    Raises FileRejectedError when no reader knows the format, no profile or several fit, or the file is broken.
    """
    file = unpacked(file)
    reader = recognised(file)
    if profile is not None:
        return reader.inspect(file, reader.options(profile)), profile
    return _detected(reader, file, known)


def unpacked(file: Delivered) -> Delivered:
    """The file itself, or what is in it where it is a gzip file; raises FileRejectedError for one that is damaged."""
    if file.head(2) != GZIP:
        return file
    file = replace(file, path=gunzipped(file.path, file.scratch), name=file.name.lower().removesuffix(".gz"))
    if file.head(2) == GZIP:
        raise FileRejectedError("gzip", "the file is a gzip file within a gzip file; once is enough")
    return file


def recognised(file: Delivered) -> Reader:
    """The reader that is surest of the file; raises FileRejectedError where none is sure at all."""
    head, name = file.head(), file.name.lower()
    if not head:
        raise FileRejectedError("empty", "the file is empty: it has not even a header")
    sure = {reader.FORMAT: reader.sniff(head, name) for reader in READERS}
    best = max(READERS, key=lambda reader: sure[reader.FORMAT])
    if sure[best.FORMAT] == 0:
        what = foreign(head)
        known = ", ".join(reader.FORMAT for reader in READERS)
        told = f"{file.name} is {what}" if what else f"{file.name} is of no known format"
        raise FileRejectedError("format", f"{told}; read are: {known}, each also as .gz")
    return best


def _detected(reader: Reader, file: Delivered, known: Mapping[str, Profile]) -> tuple[Source, Profile]:
    """The one profile that fits. Known profiles may have the header in different places: each is looked at, and the file read once
    more only if the one that fits writes its numbers and days otherwise."""
    layouts: dict[Hashable, list[Profile]] = {}
    for profile in known.values():
        if profile.found_by_header:
            layouts.setdefault(reader.layout(profile), []).append(profile)
    fitting: list[tuple[Source, Profile, Profile]] = []
    header: tuple[str, ...] | None = None
    failure: FileRejectedError | None = None
    for profiles in layouts.values():
        first = profiles[0]
        try:
            source = reader.inspect(file, reader.options(first))
        except FileRejectedError as error:
            failure = failure or error
            continue
        header = header or source.header
        fitting += [(source, first, profile) for profile in profiles if profile.fits(source.header)]
    if len(fitting) == 1:
        source, first, profile = fitting[0]
        options = reader.options(profile)
        return (source if options == reader.options(first) else reader.inspect(file, options)), profile
    if header is None and failure is not None:
        raise failure
    raise no_profile(header or (), [profile.name for _, _, profile in fitting], known)
