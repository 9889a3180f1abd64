"""Drafts a profile: reads the whole file as text, has its parts guess, and writes TOML whose comments say why.

The draft is read back by the profiles' own validation, and tried on the file by the importer's own rules.
"""

import re
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from uuid import uuid4

import duckdb

from ledgerwatch_pipeline.access.principal import Principal
from ledgerwatch_pipeline.importing import readers
from ledgerwatch_pipeline.importing.characters import BLANKS
from ledgerwatch_pipeline.importing.draft import words
from ledgerwatch_pipeline.importing.draft.columns import Column, ColumnMap, mapped
from ledgerwatch_pipeline.importing.draft.dates import dates_of
from ledgerwatch_pipeline.importing.draft.numbers import numbers_of
from ledgerwatch_pipeline.importing.draft.shape import Shape, shape_of_text, shape_of_workbook
from ledgerwatch_pipeline.importing.dry_run import load_file
from ledgerwatch_pipeline.importing.profile import NAME, date_in_name, profile_files, read_profile
from ledgerwatch_pipeline.importing.profile_text import toml_value
from ledgerwatch_pipeline.importing.readers import camt, delimited, mt940, ofx, qif, workbook
from ledgerwatch_pipeline.importing.readers.source import Delivered, Reader
from ledgerwatch_pipeline.importing.receive.archive import Unreadable
from ledgerwatch_pipeline.importing.receive.files import Delivery, existing
from ledgerwatch_pipeline.importing.receive.folder import FileSource
from ledgerwatch_pipeline.importing.stage import Days, stage
from ledgerwatch_pipeline.model.errors import ConflictError, FileRejectedError, UsageError
from ledgerwatch_pipeline.model.load import ImportOptions, OnInvalid, OnOverlap
from ledgerwatch_pipeline.model.money import Currency
from ledgerwatch_pipeline.model.month import Month
from ledgerwatch_pipeline.model.organization import Organization
from ledgerwatch_pipeline.model.profile import CREDIT, DEBIT, FIRST, NONE, SIGN, Profile, header_key

_WITH_PROFILES = {ofx.FORMAT: "ofx", qif.FORMAT: "qif or qif-day-first", mt940.FORMAT: "mt940", camt.FORMAT: "camt"}
_VALUES = 50_000
"""Different values of a column that are looked at."""
_LAST_ROWS = 10
_ORDER = (
    "date",
    "vendor",
    "amount",
    DEBIT,
    CREDIT,
    SIGN,
    "type",
    "category",
    "description",
    "reference",
    "currency",
    "account",
)


@dataclass(frozen=True, slots=True)
class Draft:
    """The profile, and the text of its file."""

    profile: Profile
    text: str


@dataclass(frozen=True, slots=True)
class _Content:
    """A file read as it is shaped: its columns, how many rows it has, and those at its end that are no transactions."""

    columns: tuple[Column, ...]
    header: tuple[str, ...]
    rows: int
    ragged: int
    footer: tuple[str, ...]


def draft_profile(path: Path, name: str | None, principal: Principal) -> Draft:
    """A profile for the file. Raises UsageError where it is not there or needs none, and FileRejectedError where nothing can be
    made of it."""
    existing(path)
    called = name or _name(path.name)
    if not NAME.fullmatch(called):
        raise UsageError(f"--name is {called!r}; it must be lower-case letters, digits, - and _")
    with tempfile.TemporaryDirectory(prefix="draft-") as folder, duckdb.connect() as con:
        con.execute("SET TimeZone = 'UTC'")
        con.execute("SET temp_directory = $folder", {"folder": folder})
        file = readers.unpacked(Delivered(path, path.name, Path(folder), con))
        reader = readers.recognised(file)
        if reader.FORMAT in _WITH_PROFILES:
            raise UsageError(
                f"{path.name} is {reader.FORMAT}: it needs no draft, the built-in profile {_WITH_PROFILES[reader.FORMAT]} reads it"
            )
        shape = _shape(reader, file)
        content = _read(reader, file, shape)
        pattern = _date_pattern(path.name)
        found = mapped(content.columns, dated_by_name=pattern is not None)
        body = "\n".join(_lines(called, path.name, shape, content, found, pattern)) + "\n"
        profile = _read_back(body, Path(folder))
        tried = _tried(con, path, profile, _organization(found), principal)
        return Draft(profile, f"{tried}\n{body}")


