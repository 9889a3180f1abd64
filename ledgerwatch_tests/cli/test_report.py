"""``ledgerwatch report`` as people meet it: verdict and rows, files, JSON, and what it says where there is nothing to say."""

import csv
import json
import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path

import pytest

from ledgerwatch_pipeline.reports.registry import REPORTS
from ledgerwatch_tests.cli.conftest import Answer
from ledgerwatch_tests.processes import Installation

Command = Callable[..., Answer]
EVIL = '=HYPERLINK("x")'
ROWS = f"""date,vendor,amount,type
2024-03-01,Acme,50.00,expense
2024-03-02,Acme,500.00,expense
2024-04-02,"{EVIL.replace('"', '""')}",7.00,expense
2024-04-02,"{EVIL.replace('"', '""')}",70.00,expense
2024-04-03,"{EVIL.replace('"', '""')}",9000.00,expense
2024-04-03,Acme,9.00,refund
"""


@pytest.fixture(scope="module")
def audited(place: Installation) -> str:
    """An organization of its own."""
    place.add_organization("audited")
    file = place.home.settings.home / "audited.csv"
    file.write_text(ROWS)
    place.deliver("audited", file)
    return "audited"


def test_without_a_name_the_reports_are_listed(ledgerwatch: Command) -> None:
    for arguments in ((), ("--list",)):
        code, said, complaint = ledgerwatch("report", *arguments)
        assert (code, complaint) == (0, "")
        assert all(report.name in said for report in REPORTS)
    listed = json.loads(ledgerwatch("report", "--json")[1])["reports"]
    assert [each["name"] for each in listed] == [report.name for report in REPORTS]
    assert set(listed[0]) == {"name", "title", "tells", "source", "figures", "rows"}


def test_the_verdict_is_one_line_and_rows_follow(ledgerwatch: Command, audited: str) -> None:
    code, said, complaint = ledgerwatch("report", "benford_first", "--org", audited)
    assert (code, complaint) == (0, "")
    # first digits 5, 5, 7, 9: (0.42082 + 0.19201 + 0.20424 + 0.81707 of those that are not there) ÷ 9
    assert said.splitlines()[0] == (
        "first digits: nonconformity, MAD 0.18157, n 4, chi-square 18.40 (8 degrees of freedom)"
    )
    assert "0.50000" in said


def test_json_has_stable_keys_exact_amounts_and_numbers(ledgerwatch: Command, audited: str) -> None:
    asked = ("--org", audited, "--from", "2024-03", "--to", "2024-03", "--vendor", " ACME", "--json")
    code, said, _ = ledgerwatch("report", "rsf", *asked)
    assert code == 0
    assert json.loads(said) == {
        "report": {
            "name": "rsf",
            "title": "relative size factor",
            "organizations": [audited],
            "from": "2024-03",
            "to": "2024-03",
            "vendor": "acme",
            "type": "expense",
            "minimum": "10",
            "by": None,
            "groups": [
                {
                    "organization": None,
                    "group": None,
                    "verdict": "the largest amount of 1 of 1 vendors is at least 10 times the second; highest 10.00",
                    "figures": {"vendors": 1, "tenfold": 1, "highest": 10.0},
                    "rows": [
                        {
                            "rank": 1,
                            "organization": audited,
                            "vendor": "Acme",
                            "currency": "USD",
                            "largest": "500.00",
                            "second": "50.00",
                            "rsf": 10.0,
                            "count": 2,
                            "sum": "550.00",
                        }
                    ],
                }
            ],
        }
    }


def test_csv_holds_no_formula_and_svg_is_a_picture(ledgerwatch: Command, audited: str, tmp_path: Path) -> None:
    table, picture = tmp_path / "rsf.csv", tmp_path / "rsf.svg"
    assert ledgerwatch("report", "rsf", "--org", audited, "--csv", table, "--svg", picture)[0] == 0
    with table.open(newline="") as file:
        header, *rows = csv.reader(file)
    assert header == [column.name for column in REPORTS[-1].rows]
    assert [(row[2], row[4], row[5]) for row in rows] == [
        (f"'{EVIL}", "9000.00", "70.00"),
        ("Acme", "500.00", "50.00"),
    ]
    ET.parse(picture)  # noqa: S314 our own document, and whether it is one is the question
    assert (
        ledgerwatch("report", "round_amounts", "--org", audited, "--by", "month", "--min-rows", "1", "--csv", table)[0]
        == 0
    )
    with table.open(newline="") as file:
        assert [row[:3] for row in csv.reader(file)][1:] == [["", "2024-03", "2"], ["", "2024-04", "2"]]


def test_min_0_takes_small_amounts_too_and_type_another_type(ledgerwatch: Command, audited: str) -> None:
    def counted(*more: str) -> int:
        said = json.loads(ledgerwatch("report", "last_two", "--org", audited, *more, "--json")[1])
        return int(said["report"]["groups"][0]["figures"]["n"])

    assert counted("--min", "0") == 5
    assert counted("--min", "0", "--type", "refund") == 1


def test_nothing_to_report_on_is_said_and_is_exit_code_3(ledgerwatch: Command, audited: str, tmp_path: Path) -> None:
    picture = tmp_path / "none.svg"
    asked = ("report", "benford_first", "--org", audited, "--from", "2030-01", "--svg", picture)
    assert ledgerwatch(*asked) == (3, "first digits: no amounts to report on, of at least 10\n", "")
    code, said, _ = ledgerwatch(*asked, "--json")
    assert (code, json.loads(said)["report"]["groups"]) == (3, [])
    assert not picture.exists()


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("benford_frist",), "unknown report 'benford_frist'; known: benford_first"),
        (("rsf", "--org", "audite"), "unknown organization 'audite'; known: audited"),
        (("rsf", "--org", "audited", "--vendor", "acne"), "unknown vendor 'acne'; known: acme"),
        (("rsf", "--from", "2024-13"), "is not a month"),
        (("rsf", "--from", "2024-02", "--to", "2024-01"), "run backwards"),
        (("rsf", "--min", "1e3"), "--min is an amount"),
        (("rsf", "--org", "audited", "--csv", "/nowhere/x.csv"), "/nowhere/x.csv cannot be written"),
        (("rsf", "--org", "audited", "--svg", "/nowhere/x.svg"), "/nowhere/x.svg cannot be written"),
        (("rsf", "--by", "day"), "day"),
        (("rsf", "--limit", "0"), "limit"),
    ],
)
@pytest.mark.usefixtures("audited")
def test_what_cannot_be_meant_is_said(ledgerwatch: Command, arguments: tuple[str, ...], told: str) -> None:
    code, said, complaint = ledgerwatch("report", *arguments)
    assert (code, said) == (2, "")
    assert told in complaint
    assert "Traceback" not in complaint
