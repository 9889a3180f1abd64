"""The ways of output apart from what is put out: pages, times, text that may be shown, numbers in CSV."""

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pytest

from ledgerwatch_pipeline.cli.output import Page, print_json, print_table, safe, write_csv

PAGES = {
    "a page that ends before the limit": (2, 3, [1, 2], None),
    "a page that ends exactly at the last row": (3, 3, [1, 2, 3], None),
    "one more row than the page": (4, 3, [1, 2, 3], "behind 3"),
    "no row": (0, 3, [], None),
    "all rows": (4, None, [1, 2, 3, 4], None),
}


@pytest.mark.parametrize("what", PAGES)
def test_next_is_given_when_there_is_a_next_page(what: str) -> None:
    there, limit, shown, following = PAGES[what]

    def fetch(count: int | None) -> Iterator[int]:
        return iter(range(1, 1 + there if count is None else 1 + min(there, count)))

    page = Page(fetch, limit, lambda last: f"behind {last}")
    assert (list(page), page.next) == (shown, following)


def test_times_in_json_are_utc_with_a_z(capsys: pytest.CaptureFixture[str]) -> None:
    moment = datetime(2026, 11, 24, 15, tzinfo=timezone(timedelta(hours=2)))
    print_json({"at": moment, "deep": [{"at": moment.astimezone(UTC)}], "day": date(2026, 11, 24)})
    assert json.loads(capsys.readouterr().out) == {
        "at": "2026-11-24T13:00:00.000000Z",
        "deep": [{"at": "2026-11-24T13:00:00.000000Z"}],
        "day": "2026-11-24",
    }


def test_what_is_invisible_or_turns_the_direction_is_written_out_and_json_has_it(
    capsys: pytest.CaptureFixture[str],
) -> None:
    hidden = [0xAD, 0x61C, *range(0x200B, 0x2010), *range(0x2028, 0x202F), *range(0x2060, 0x206A), 0xFEFF, 0xE0041]
    nasty = "pay " + "".join(map(chr, hidden)) + "Acme‑Müller 東京"
    assert safe("pay \u202eemcA\u200b \x1b[31m\nnow") == r"pay \u202eemcA\u200b \x1b[31m now"
    assert safe("👩\u200d🚀") == "👩\\u200d🚀"  # told apart from two emoji beside each other
    print_table("T", ("vendor",), [(nasty,)])
    write_csv(("vendor",), [(nasty + "\nsecond line",)])
    shown = capsys.readouterr().out
    assert not set(map(chr, hidden)) & set(shown)
    assert "Acme‑Müller 東京\nsecond line" in shown
    print_json({"vendor": nasty})
    out = capsys.readouterr().out
    assert not set(map(chr, hidden)) & set(out)
    assert json.loads(out) == {"vendor": nasty}


def test_a_name_that_is_not_utf_8_can_be_shown_and_is_whole_in_json(capsys: pytest.CaptureFixture[str]) -> None:
    name = b"caf\xe9.csv".decode("utf-8", "surrogateescape")
    assert safe(name) == "caf\N{REPLACEMENT CHARACTER}.csv"
    print_json({"file": name})
    out = capsys.readouterr().out
    assert out.isascii()
    assert json.loads(out) == {"file": name}


def test_csv_guards_text_and_leaves_numbers(capsys: pytest.CaptureFixture[str]) -> None:
    write_csv("abcdef", [("-5.00", "=1+1", Decimal("-5.00"), -5, -0.5, Decimal("0E-10"))])
    assert capsys.readouterr().out.splitlines()[1] == "'-5.00,'=1+1,-5.00,-5,-0.5,0.0000000000"
