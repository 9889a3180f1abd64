"""Every built-in analyzer against its golden cases, in ``cases/<analyzer>.toml``: the whole ledger and all that is found in it.

The expected values are worked out by hand from the rules (docs/analyzers.md), never copied from what the product gave.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ledgerwatch_pipeline.analysis.contract import Analyzer
from ledgerwatch_pipeline.analysis.registry import BUILT_IN
from ledgerwatch_tests.golden_cases import Case, CaseError, differences, differences_by_month, read_cases
from ledgerwatch_tests.small_lake import SmallLake

CASES = Path(__file__).parent / "cases"
BY_NAME = {each.name: each for each in BUILT_IN}


def all_cases() -> list[tuple[Analyzer, Case]]:
    files = sorted(CASES.glob("*.toml"))
    return [(BY_NAME[file.stem], case) for file in files for case in read_cases(file, BY_NAME[file.stem])]


@pytest.fixture(scope="module")
def lake() -> Iterator[SmallLake]:
    with SmallLake() as lake:
        yield lake


@pytest.mark.parametrize(
    ("analyzer", "case"), [pytest.param(*each, id=f"{each[0].name}: {each[1].title}") for each in all_cases()]
)
def test_case(lake: SmallLake, analyzer: Analyzer, case: Case) -> None:
    assert differences(lake, case, analyzer) == []


@pytest.mark.slow
@pytest.mark.parametrize("name", BY_NAME)
def test_the_months_of_a_case_give_alone_what_they_give_together(lake: SmallLake, name: str) -> None:
    cases = [case for case in read_cases(CASES / f"{name}.toml", BY_NAME[name]) if len(case.months) > 1]
    assert len(cases) > 5
    assert [said for case in cases for said in differences_by_month(lake, case, BY_NAME[name])] == []


def test_every_built_in_analyzer_has_at_least_25_cases() -> None:
    counts = {name: len(read_cases(CASES / f"{name}.toml", analyzer)) for name, analyzer in BY_NAME.items()}
    assert min(counts.values()) >= 25, counts


LEDGER = 'ledger = "2024-03-01 | Acme | 50.00"\n'
WRONG = {
    "it says nothing of what is found": (LEDGER, "neither findings nor insufficient"),
    "a key that no case has": (LEDGER + 'findings = ""\nfinding = ""', "known are"),
    "a figure that is no evidence": (
        LEDGER + 'findings = "2024-03 | LOW | Acme | 50.00 | equal_payments | cuont=2"',
        "cuont",
    ),
    "a kind that the analyzer does not have": (LEDGER + 'findings = "2024-03 | LOW | Acme | 50.00 | equal"', "equal"),
    "a type that no row has": ('ledger = "2024-03-01 | Acme | 50.00 | debt"\nfindings = ""', "debt"),
    "a row without amount": ('ledger = "2024-03-01 | Acme"\nfindings = ""', "Acme|not enough values"),
    "a parameter that the analyzer does not have": (
        LEDGER + 'findings = ""\nparameters = { window = 24 }',
        "window",
    ),
    "a float": (LEDGER + 'findings = ""\nparameters = { window_hours = 24.0 }', "in quotes"),
    "no months": ('ledger = ""\nfindings = ""', "needs months"),
}


@pytest.mark.parametrize("what", WRONG)
def test_a_case_that_cannot_be_read_is_no_case(what: str, tmp_path: Path) -> None:
    text, said = WRONG[what]
    file = tmp_path / "duplicate.toml"
    file.write_text(f'[[case]]\ntitle = "wrong"\n{text}\n')
    with pytest.raises(CaseError, match=said):
        read_cases(file, BY_NAME["duplicate"])


def test_a_case_fails_for_what_is_missing_and_for_what_is_too_much(lake: SmallLake, tmp_path: Path) -> None:
    file = tmp_path / "duplicate.toml"
    file.write_text("""
[[case]]
title = "two payments, said to be of another amount"
ledger = '''
2024-03-01 | Acme | 50.00
2024-03-03 | Acme | 50.00
'''
findings = "2024-03 | LOW | Acme | 51.00 | equal_payments"
insufficient = "2024-03 | too little"
""")
    (case,) = read_cases(file, BY_NAME["duplicate"])
    said = differences(lake, case, BY_NAME["duplicate"])
    assert [each.partition(":")[0] for each in said] == ["not found", "not expected", "not said"]
