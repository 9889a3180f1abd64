"""What the cases of ``budget_threshold`` cannot say: keys, texts, which of many transactions are named, tenants apart."""

import pytest

from ledgerwatch_pipeline.analysis.analyzers.budget_threshold import BUDGET_THRESHOLD
from ledgerwatch_pipeline.model.month import Month
from ledgerwatch_tests.small_lake import SmallLake


def test_one_organizations_threshold_is_not_anothers() -> None:
    with SmallLake() as lake:
        lake.threshold(period="month", amount="100")
        for slug in ("acme", "other"):
            lake.add("2024-03-01", "Acme", "200.00", slug=slug)
        evaluation = lake.evaluate(BUDGET_THRESHOLD, lake.scope("2024-03"))
        acme, other = (lake.organizations[slug].id for slug in ("acme", "other"))
    assert (evaluation.findings[acme], evaluation.findings[other]) == ({Month(2024, 3): 1}, {Month(2024, 3): 0})
    assert [each.reason for each in evaluation.insufficient[other]] == ["no threshold is set"]
    assert acme not in evaluation.insufficient


def test_both_levels_of_a_bucket_are_one_finding_by_its_key() -> None:
    with SmallLake() as lake:
        lake.threshold(period="quarter", amount="100")
        lake.add("2024-01-10", "Acme", "80.00")
        lake.add("2024-02-10", "Acme", "80.00")
        lake.evaluate(BUDGET_THRESHOLD, lake.scope("2024-01", "2024-02"))
        keys = lake.con.execute("SELECT month, level, key FROM staged_findings ORDER BY month").fetchall()
    assert [(str(Month.of(month)), level) for month, level, _ in keys] == [
        ("2024-01", "approached"),
        ("2024-02", "exceeded"),
    ]
    assert {key for *_, key in keys} == {"limit|2024-01-01"}


def test_of_many_transactions_the_one_that_crossed_and_the_largest_are_named() -> None:
    with SmallLake() as lake:
        lake.threshold(period="month", amount="2000")
        for number in range(120):
            lake.add(f"2024-03-{number // 6 + 1:02d}", "Acme", f"{100 - number % 50}.00")
        lake.add("2024-03-31", "Last", "1.00")
        (finding,) = lake.findings(BUDGET_THRESHOLD, lake.scope("2024-03"))
        assert finding.transactions == 100
        row = lake.con.execute("SELECT crossed_by, transactions FROM staged_findings").fetchone()
        assert row is not None
        crossed_by, transactions = row
        assert str(transactions[0]) == crossed_by
        amounts = lake.con.execute(
            "SELECT amount FROM lake.transactions AS t"
            " JOIN (SELECT unnest($ids::UUID[]) AS id) ON id = transaction_id(t.load_id, t.row_number) ORDER BY amount",
            {"ids": transactions[1:]},
        ).fetchall()
    assert amounts[0][0] >= 59


MESSAGES = {
    "exceeded": (
        {"period": "quarter", "amount": "1000", "scope": "category:Travel"},
        "Expenses of category Travel in 2024-Q1: 1,200.00, more than 1,000.00. Crossed on 2024-03-05 by 1,200.00 with Acme.",
    ),
    "approached": (
        {"period": "week", "amount": "1300", "scope": "vendor:Acme", "operator": ">=", "warn_at": "92.3"},
        "Expenses with Acme in 2024-W10: 1,200.00, at least 92.3 % of the limit 1,300.00. Reached on 2024-03-05 by 1,200.00 "
        "with Acme.",
    ),
    "below": (
        {"period": "month", "amount": "1200", "operator": "<="},
        "Expenses in 2024-03: 1,200.00, at most 1,200.00, now that it is over.",
    ),
    "transaction_exceeded": (
        {"period": "transaction", "amount": "1199.99"},
        "1,200.00 with Acme on 2024-03-05, more than 1,199.99.",
    ),
    "transaction_approached": (
        {"period": "transaction", "amount": "1500"},
        "1,200.00 with Acme on 2024-03-05, at least 80 % of the limit 1,500.00.",
    ),
    "transaction_below": (
        {"period": "transaction", "amount": "1200.01", "operator": "<"},
        "1,200.00 with Acme on 2024-03-05, less than 1,200.01.",
    ),
}


@pytest.mark.parametrize("kind", MESSAGES)
def test_a_finding_says_its_figures(kind: str) -> None:
    fields, message = MESSAGES[kind]
    with SmallLake() as lake:
        lake.threshold(**fields)
        lake.add("2024-03-05", "Acme", "1200", category="Travel")
        (finding,) = lake.findings(BUDGET_THRESHOLD, lake.scope("2024-03"))
    assert (finding.kind, finding.message) == (kind, message)
