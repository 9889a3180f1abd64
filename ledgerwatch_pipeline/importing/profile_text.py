"""A profile as the text of a TOML file, every default written out, and in a few words which formats it is for.

Reading such a file: ``profile``. A first profile for an unknown file: ``draft``.
"""

import json
from collections.abc import Iterator, Mapping, Sequence

from ledgerwatch_pipeline.model.profile import FIRST, Profile

_BUILT_IN_FORMATS = {
    "ofx": "OFX, QFX",
    "qif": "QIF",
    "qif-day-first": "QIF",
    "mt940": "MT940, MT942",
    "camt": "CAMT.052, .053, .054",
}
"""Built-in profiles whose columns are those of one reader."""
_UNSET = {
    "date_formats": "formats: ISO YYYY-MM-DD only",
    "date_from_name": "from_name: the rows have dates of their own",
    "strip": "strip: no currency signs",
    "negative_marks": "negative_marks: none",
    "positive_marks": "positive_marks: none",
    "sheet": "sheet: of a workbook the first that is not hidden",
    "delimiter": "delimiter: found out",
    "comment": "comment: no lines above the header are comments",
    "footer": "footer: none",
    "booked": "booked: every row is",
    "with_columns": "with_columns: none beside those that are mapped",
}
"""What is said where nothing is set that could be written."""
_TABLES = {
    "dates": {"formats": "date_formats", "from_name": "date_from_name"},
    "amounts": {
        name: name
        for name in (
            "decimal",
            "thousands",
            "strip",
            "negative",
            "negative_marks",
            "positive_marks",
            "zero",
            "extra_decimals",
        )
    },
    "reading": {
        name: name
        for name in (
            "header",
            "delimiter",
            "encoding",
            "comment",
            "footer",
            "surplus",
            "booked",
            "long_text",
            "sheet",
            "with_columns",
        )
    },
}
"""Table → its keys → the profile's."""


def toml_value(value: str | int | Sequence[str | int]) -> str:
    """A text, a number or a list of them as TOML has it; what cannot be seen, or looks like a space, is escaped."""
    if isinstance(value, int):
        return str(value)
    if isinstance(value, str):
        quoted = json.dumps(value, ensure_ascii=False)
        return "".join(each if each.isprintable() else _escaped(each) for each in quoted)
    return f"[{', '.join(map(toml_value, value))}]"


def _escaped(character: str) -> str:
    code = ord(character)
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"


def profile_text(profile: Profile) -> str:
    """The profile as TOML; reading it gives an equal profile."""
    return "\n".join(_lines(profile)) + "\n"


def _lines(profile: Profile) -> Iterator[str]:
    plain = Profile(profile.name, profile.columns)
    yield f"name = {toml_value(profile.name)}"
    yield f"description = {toml_value(profile.description)}"
    yield from ("", "[columns]")
    for name, candidates in profile.columns.items():
        yield f"{name} = {toml_value(candidates)}"
    for table, keys in _TABLES.items():
        yield from ("", f"[{table}]")
        for key, attribute in keys.items():
            value = getattr(profile, attribute)
            default = value == getattr(plain, attribute)
            if default and attribute in _UNSET:
                yield f"# {_UNSET[attribute]} (default)"
                continue
            if attribute == "header" and value.isdecimal():
                value = int(value)
            yield f"{key} = {toml_value(value)}" + ("  # default" if default else "")
    yield from _fields("constants", profile.constants, "no field is the same in every row")
    yield from _fields("defaults", profile.defaults, "nothing is filled in where a column is empty")


def _fields(table: str, values: Mapping[str, str], otherwise: str) -> Iterator[str]:
    yield from ("", f"[{table}]")
    for name, value in values.items():
        yield f"{name} = {toml_value(value)}"
    if not values:
        yield f"# {otherwise} (default)"


def formats_text(profile: Profile, *, built_in: bool) -> str:
    """Which formats the profile can be meant for, by what it says."""
    if built_in and profile.name in _BUILT_IN_FORMATS:
        return _BUILT_IN_FORMATS[profile.name]
    if profile.delimiter or profile.comment or profile.encoding != "auto" or profile.surplus != "reject":
        return "delimited text"
    if profile.sheet:
        return "Excel"
    if profile.header != FIRST or profile.footer:
        return "delimited text, Excel"
    return "delimited text, Excel, JSON, Parquet"
