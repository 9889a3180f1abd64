"""Files drawn in every text format: each row is accepted, refused, skipped or blank, the total is exact, and the parts of a file
in any order give what the whole gives. And whatever bytes arrive, the answer is an outcome with a message.
"""

import csv
import gzip
import io
import json
import random
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledgerwatch_pipeline.model.profile import Profile
from ledgerwatch_tests.long_runs import drawn
from ledgerwatch_tests.readers.test_parquet import GOOD, made
from ledgerwatch_tests.readers.test_statements import MT940, QIF, SGML, XML, camt, details, entry, transaction
from ledgerwatch_tests.readers.test_workbook import HEADER, ROW, xls, xlsx
from ledgerwatch_tests.reading import BUILT_IN, COLUMNS, profile_of, require_expectations, staged, staged_together

PROFILE = profile_of(COLUMNS + '[amounts]\nzero = "skip"\nnegative = "reject"\n')


@dataclass(frozen=True)
class Drawn:
    """One row. fate: what must become of it; amount: what it adds to the ledger."""

    date: str
    vendor: str
    text: str
    fate: str
    amount: Decimal = Decimal(0)


cents = st.integers(1, 10**14 - 1).map(lambda units: Decimal(units).scaleb(-2))
names = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Zl", "Zp"], exclude_characters="\ufeff"),
    min_size=1,
    max_size=12,
).filter(lambda text: text.strip(" \u00a0\u3000\u2003\u200b\u2060") == text and text.isprintable())
good = st.builds(lambda day, name, amount: Drawn(f"2024-02-{day:02}", name, str(amount), "good", amount), st.integers(1, 29), names, cents)  # fmt: skip
bad = st.one_of(
    st.builds(lambda name, text: Drawn("2024-02-01", name, text, "rejected"), names, st.sampled_from(["-1", "1e400", "NaN", "1.234", "x", "1" * 13])),
    st.builds(lambda name: Drawn("2024-02-30", name, "1", "rejected"), names),
    st.just(Drawn("2024-02-01", "", "1", "rejected")),
)  # fmt: skip
others = st.sampled_from([Drawn("2024-02-01", "Zero", "0.00", "skipped"), Drawn("", "", "", "blank")])
ledgers = st.lists(st.one_of(good, good, good, bad, others), min_size=1, max_size=25)


def as_json(rows: Sequence[Drawn]) -> bytes:
    return json.dumps([{"date": each.date, "vendor": each.vendor, "amount": each.text} for each in rows]).encode()


def as_lines(rows: Sequence[Drawn]) -> bytes:
    lines = [{"date": each.date, "vendor": each.vendor, "amount": each.text} for each in rows]
    return "".join(json.dumps(each, ensure_ascii=False) + "\n" for each in lines).encode()


def as_text(delimiter: str, line_end: str, quoting: int, mark: str) -> Callable[[Sequence[Drawn]], bytes]:
    def written(rows: Sequence[Drawn]) -> bytes:
        out = io.StringIO()
        writer = csv.writer(out, delimiter=delimiter, lineterminator=line_end, quoting=quoting)  # type: ignore[arg-type]
        writer.writerow(("amount", "vendor", "date"))
        writer.writerows((each.text, each.vendor, each.date) for each in rows)
        return (mark + out.getvalue()).encode()

    return written


texts = st.builds(
    as_text,
    st.sampled_from([",", ";", "\t", "|"]),
    st.sampled_from(["\n", "\r\n", "\r"]),
    st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    st.sampled_from(["", "\ufeff"]),
)
forms = st.one_of(
    texts, texts, st.just(as_json), st.just(as_lines), texts.map(lambda make: lambda rows: gzip.compress(make(rows)))
)


@given(rows=ledgers, form=forms)
@settings(max_examples=25)
def test_every_row_is_accounted_for_and_the_total_is_exact(
    rows: list[Drawn], form: Callable[[Sequence[Drawn]], bytes]
) -> None:
    (found,) = staged_together([("a.csv", form(rows))], PROFILE)
    wanted = Counter(each.fate for each in rows)
    assert found.failure is None
    assert found.good + found.rejected + found.skipped + found.blank == found.rows == len(rows)
    assert (found.good, found.rejected, found.skipped, found.blank) == tuple(
        wanted[fate] for fate in ("good", "rejected", "skipped", "blank")
    )
    assert found.total == sum((each.amount for each in rows), Decimal(0))


