"""The built-in analyzers in currencies whose minor unit is none, two or three decimals, each over the ledger it speaks of."""

from decimal import Decimal

import pytest

from ledgerwatch_pipeline.analysis.analyzers.duplicate import DUPLICATE
from ledgerwatch_pipeline.analysis.analyzers.large_transaction import LARGE_TRANSACTION
from ledgerwatch_tests.small_lake import Finding, SmallLake


def found(currency: str, analyzer: str, *rows: tuple[str, str, str]) -> list[Finding]:
    """The findings of March 2024 over these rows (day, vendor, amount) of one organization."""
    with SmallLake() as lake:
        lake.organization("acme", currency)
        for day, vendor, amount in rows:
            lake.add(day, vendor, amount)
        chosen = {each.name: each for each in (LARGE_TRANSACTION, DUPLICATE)}[analyzer]
        return lake.findings(chosen, lake.scope("2024-03"))


LARGE = {
    "yen: the mean and the limit are whole": (
        "JPY",
        ["6000"] * 5 + ["20000"],
        "20,000 with Big on 2024-03-20; the limit is 16,667, the mean of the baseline 8,333.",
        '{"vendor":"Big","amount":"20000","date":"2024-03-20","mean":"8333","limit":"16667"}',
    ),
    "dollars": (
        "USD",
        ["6000"] * 5 + ["20000"],
        "20,000.00 with Big on 2024-03-20; the limit is 16,666.67, the mean of the baseline 8,333.33.",
        '{"vendor":"Big","amount":"20000.00","date":"2024-03-20","mean":"8333.33","limit":"16666.67"}',
    ),
    "Kuwaiti dinars: three decimals": (
        "KWD",
        ["6000.001"] * 5 + ["20000.005"],
        "20,000.005 with Big on 2024-03-20; the limit is 16,666.670, the mean of the baseline 8,333.335.",
        '{"vendor":"Big","amount":"20000.005","date":"2024-03-20","mean":"8333.335","limit":"16666.670"}',
    ),
}


@pytest.mark.parametrize("title", LARGE)
def test_large_transaction(title: str) -> None:
    currency, amounts, message, evidence = LARGE[title]
    *ordinary, big = amounts
    rows = [(f"2024-03-{day:02d}", f"Vendor {day}", amount) for day, amount in enumerate(ordinary, start=1)]
    (finding,) = found(currency, "large_transaction", *rows, ("2024-03-20", "Big", big))
    assert (finding.severity, finding.amount) == (2, Decimal(big))
    assert (finding.message, finding.evidence) == (message, evidence)


def test_a_minor_unit_above_the_floor_is_above_it() -> None:
    for currency, floor, above in (
        ("JPY", "10000", "10001"),
        ("USD", "10000.00", "10000.01"),
        ("KWD", "10000.000", "10000.001"),
    ):
        ordinary = [(f"2024-03-{day:02d}", f"Vendor {day}", "100") for day in range(1, 6)]
        assert found(currency, "large_transaction", *ordinary, ("2024-03-20", "Big", floor)) == []
        (finding,) = found(currency, "large_transaction", *ordinary, ("2024-03-20", "Big", above))
        assert finding.severity == 3


DUPLICATES = {
    "yen": ("JPY", "5000", "2 equal payments: Acme, 5,000 each", "5,000 at stake", '"amount":"5000"'),
    "dollars": ("USD", "50", "2 equal payments: Acme, 50.00 each", "50.00 at stake", '"amount":"50.00"'),
    "Kuwaiti dinars": ("KWD", "50.005", "2 equal payments: Acme, 50.005 each", "50.005 at stake", '"amount":"50.005"'),
}


@pytest.mark.parametrize("title", DUPLICATES)
def test_duplicate(title: str) -> None:
    currency, amount, heading, stake, figure = DUPLICATES[title]
    (finding,) = found(currency, "duplicate", ("2024-03-01", "Acme", amount), ("2024-03-03", "Acme", amount))
    assert finding.title == heading
    assert finding.message.endswith(f"{stake}.")
    assert figure in finding.evidence


def test_dinars_that_differ_in_the_third_decimal_are_no_duplicates() -> None:
    assert found("KWD", "duplicate", ("2024-03-01", "Acme", "50.005"), ("2024-03-01", "Acme", "50.006")) == []


def test_the_key_of_a_dollar_duplicate_is_what_it_always_was() -> None:
    """Alerts are known by it: another text of the amount would resolve every alert and raise it anew."""
    with SmallLake() as lake:
        lake.organization("acme")
        for day in ("2024-03-01", "2024-03-02"):
            lake.add(day, "Acme", "50")
        lake.evaluate(DUPLICATE, lake.scope("2024-03"))
        keys = lake.con.execute("SELECT key FROM staged_findings").fetchall()
    assert keys == [("acme|50.00|expense|2024-03-01",)]