def write_profile(draft: Draft, folder: Path) -> Path:
    """Put the draft into a folder of profiles; raises ConflictError where a profile of that name is."""
    path = folder / f"{draft.profile.name}.toml"
    for each in profile_files(folder):
        if each.path == path or (each.profile is not None and each.profile.name == draft.profile.name):
            raise ConflictError(f"a profile {draft.profile.name!r} is there already, {each.path}; give another --name")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as file:
            file.write(draft.text)
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}") from error
    return path


def _shape(reader: Reader, file: Delivered) -> Shape:
    if reader.FORMAT == delimited.FORMAT:
        return shape_of_text(file)
    if reader.FORMAT == workbook.FORMAT:
        return shape_of_workbook(file)
    return Shape(FIRST, (f"{reader.FORMAT}: the columns are the keys of the rows",))


def _plain(shape: Shape, decimal: str = ".", footer: tuple[str, ...] = ()) -> Profile:
    return Profile(
        "draft",
        {},
        header=shape.header,
        delimiter=shape.delimiter,
        encoding=shape.encoding,
        comment=shape.comment,
        decimal=decimal,
        footer=footer,
    )


def _read(reader: Reader, file: Delivered, shape: Shape) -> _Content:
    """What is in the file. Real numbers of a workbook are written as the profile says, so it is read once more where its texts
    have a decimal comma."""
    content = _content(reader, file, _plain(shape))
    if content.footer:
        content = replace(_content(reader, file, _plain(shape, footer=content.footer)), footer=content.footer)
    if reader.FORMAT == delimited.FORMAT or not any(_has_comma(each) for each in content.columns):
        return content
    other = _content(reader, file, _plain(shape, ",", content.footer))
    better = sum(each.numbers.fits for each in other.columns) > sum(each.numbers.fits for each in content.columns)
    return replace(other, footer=content.footer) if better else content


def _has_comma(column: Column) -> bool:
    return column.numbers.decimal == "," or any("," in each for each in column.numbers.odd)


def _content(reader: Reader, file: Delivered, profile: Profile) -> _Content:
    con = file.con
    source = reader.inspect(file, reader.options(profile))
    source.read(con, "records", [source])
    rows, ragged = con.execute("SELECT count(*), count(row_rule) FROM records").fetchall()[0]
    if not rows:
        raise FileRejectedError("empty", "the file has a header and no rows")
    words_say = _day_first(source.header)
    columns = []
    for place, name in enumerate(source.header):
        values: dict[str, int] = {}
        for text, count in con.execute(
            f"SELECT c{place} AS v, count(*) FROM records WHERE v <> '' GROUP BY v ORDER BY min(row_number) LIMIT {_VALUES}"
        ).fetchall():
            if trimmed := text.strip(BLANKS):
                values[trimmed] = values.get(trimmed, 0) + count
        columns.append(
            Column(place, name.strip(), rows, values, dates_of(con, values, day_first=words_say), numbers_of(values))
        )
    return _Content(tuple(columns), source.header, rows, ragged, () if profile.footer else _footer(con, columns))


def _day_first(header: Sequence[str]) -> bool | None:
    """Whether the header has words of places where the day comes first; None: it says nothing, or both."""
    day, month = (bool(words.says_any(header, each)) for each in ("day_first", "month_first"))
    return None if day == month else day


def _footer(con: duckdb.DuckDBPyConnection, columns: Sequence[Column]) -> tuple[str, ...]:
    """Beginnings of the last rows that are sums: they begin with a word for one, and have nothing where others have dates."""
    dated = [each.place for each in columns if each.dates.are_dates]
    texts = ", ".join(f"c{each.place}" for each in columns)
    found: list[str] = []
    for row in con.execute(f"SELECT {texts} FROM records ORDER BY row_number DESC LIMIT {_LAST_ROWS}").fetchall():
        cells = [(text or "").strip(BLANKS) for text in row]
        first = next((cell for cell in cells if cell), "")
        word = next((each for each in words.FOOTERS if words.plain_words(first).startswith(each)), None)
        if word is None or any(cells[place] and cells[place] != first for place in dated):
            break
        beginning = re.match(r"[^\d:,;(]*[^\d:,;(\s]", first)
        found.append(beginning[0] if beginning else first)
    return tuple(dict.fromkeys(found))


