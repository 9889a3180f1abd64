"""The first of staging's two tiers: delimited files are parsed and typed in one pass, and of rows that are not plain the texts are
kept for the second, ``sql/importing/stage.sql``, which explains every row.

A row is plain where casts and cheap tests prove that the second tier would type it just so and name no rule: an amount or a
date that is what its value is written as, texts that trimming leaves alone and that are short enough. What a profile can say
beyond that makes rows not plain, and so costs time, never an answer. A property test holds both tiers against each other.
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

import duckdb

from ledgerwatch_pipeline.importing import fragments
from ledgerwatch_pipeline.importing.readers.delimited import Delimited, squared
from ledgerwatch_pipeline.model.money import INTEGER_DIGITS
from ledgerwatch_pipeline.model.profile import DEBIT, SIGN, STATUS, Profile
from ledgerwatch_pipeline.model.transaction import FILE_FIELDS
from ledgerwatch_pipeline.sql import sql_text

_TEXTS = tuple(field for field in FILE_FIELDS if field.text)
_DIGITS = {"Y": 4, "m": 2, "d": 2, "H": 2, "M": 2, "S": 2, "y": 2}
"""Directives of strptime that are so many digits where they are written out."""


@dataclass(frozen=True, slots=True)
class PlainForm:
    """What a plain row is under one profile, as SQL. fields: those that a file or the profile gives, texts: all of them as columns;
    amount: the type that holds one, and no more digits; date: from date_text; exact: whether only the text that the date is written
    as is plain. values: what is bound.
    """

    fields: Collection[str]
    texts: str
    amount: str
    date: str
    exact: bool
    negatives: bool
    values: Mapping[str, object]


def plain_form(
    profile: Profile,
    columns: Mapping[str, int],
    constants: Collection[str],
    decimals: int,
    values: Mapping[str, object],
) -> PlainForm | None:
    """The plain form of a profile's rows; None: it has none. constants: fields that the profile gives to every row; values: what
    ``stage.sql`` is bound to.
    """
    if {DEBIT, SIGN, STATUS} & columns.keys():
        return None
    thousands = str(values["thousands"])
    bound = {name: values[name] for name in ("decimal", "thousands", "negative", "first_day", "tomorrow")}
    bound["grouped"] = f"-?[0-9]{{1,3}}({re.escape(thousands)}[0-9]{{3}})+({re.escape(profile.decimal)}[0-9]+)?"
    date = "TRY_CAST(date_text AS DATE)"
    if not values["iso_dates"]:
        cases = []
        for number, (form, shape) in enumerate(_dates(formats_in_order(profile))):
            bound |= {f"format_{number}": form, f"shape_{number}": shape}
            cases.append(f"WHEN date_text LIKE $shape_{number} THEN try_strptime(date_text, $format_{number})")
        if not cases:
            return None
        date = f"CAST(CASE {' '.join(cases)} END AS DATE)"
    return PlainForm(
        fields={*columns, *constants, *profile.defaults},
        texts=fragments.plain_texts(columns, constants, profile.defaults),
        amount=f"DECIMAL({INTEGER_DIGITS + decimals}, {decimals})",
        date=date,
        exact=bool(values["iso_dates"]),
        negatives=profile.negative != "reject" and not (profile.negative_marks or profile.positive_marks),
        values=bound,
    )


def formats_in_order(profile: Profile) -> list[str]:
    """The formats of dates as they are tried: DuckDB takes 24 for the year 24 under %Y, so a format with %y is tried before; it
    never takes four digits."""
    return sorted(profile.date_formats, key=lambda form: "%y" not in form)


def _dates(formats: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Formats each of which alone says what a text of its shape (a pattern of LIKE) means, whatever the others are.

    They are tried in the order in which ``stage.sql`` tries them. The first that reads a text decides, so the first format is
    always right; a later one is where none before has its first separator, since then none before can read the text.
    """
    separators: set[str] = set()
    for form in formats:
        shape = _shape(form)
        if shape is None:
            return
        separator = shape.lstrip("_")[:1]
        if separator not in separators:
            yield form, shape
        separators.add(separator)


