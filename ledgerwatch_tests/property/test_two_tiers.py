"""Both tiers of staging agree: what the first types as plain is what the second would have made of the row, in every column.

Random profiles, headers and values, many of them odd; each file is staged twice, once with every row explained. Of the rows that are
not plain both ways are the same statement, so a good share must be plain, and the test sees to that.
"""

import csv
import dataclasses
import re
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from random import Random
from unittest import mock

import duckdb
import pytest

from ledgerwatch_pipeline.importing import stage as staging
from ledgerwatch_pipeline.importing.readers.delimited import Delimited
from ledgerwatch_pipeline.importing.stage import Days, LoadFile, StagedLoad, stage
from ledgerwatch_pipeline.model.load import ImportOptions
from ledgerwatch_pipeline.model.money import Currency
from ledgerwatch_pipeline.model.month import Month
from ledgerwatch_pipeline.model.profile import CREDIT, DEBIT, SIGN, Profile
from ledgerwatch_tests.long_runs import drawn
from ledgerwatch_tests.reading import load_row

DAYS = Days(Month(2010, 1), date(2027, 1, 1))
OPTIONS_THAT_ARE_DRAWN = {
    "name columns description date_formats date_from_name decimal thousands strip negative zero extra_decimals negative_marks",
    "positive_marks constants defaults surplus delimiter long_text",
}
OPTIONS_OF_READERS = {"sheet header encoding comment footer with_columns", "booked"}
"""They decide where rows begin and end, what characters are, or whose a header is, before either tier; and where rows say whether
they are booked, there is one tier only."""

BLANKS = [
    "\x1a",
    "\x1c",
    "\x1f",
    "\u00a0",
    "\u2003",
    "\ufeff",
    "\u3000",
    " ",
    "  ",
    "\t",
    "\v",
    "\f",
    "\u200b",
    "\u0085",
]
FORMATS = [
    (),
    (),
    ("%d/%m/%Y",),
    ("%Y-%m-%d %H:%M:%S", "%d/%m/%Y"),
    ("%m/%d/%Y", "%d/%m/%Y"),
    ("%d/%m/%Y", "%d/%m/%y", "%Y-%m-%d"),
    ("%d.%m.%Y", "%Y-%m-%d"),
    ("%Y%m%d",),
    ("%d/%m/%Y", "%Y%m%d"),
    ("%d/%m/%y",),
    ("%d %b %Y",),
    ("%-d/%-m/%Y", "%Y-%m-%d"),
]
SEPARATORS = [
    (".", ""),
    (".", ""),
    (".", ","),
    (",", "."),
    (",", ""),
    (",", " "),
    (".", "'"),
    (".", "\u2019"),
    (",", "\u00a0"),
]
CURRENCIES = ["USD", "USD", "JPY", "KWD", "CLF"]


def test_a_new_option_of_profiles_is_drawn_here() -> None:
    known = {name for text in OPTIONS_THAT_ARE_DRAWN | OPTIONS_OF_READERS for name in text.split()}
    assert {field.name for field in dataclasses.fields(Profile)} == known


def test_both_tiers_agree() -> None:
    compare(Random("few"), 10)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(drawn(1, 8)))
def test_both_tiers_agree_on_many(seed: int) -> None:
    compare(Random(seed), 40)


def compare(random: Random, profiles: int) -> None:
    """Draw so many profiles with files, and stage these both ways."""
    seen: Counter[str] = Counter()
    with duckdb.connect() as con, tempfile.TemporaryDirectory(prefix="lw-tiers-") as folder:
        con.execute("SET threads = 1")
        for number in range(profiles):
            profile, names = drawn_profile(random)
            currency = Currency.of(random.choice(CURRENCIES))
            files = list(drawn_files(random, profile, names, currency, Path(folder) / str(number)))
            found = both_ways(con, files, Path(folder))
            assert found.pop("differing") == [], f"{profile}\n{names}"
            seen.update(found)
    assert seen["plain"] > 0.15 * seen["rows"], seen
    assert seen["clean files"] > 0, seen