def _date_pattern(file_name: str) -> str | None:
    """The date in a file's name as a profile says it."""
    for expression, pattern in (
        (r"20\d\d-[01]\d-[0-3]\d", "%Y-%m-%d"),
        (r"20\d\d_[01]\d_[0-3]\d", "%Y_%m_%d"),
        (r"20\d\d[01]\d[0-3]\d", "%Y%m%d"),
        (r"20\d\d-[01]\d", "%Y-%m"),
        (r"20\d\d_[01]\d", "%Y_%m"),
        (r"20\d\d[01]\d", "%Y%m"),
        (r"[01]\d-20\d\d", "%m-%Y"),
    ):
        if re.search(rf"(?<!\d){expression}(?!\d)", file_name):
            with suppress(FileRejectedError):  # digits that are no date
                date_in_name(pattern, file_name)
                return pattern
    return None


def _name(file_name: str) -> str:
    letters = words.plain_words(file_name.partition(".")[0])
    kept = [each for each in letters.split() if not each.isdigit()]
    return "-".join(kept)[:60].strip("-") or "draft"


def _lines(
    name: str, file_name: str, shape: Shape, content: _Content, found: ColumnMap, pattern: str | None
) -> Iterator[str]:
    yield f"name = {toml_value(name)}"
    yield f"description = {toml_value(f'drafted from {file_name}')}"
    yield from ("", "[reading]")
    yield from map(_comment, shape.notes)
    if shape.header != FIRST:
        yield f"header = {shape.header if shape.header.isdecimal() else toml_value(shape.header)}"
    for key in ("delimiter", "comment"):
        if getattr(shape, key):
            yield f"{key} = {toml_value(getattr(shape, key))}"
    if shape.encoding != "auto":
        yield f"encoding = {toml_value(shape.encoding)}"
    if content.footer:
        yield _comment("footer: the last rows begin so and have no date")
        yield f"footer = {toml_value(content.footer)}"
    if content.ragged:
        yield _comment(
            f'{content.ragged:,} rows have more or fewer fields than the header, and are refused; surplus = "ignore" drops what is beyond'
        )
    yield from ("", "[columns]")
    for field in _ORDER:
        if field in found.columns:
            yield _comment(f"{field}: {found.why[field]}")
            yield f"{field} = {toml_value(_called(found.columns[field], content, shape))}"
    yield from map(_comment, found.notes)
    yield from _date_lines(found, pattern)
    yield from _amount_lines(content, found)


def _comment(text: str) -> str:
    """A line of a comment: nothing of the file can end it."""
    return "# " + "".join(each if each.isprintable() else " " for each in text)


def _called(column: Column, content: _Content, shape: Shape) -> str | int:
    """The column's name, or its number where it has none, or one that another column has too."""
    keys = [header_key(each) for each in content.header]
    if shape.header == NONE or not column.name or keys.count(header_key(column.name)) > 1:
        return column.place + 1
    return column.name


def _date_lines(found: ColumnMap, pattern: str | None) -> Iterator[str]:
    yield from ("", "[dates]")
    if "date" not in found.columns:
        yield _comment("no column has dates: the date is in the file's name")
        yield f"from_name = {toml_value(pattern or '')}"
        return
    dates = found.columns["date"].dates
    for form, rows in dates.formats:
        yield _comment(f"{form} takes {rows:,} of {dates.rows:,} rows")
    if dates.other is not None:
        also = f"{dates.other} would take the same rows for other days"
        yield _comment(
            f"{also}: {dates.reason}" if dates.reason else f"{also}, and nothing here says which is meant: ASK"
        )
    if dates.odd:
        yield _comment(f"{len(dates.odd):,} values are no date, and refused: {_some(dates.odd)}")
    if dates.is_iso:
        yield _comment("formats: none is needed, ISO is the default")
    else:
        yield f"formats = {toml_value([form for form, _ in dates.formats])}"


def _amount_lines(content: _Content, found: ColumnMap) -> Iterator[str]:
    columns = [found.columns[each] for each in ("amount", DEBIT, CREDIT) if each in found.columns]
    merged: dict[str, int] = {}
    for column in columns:
        for text, rows in column.values.items():
            merged[text] = merged.get(text, 0) + rows
    numbers = numbers_of(merged)
    yield from ("", "[amounts]")
    if any(len(each.values) >= _VALUES for each in columns):
        yield _comment(f"only the first {_VALUES:,} different amounts were looked at")
    yield _comment(f"{numbers.fits:,} of {numbers.rows:,} amounts are numbers so written")
    if numbers.also is not None:
        other = f"decimal {numbers.also[0]!r}, thousands {numbers.also[1]!r}"
        yield _comment(f"{other} would take them too, for other amounts: ASK")
    yield f"decimal = {toml_value(numbers.decimal)}"
    if numbers.thousands:
        yield f"thousands = {toml_value(numbers.thousands)}"
    if numbers.strip:
        yield _comment("strip: what stands beside the digits")
        yield f"strip = {toml_value(numbers.strip)}"
    if numbers.odd:
        yield _comment(f"{len(numbers.odd):,} values are no amount, and refused: {_some(numbers.odd)}")
    yield from _sign_lines(content, found, numbers.negative, numbers.marks or found.marks)
    if numbers.zero and DEBIT not in found.columns:
        yield _comment(f'zero: {numbers.zero:,} rows are zero and refused; "skip" leaves them out')
    yield 'zero = "reject"'
    if numbers.long:
        yield _comment(
            f'extra_decimals: {numbers.long:,} rows have more than two; where that is too many they are refused; "round" rounds'
        )
    yield 'extra_decimals = "reject"'


