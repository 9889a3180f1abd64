"""The profiles in examples/profiles do what their first lines say; those of real data: real_data/."""

from typing import Any

import pytest

from ledgerwatch_pipeline.importing.profile import known_profiles
from ledgerwatch_tests.docs.test_readme import PROJECT
from ledgerwatch_tests.readers.test_workbook import xlsx
from ledgerwatch_tests.reading import Staged, staged

EXAMPLES = known_profiles(PROJECT / "examples" / "profiles")
BANK = 'Account 123\n\nDate,Description,Debit,Credit,Reference\n01/03/2024,Acme,"1,234.50",,R1\n2 Mar 2024,Bolt,0.00,7.25,R2\n'
GERMAN = (
    "Buchungstag;Begünstigter;Betrag;S/H;Verwendungszweck\n"
    "01.03.2024;Käse GmbH;1.234,50 EUR;S;Rechnung\n02.03.24;Bolt;7,25;H;x\nEndsaldo;;1,00;H;\n"
)
REPORT: list[list[Any]] = [
    ["Payments report"],
    [],
    [],
    ["Posted", "Payee", "Account", "Amount"],
    ["01-Mar-2024", "Acme", "Office", 1234.5],
    ["02-Mar-2024", "Bolt", None, "($7.25)"],
    ["Total", None, None, 1227.25],
]


def figures(found: Staged) -> list[tuple[str, str, str]]:
    assert (found.failure, found.bad) == (None, {})
    return [(day, vendor, f"{kind} {amount.normalize():f}") for day, vendor, amount, kind in found.good]


def test_bank_with_two_columns_finds_itself() -> None:
    assert figures(staged(BANK, name="a.csv", known=EXAMPLES)) == [
        ("2024-03-01", "Acme", "expense 1234.5"),
        ("2024-03-02", "Bolt", "income 7.25"),
    ]


def test_german_bank() -> None:
    content = GERMAN.encode("cp1252")
    assert figures(staged(content, name="a.csv", profile=EXAMPLES["german-bank"], currency="EUR")) == [
        ("2024-03-01", "Käse GmbH", "expense 1234.5"),
        ("2024-03-02", "Bolt", "income 7.25"),
    ]


def test_workbook_report_finds_itself() -> None:
    found = staged(xlsx(*REPORT, title="Payments"), known=EXAMPLES)
    assert figures(found) == [("2024-03-01", "Acme", "expense 1234.5"), ("2024-03-02", "Bolt", "refund 7.25")]
    assert [row["category"] for row in found.rows] == ["Office", "Unassigned"]


@pytest.mark.parametrize("space", [" ", "\u00a0", "\u202f"])
def test_monthly_list(space: str) -> None:
    content = f"Acme,1{space}234.50,note\nBolt,0,\nCog,3\n".replace("Cog,3", "Cog,3,")
    found = staged(content, name="payments-2024-03.csv", profile=EXAMPLES["monthly-list"])
    assert figures(found) == [("2024-03-01", "Acme", "expense 1234.5"), ("2024-03-01", "Cog", "expense 3")]


def test_there_are_six_of_them() -> None:
    assert len(list((PROJECT / "examples" / "profiles").glob("*.toml"))) >= 6