def both_ways(
    con: duckdb.DuckDBPyConnection, files: Sequence[LoadFile], scratch: Path
) -> dict[str, list[object] | int]:
    """Rows that differ, and how many there are; the ends of a plain row are looked at as its file demands."""
    loads = staged_as(con, "two_tiers", files, scratch)
    (plain,) = con.execute("SELECT count(*) FROM plain_rows").fetchone() or (0,)
    with mock.patch.object(staging, "plain_form", return_value=None):
        staged_as(con, "one_tier", files, scratch)
    differing = con.execute(
        "(SELECT 'two' AS tiers, * FROM (FROM two_tiers EXCEPT ALL FROM one_tier))"
        " UNION ALL (SELECT 'one', * FROM (FROM one_tier EXCEPT ALL FROM two_tiers)) ORDER BY ordinal, row_number LIMIT 6"
    ).fetchall()
    (rows,) = con.execute("SELECT count(*) FROM one_tier").fetchone() or (0,)
    sources = [each.layout.source for each in loads if each.layout is not None]
    clean = sum(isinstance(source, Delimited) and source.clean for source in sources)
    return {"differing": differing, "rows": rows, "plain": plain, "clean files": clean}


def staged_as(con: duckdb.DuckDBPyConnection, table: str, files: Sequence[LoadFile], scratch: Path) -> list[StagedLoad]:
    """Stage the files, and keep all that is known of their rows in the table."""
    loads = stage(con, files, {}, DAYS, scratch)
    assert [str(each.failure) for each in loads if each.failure is not None] == []
    con.execute(f"CREATE OR REPLACE TEMP TABLE {table} AS FROM staged")
    return loads


def drawn_profile(random: Random) -> tuple[Profile, list[str]]:
    """A profile, and the columns of its files in their order."""
    amounts = [["amount"]] * 18 + [["amount", SIGN], [DEBIT, CREDIT]]
    names = ["date", "vendor", *random.choice(amounts)]
    optional = ["category", "description", "reference", "type", "currency", "external_id", "account"]
    names += [name for name in optional if random.random() < 0.5]
    from_name = "%Y-%m" if random.random() < 0.1 else ""
    if from_name:
        names.remove("date")
    random.shuffle(names)
    given = {"category": "Sales", "account": "a\u00a0", "type": "refund", "currency": "USD", "description": " x"}
    constants = {name: text for name, text in given.items() if name not in names and random.random() < 0.15}
    defaults = {name: text for name, text in given.items() if name in names and random.random() < 0.15}
    columns = {name: (name,) for name in names}
    names = [*names, "extra"] if random.random() < 0.3 else names
    decimal, thousands = random.choice(SEPARATORS)
    profile = Profile(
        name="drawn",
        columns=columns,
        date_formats=random.choice(FORMATS),
        date_from_name=from_name,
        decimal=decimal,
        thousands=thousands,
        strip=random.choice([(), (), ("$", "\u20ac", "GBP")]),
        negative=random.choice(["reject", "refund", "expense"]),
        zero=random.choice(["reject", "skip"]),
        extra_decimals=random.choice(["reject", "round"]),
        negative_marks=("DR", "-") if SIGN in names or random.random() < 0.1 else (),
        positive_marks=("CR", "") if SIGN in names else random.choice([(), (), (), ("CR",)]),
        constants=constants,
        defaults=defaults,
        surplus=random.choice(["reject", "reject", "ignore"]),
        long_text=random.choice(["reject", "reject", "cut"]),
        delimiter=random.choice(["", "", ";", "\t"]),
    )
    return profile, names