def _sign_lines(content: _Content, found: ColumnMap, negative: int, marks: tuple[str, ...]) -> Iterator[str]:
    bank = words.says_any(content.header, "bank")
    payer = words.says_any(content.header, "payer")
    signed = bool(negative or marks or DEBIT in found.columns)
    if not signed:
        yield _comment('negative: there is no negative amount; "refund" or "expense" (a bank\'s) where there can be')
        yield 'negative = "reject"'
        return
    if negative:
        yield _comment(f"negative: {negative:,} amounts are negative")
    if DEBIT in found.columns or (bank and not payer):
        meaning = "expense"
        why = f"a bank's columns ({_some(bank)})" if bank else "debit and credit, as banks have them"
        yield _comment(f"negative: money that goes out, and positive income: {why}")
    elif payer and not bank:
        meaning = "refund"
        yield _comment(
            f"negative: given back, by the columns of a payer's list ({_some(payer)}); a bank's would be \"expense\""
        )
    elif found.marks:
        meaning = "expense"
        yield _comment('negative: debits, as a bank marks them; "refund" where this is no bank')
    else:
        meaning = "reject"
        yield _comment(
            'negative: nothing says what they mean, so they are refused: "refund", or "expense" (a bank\'s): ASK'
        )
    yield f"negative = {toml_value(meaning)}"
    if marks:
        debit, credit = marks if meaning != "refund" else reversed(marks)
        yield _comment("the mark of what goes out" if meaning != "refund" else "the mark of what is given back")
        yield f"negative_marks = {toml_value([debit])}"
        yield f"positive_marks = {toml_value([credit])}"


def _some(values: Sequence[str]) -> str:
    return ", ".join(repr(each[:40]) for each in values[:3]) + (", …" if len(values) > 3 else "")


def _read_back(text: str, folder: Path) -> Profile:
    """Through the validation of all profiles: it names a ``--name`` that cannot be one."""
    path = folder / "draft.toml"
    path.write_text(text, encoding="utf-8")
    return read_profile(path)


def _organization(found: ColumnMap) -> Organization:
    """Nobody's, in the currency that the rows name, if they name one."""
    named = list(found.columns["currency"].values) if "currency" in found.columns else []
    currency = Currency.of("USD")
    if len(named) == 1:
        with suppress(UsageError):  # three letters that are no currency: every row is refused, and the trial says so
            currency = Currency.of(named[0])
    return Organization(uuid4(), "any", "nobody yet", currency.code, currency.decimals)


def _tried(
    con: duckdb.DuckDBPyConnection, path: Path, profile: Profile, organization: Organization, principal: Principal
) -> str:
    """A comment of how the importer's rules take the file under the draft."""
    delivery = Delivery(FileSource(path), path.name, organization, None)
    with tempfile.TemporaryDirectory(prefix="draft-") as folder:
        file = load_file(
            delivery, ImportOptions(OnInvalid.QUARANTINE, profile, OnOverlap.KEEP), principal, Path(folder)
        )
        if isinstance(file, Unreadable):
            raise UsageError(file.reason)
        (staged,) = stage(con, [file], {}, Days.today(Month(2010, 1)), Path(folder))
    if staged.failure is not None:
        return _comment(f"A draft. Tried on the file, it does not read it: {staged.failure}")
    counts = dict(
        con.execute(
            "SELECT coalesce(broken_rule, ''), count(*) FROM candidates GROUP BY 1 ORDER BY 2 DESC, 1"
        ).fetchall()
    )
    taken = counts.pop("", 0)
    refused = "".join(f", {rows:,} refused by {rule}" for rule, rows in counts.items()) or ", none refused"
    return _comment(
        f"A draft: read it before you use it. Tried on the file (in {organization.currency}): {taken:,} rows taken{refused}."
    )