@given(
    rows=ledgers, form=forms, places=st.lists(st.integers(0, 25), max_size=3), order=st.randoms(use_true_random=False)
)
@settings(max_examples=12)
def test_the_parts_of_a_file_in_any_order_give_the_ledger_of_the_whole(
    rows: list[Drawn], form: Callable[[Sequence[Drawn]], bytes], places: list[int], order: random.Random
) -> None:
    cuts = sorted({0, len(rows), *(place for place in places if place < len(rows))})
    parts = [rows[start:end] for start, end in zip(cuts, cuts[1:], strict=False)]
    order.shuffle(parts)
    whole = Counter(staged(form(rows), "a.csv", PROFILE).good)
    assert whole == Counter(row for part in parts for row in staged(form(part), "a.csv", PROFILE).good)


SEEDS: dict[str, Callable[[], bytes]] = {
    "CSV": lambda: b'date,vendor,amount,category\n2024-03-01,"Acme, Inc.",12.50,Office\n2024-03-02,Caf\xc3\xa9,1.00,\n',
    "CSV with CR": lambda: b"date;vendor;amount\r2024-03-01;Acme;12.50\r",
    "UTF-16": lambda: "date,vendor,amount\n2024-03-01,Zo\u00eb,12.50\n".encode("utf-16"),
    "JSON": lambda: b'{"transactions": [{"date": "2024-03-01", "vendor": "Acme", "amount": 1.10, "x": [1, {"y": null}]}]}',
    "JSON Lines": lambda: b'{"date": "2024-03-01", "vendor": "Acme", "amount": 1.10}\n{"date": "2024-03-01", "vendor": "\\u0041", "amount": 2}\n',
    "Parquet": lambda: made(GOOD),
    "Excel": lambda: xlsx(HEADER, ROW, ROW),
    "old Excel": lambda: xls(HEADER, ROW, ROW),
    "OFX 1": SGML.encode,
    "OFX 2": XML.encode,
    "QIF": QIF.encode,
    "MT940": MT940.encode,
    "CAMT": lambda: camt(entry("30.00", more=details(transaction("A", "10.00"), transaction("B", "20.00"))), closing="70.00").encode(),
    "gzip": lambda: gzip.compress(b"date,vendor,amount\n2024-03-01,Acme,12.50\n"),
}  # fmt: skip
MADE: dict[str, bytes] = {}


def seed(name: str) -> bytes:
    if name not in MADE:
        MADE[name] = SEEDS[name]()
    return MADE[name]


TELLING = (b"\0", b'"', b",", b"\n", b"\r", b"<", b"&", b"{", b"[", b":61:", b"^", b"\xff", b"\xed\xa0\x80", b"NaN", b"1e400", b"-", b"\x1b[31m")  # fmt: skip


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """A valid file of any format after some accidents; or bytes that were never one."""
    if draw(st.integers(0, 9)) == 0:
        return draw(st.binary(max_size=400))
    content = seed(draw(st.sampled_from(sorted(SEEDS))))
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, max(len(content) - 1, 0)))
        end = min(len(content), start + draw(st.integers(0, 60)))
        accident = draw(st.sampled_from("cut end insert change repeat splice".split()))
        if accident == "cut":
            content = content[:start] + content[end:]
        elif accident == "end":
            content = content[:start]
        elif accident == "insert":
            content = (
                content[:start] + draw(st.one_of(st.sampled_from(TELLING), st.binary(max_size=8))) + content[start:]
            )
        elif accident == "change" and content:
            content = content[:start] + bytes([content[start] ^ draw(st.integers(1, 255))]) + content[start + 1 :]
        elif accident == "repeat":
            content = content[:end] + content[start:]
        else:
            content = content[:start] + seed(draw(st.sampled_from(sorted(SEEDS))))[start:]
    return content


PROFILES = (None, PROFILE, *(BUILT_IN[name] for name in ("qif", "ofx", "mt940", "camt")))


batches = st.lists(damaged(), min_size=20, max_size=30)


@given(files=batches, profile=st.sampled_from(PROFILES))
@settings(max_examples=4)
def test_no_input_makes_a_traceback(files: list[bytes], profile: Profile | None) -> None:
    require_outcomes(files, profile)


@pytest.mark.slow
@given(files=batches, profile=st.sampled_from(PROFILES))
@settings(max_examples=drawn(20, 150))
def test_no_input_of_many_makes_a_traceback(files: list[bytes], profile: Profile | None) -> None:
    require_outcomes(files, profile)


def require_outcomes(files: list[bytes], profile: Profile | None) -> None:
    named = [(f"{number}.csv", content) for number, content in enumerate(files)]
    for found in staged_together(named, profile, "EUR"):
        assert found.good + found.rejected + found.skipped + found.blank == found.rows
        if found.failure is not None:
            assert 10 < len(str(found.failure)) < 2_000
            assert "Traceback" not in str(found.failure)
    require_expectations("EUR")