def drawn_files(
    random: Random, profile: Profile, names: Sequence[str], currency: Currency, folder: Path
) -> Iterator[LoadFile]:
    """Some files with these columns, clean ones among them."""
    folder.mkdir()
    for number in range(random.randint(1, 3)):
        path = folder / f"file-{number}-2020-05.csv"
        clean = random.random() < 0.4
        delimiter = profile.delimiter or ","
        with path.open("w", newline="", encoding="utf-8") as out:
            all_quoted = not clean and random.random() < 0.5
            writer = csv.writer(
                out,
                delimiter=delimiter,
                quoting=csv.QUOTE_ALL if all_quoted else csv.QUOTE_MINIMAL,
                lineterminator=random.choice(["\n", "\r\n"]),
            )
            writer.writerow(names)
            for _ in range(random.choice([1, 30, 300])):
                row = drawn_row(random, profile, names, currency)
                writer.writerow(
                    [re.sub(rf'[^\x03-\x7f]|[\t\v\f\r\n"{delimiter}]', "", each) for each in row] if clean else row
                )
        options = ImportOptions(profile=profile)
        load = load_row(path.name, path.stat().st_size, options, currency.code, currency.decimals)
        load = dataclasses.replace(load, revenue_categories=("Revenue", "Sales", "stra\u00dfe"))
        yield LoadFile(load, path, path.name)


def drawn_row(random: Random, profile: Profile, names: Sequence[str], currency: Currency) -> list[str]:
    good = random.random() < 0.8
    values = good_values(random, profile, currency) if good else odd_values(random, currency)
    row = [values[name] if random.random() < (0.97 if good else 0.7) else odd(random, values[name]) for name in names]
    kind = random.random()
    if kind < 0.02:
        return row[:-1]
    if kind < 0.05:
        return [*row, *random.choice([["more"], [""], ["", "x"], [" ", "", ""]])]
    return [""] * len(names) if kind < 0.06 else row


def good_values(random: Random, profile: Profile, currency: Currency) -> Mapping[str, str]:
    """What a usual row has; bounds among it."""
    day = random.choice(
        [DAYS.last, date(2010, 1, 1), date(2020, 2, 29), date(2020, 5, 6) + timedelta(random.randrange(900))]
    )
    form = random.choice(profile.date_formats or ("%Y-%m-%d",)).replace("%-", "%")
    units = random.choice([1, 9, 100, 12_345, 1_234_567, 10**12 - 1]) * 10 ** random.randint(0, currency.decimals)
    whole, rest = divmod(units, 10**currency.decimals)
    number = f"{whole:,}".replace(",", profile.thousands) if random.random() < 0.5 else str(whole)
    if currency.decimals and random.random() < 0.7:
        number += profile.decimal + f"{rest:0{currency.decimals}}"[: random.randint(1, currency.decimals)]
    sign = "-" if profile.negative != "reject" and random.random() < 0.3 else ""
    return {
        "date": day.strftime(form),
        "vendor": random.choice(
            ["ACME Ltd", "M\u00fcller GmbH", "a", "x" * 255, "double  space", 'quote"d', "\u540d\u524d"]
        ),
        "amount": sign + number,
        DEBIT: number,
        CREDIT: "",
        SIGN: random.choice(["DR", "CR", "-", ""]),
        "category": random.choice(["", "Revenue", "SALES", "Other", "stra\u00dfe", "x" * 100]),
        "description": random.choice(["", "for pencils", "\u00e9" * 20, "line\nbreak"]),
        "reference": random.choice(["", "INV-1", "x" * 255]),
        "type": random.choice(["", "", "expense", "Income", "REFUND", "debit"]),
        "currency": random.choice(["", currency.code]),
        "external_id": str(random.randrange(10**9)),
        "account": random.choice(["", "main"]),
        "extra": "z",
    }


def odd_values(random: Random, currency: Currency) -> Mapping[str, str]:
    """The same with what is mostly wrong, or right in an unusual way."""
    return {
        "date": odd_date(random),
        "vendor": random.choice(
            ["x" * 256, "\u00e9" * 255, "\u00e9" * 256, "tab\there", "new\nline", "~tilde", "end~", "!x", " "]
        ),
        "amount": odd_amount(random),
        DEBIT: random.choice(["", "0", odd_amount(random)]),
        CREDIT: random.choice(["", "0.00", odd_amount(random)]),
        SIGN: random.choice(["dr", "CR ", "-", "", "?"]),
        "category": random.choice(["Revenue ", "\u0130ncome", "x" * 101, "\u00e9" * 51, "RevENue", "STRASSE"]),
        "description": random.choice(["x" * 10_000, "x" * 10_001, " "]) if random.random() < 0.1 else "y",
        "reference": random.choice(["x" * 256, "0", "NULL"]),
        "type": random.choice(["credit", "Credit", "x", "refund ", "expense\u00a0"]),
        "currency": random.choice([currency.code.lower(), " " + currency.code, currency.code + " ", "GBP"]),
        "external_id": random.choice(["", "1", "x" * 256]),
        "account": "\u3000main",
        "extra": "",
    }