def _shape(form: str) -> str | None:
    """``__/__/____`` for ``%d/%m/%Y``; None for a format that is not digits and separators alone."""
    parts = re.split(r"%(.)", form)
    if any(part not in _DIGITS for part in parts[1::2]) or re.search(r"[\w%\\]", "".join(parts[0::2])):
        return None
    return "".join("_" * _DIGITS[part] if place % 2 else part for place, part in enumerate(parts))


def type_plain_rows(con: duckdb.DuckDBPyConnection, group: Sequence[Delimited], form: PlainForm) -> bool:
    """Put the rows of the files in ``sources`` into ``typed``, and make a view ``records`` of those that are not plain; False:
    there are none.
    """
    source, width = group[0], len(group[0].header)
    statement = _statement(source, form)
    con.execute(statement, {**source.bound(group), **form.values})
    if source.surplus == "reject":
        ragged = con.execute(
            "SELECT DISTINCT file_index FROM typed JOIN sources USING (ordinal)"
            f" WHERE (texts ->> {width}) <> '' OR (texts ->> {width + 1}) IS NOT NULL"
        ).fetchall()
        if ragged:
            copies = squared(group, {index for (index,) in ragged})
            con.execute("DELETE FROM typed WHERE ordinal IN (SELECT ordinal FROM sources)")
            con.execute(statement, {**source.bound(copies), **form.values})
    con.execute(
        "INSERT INTO typed_files SELECT ordinal, min(t.rowid) - $first_row, any_value(s.currency)"
        " FROM typed AS t JOIN sources AS s USING (ordinal) GROUP BY ordinal",
        {"first_row": source.header_row + 1},
    )
    texts = [f"t.texts[{place + 1}]" for place in range(source.width)]
    con.execute(
        sql_text(
            "importing/not_plain",
            surplus=texts[width] if source.surplus == "reject" else "CAST(NULL AS VARCHAR)",
            last=texts[width - 1],
            fields=", ".join(f"{text} AS c{place}" for place, text in enumerate(texts)),
        )
    )
    return con.execute("SELECT 1 FROM records LIMIT 1").fetchone() is not None


def set_apart(con: duckdb.DuckDBPyConnection, rows: str) -> None:
    """Have the rows named in the table ``rows`` (ordinal, row_number) among the explained ones, where a rule or an outcome can be
    written beside them.
    """
    con.execute(sql_text("importing/set_apart", rows=rows))


def _statement(source: Delimited, form: PlainForm) -> str:
    return sql_text(
        "importing/typed",
        records=sql_text("importing/delimited"),
        texts=form.texts,
        amount=form.amount,
        parsed_date=form.date,
        plain="\n            AND ".join(_tests(source, form)),
        values=fragments.plain_values(),
        fields=", ".join(f"c{place}" for place in range(source.width)),
    )


def _tests(source: Delimited, form: PlainForm) -> Iterator[str]:
    """What must hold of a plain row; where a test gives NULL, the row is not plain."""
    width = len(source.header)
    ends = "ends_clean" if source.clean else "ends_visible"
    yield f"c{width - 1} IS NOT NULL"
    if source.surplus == "reject":
        yield f"coalesce(c{width}, '') = '' AND c{width + 1} IS NULL"
    yield "CAST(date AS VARCHAR) = date_text" if form.exact else f"{ends}(date_text)"
    yield "date BETWEEN $first_day AND $tomorrow"
    yield "starts_with(CAST(amount AS VARCHAR), amount_number)"
    yield "amount <> 0" if form.negatives else "amount > 0"
    yield "type IS NOT NULL AND NOT (amount < 0 AND $negative = 'refund' AND type <> 'refund')"
    yield "NOT ($negative = 'expense' AND (amount < 0) = (type <> 'expense'))"
    if "currency" in form.fields:
        yield "(currency_text = '' OR currency_text = organization_currency)"
    for field in _TEXTS:
        text = f"{field.name}_text"
        fits = f"{ends}({text})" + (f" AND strlen({text}) <= {field.max_length}" if field.max_length else "")
        if field.name in form.fields:
            yield fits if field.required else f"({text} = '' OR {fits})"