def odd_date(random: Random) -> str:
    year = random.choice([2009, 2010, 2026, 2027, 1, 9999, 10_000, *[random.randint(2010, 2026)] * 6])
    month, day = random.randint(0, 13), random.randint(0, 32)
    time = f"{random.randint(0, 24):02d}:{random.randint(0, 60):02d}:{random.randint(0, 61):02d}"
    return random.choice(
        [
            f"{year:04d}-{month:02d}-{day:02d}",
            f"{year}-{month}-{day}",
            f"{day:02d}/{month:02d}/{year:04d}",
            f"{day}/{month}/{year}",
            f"{year:04d}-{month:02d}-{day:02d} {time}",
            f"{year:04d}-{month:02d}-{day:02d} 0:0:0",
            f"{year:04d}/{month:02d}/{day:02d}",
            f"{day:02d}.{month:02d}.{year:04d}",
            f"{day:02d}/{month:02d}/{year % 100:02d}",
            f"{year:04d}{month:02d}{day:02d}",
            f" {day % 10}/{month:02d}/{year:04d}",
            random.choice(["2020-02-30", "epoch", "today", "infinity", "2020-01-01 (BC)", "2020-W01-1", "6 May 2020"]),
        ]
    )


def odd_amount(random: Random) -> str:
    number = random.choice([0, 1, 9, 99, 999, 1000, 12_345, 1_234_567, 999_999_999_999, 10**12, 10**13])
    grouped = f"{number:,}"
    written = [str(number), grouped, *(grouped.replace(",", each) for each in (".", " ", "'", "\u2019", "\u00a0"))]
    text = random.choice([*written, f"0{number}", f"{number // 100},{number % 100}"])
    tails = ["", "", ".", ".0", ".00", ".5", ".05", ".005", ".025", ".995", ".9949999999999999", ".0000000000000001"]
    tail = random.choice([*tails, ",5", ",50", ",00", ".1.2", ".1234", "." + "1" * 40])
    number_text = random.choice(["", "", "", "-", "+", "--", "- "]) + text + tail
    beside = [
        f"${text}",
        f"\u20ac {text}",
        f"{text} GBP",
        f"({text})",
        f"{text}-",
        f"\u2212{text}",
        f"{text}DR",
        f"CR {text}",
    ]
    others = [
        "3.64E-12",
        "1e5",
        "-2.5e-1",
        "1E400",
        "nan",
        "inf",
        ".5",
        "5.",
        "-.5",
        "1,23",
        "12,345,6",
        "1_000",
        "0x10",
        " ",
    ]
    return random.choice([*[number_text] * 8, random.choice(beside), random.choice(others)])


def odd(random: Random, text: str) -> str:
    """The text with something done to it."""
    kind = random.randrange(8)
    if kind < 3:
        blank = random.choice(BLANKS)
        return [blank + text, text + blank, blank + text + blank][kind]
    if kind == 3 and text:
        place = random.randrange(len(text))
        return text[:place] + random.choice("0123456789-/.,:eE+ x\u00e9\u20ac'\n") + text[place + 1 :]
    if kind == 4 and text:
        place = random.randrange(len(text))
        return text[:place] + text[place + 1 :]
    if kind == 5:
        return text + random.choice("0123456789.,eE+-_~!x")
    return random.choice(
        ["", "nan", "NULL", "\\N", "0", "-0", "1e3", "''", "~", "\u00c4", "\u0130stanbul", "\uff12\uff10", text[::-1]]
    )
