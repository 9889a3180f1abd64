"""Analyzers of a home's folder and of other packages: found and evaluated, or refused with the reason, and in nobody's way.

The examples are those of docs/analyzers.md, read from the page.
"""

import os
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from ledgerwatch_pipeline.analysis.analyzers.duplicate import DUPLICATE
from ledgerwatch_pipeline.analysis.conformance import check_conformance
from ledgerwatch_pipeline.analysis.contract import (
    RELATIONS,
    ChoiceParameter,
    ContractError,
    DecimalParameter,
    Evidence,
    EvidenceType,
    FlagParameter,
    Message,
)
from ledgerwatch_pipeline.analysis.declaration import read_declaration
from ledgerwatch_pipeline.analysis.registry import BUILT_IN, Registry, load_registry
from ledgerwatch_pipeline.model.errors import UnknownThingError, UsageError
from ledgerwatch_pipeline.model.month import Month
from ledgerwatch_pipeline.settings import Settings
from ledgerwatch_tests.analyzers_page import PAGE, ROUND_SQL, ROUND_TOML, install_package, write
from ledgerwatch_tests.small_lake import SmallLake


def registry(home: Path) -> Registry:
    return load_registry(Settings(home=home))


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An installed package ``acme-audit`` with the page's analyzer; the path of its module."""
    monkeypatch.syspath_prepend(str(tmp_path / "site-packages"))
    yield install_package(tmp_path / "site-packages")
    sys.modules.pop("acme_audit", None)


@pytest.mark.slow
def test_an_analyzer_dropped_into_the_home_is_found_and_evaluated(tmp_path: Path) -> None:
    write(tmp_path / "analyzers")
    found = registry(tmp_path)
    assert found.refused == ()
    assert [each.name for each in found.analyzers] == [*(each.name for each in BUILT_IN), "round_payment"]
    analyzer = found.named("round_payment")
    assert analyzer.source == str(tmp_path / "analyzers" / "round_payment.toml")
    with SmallLake() as lake:
        for currency, slug in (("USD", "acme"), ("JPY", "tokyo"), ("KWD", "gulf")):
            lake.organization(slug, currency)
            lake.add("2024-03-01", "Office", "12000", slug=slug)
            lake.add("2024-03-02", "Office", "1001", slug=slug)
        found_here = lake.findings(analyzer, lake.scope("2024-03"))
        assert {each.organization: each.message for each in found_here} == {
            "acme": "12,000.00 to Office on 2024-03-01 is 12 times 1,000.00.",
            "tokyo": "12,000 to Office on 2024-03-01 is 12 times 1,000.",
            "gulf": "12,000.000 to Office on 2024-03-01 is 12 times 1,000.000.",
        }
        assert {each.evidence for each in found_here if each.organization == "tokyo"} == {
            '{"vendor":"Office","amount":"12000","date":"2024-03-01","times":12}'
        }
    assert check_conformance(analyzer).violations == ()


@pytest.mark.slow
@pytest.mark.usefixtures("package")
def test_an_analyzer_of_another_package_is_found_and_evaluated(tmp_path: Path) -> None:
    found = registry(tmp_path)
    assert found.refused == ()
    analyzer = found.named("weekend_payment")
    assert analyzer.source == "package acme-audit"
    with SmallLake() as lake:
        for day in range(1, 8):
            lake.add(f"2024-03-{day:02d}", "Office", "5.00")
        assert [each.title for each in lake.findings(analyzer, lake.scope("2024-03"))] == [
            "Weekend payment: Office, 5.00",
            "Weekend payment: Office, 5.00",
        ]
    assert check_conformance(analyzer).violations == ()


def test_an_installation_without_others_has_the_built_in_ones(tmp_path: Path) -> None:
    assert registry(tmp_path) == Registry(BUILT_IN)
    assert registry(tmp_path) is registry(tmp_path), "read once a process"


def test_an_unknown_one_is_an_error_that_names_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(UnknownThingError, match="unknown analyzer 'duplicat'; known: duplicate"):
        registry(tmp_path).named("duplicat")


def test_a_package_that_cannot_be_imported_stops_nobody(tmp_path: Path, package: Path) -> None:
    package.write_text("raise RuntimeError('no licence')")
    write(tmp_path / "analyzers")
    found = registry(tmp_path)
    assert [each.name for each in found.analyzers[len(BUILT_IN) :]] == ["round_payment"]
    (refused,) = found.refused
    assert (refused.name, refused.source, refused.reason) == (
        "weekend_payment",
        "package acme-audit",
        "RuntimeError: no licence",
    )


def test_an_entry_point_that_is_no_analyzer_is_refused(tmp_path: Path, package: Path) -> None:
    package.write_text("WEEKEND_PAYMENT = 'SELECT 1'")
    (refused,) = registry(tmp_path).refused
    assert refused.reason == "acme_audit:WEEKEND_PAYMENT is no Analyzer but of type str"


def test_no_analyzer_is_called_as_what_people_raise_by_hand(tmp_path: Path) -> None:
    write(tmp_path / "analyzers", "manual", ROUND_TOML.replace('name = "round_payment"', 'name = "manual"'))
    (refused,) = registry(tmp_path).refused
    assert refused.reason.startswith("its name is used twice: alerts raised by hand and ")


@pytest.mark.usefixtures("package")
def test_two_of_one_name_are_refused_and_both_are_named(tmp_path: Path) -> None:
    file = write(
        tmp_path / "analyzers",
        "weekend_payment",
        ROUND_TOML.replace('name = "round_payment"', 'name = "weekend_payment"'),
    )
    found = registry(tmp_path)
    assert found.analyzers == BUILT_IN
    reason = f"its name is used twice: package acme-audit and {file}"
    assert {(each.source, each.reason) for each in found.refused} == {
        ("package acme-audit", reason),
        (str(file), reason),
    }


def test_the_name_of_a_built_in_one_is_taken(tmp_path: Path) -> None:
    write(tmp_path / "analyzers", "duplicate", ROUND_TOML.replace('name = "round_payment"', 'name = "duplicate"'))
    found = registry(tmp_path)
    assert found.named("duplicate") is DUPLICATE
    (refused,) = found.refused
    assert refused.reason.startswith("its name is used twice: ledgerwatch and ")


REFUSED: dict[str, tuple[Callable[[str, str], tuple[str, str | None]], str]] = {
    "no SQL beside it": (lambda toml, _sql: (toml, None), "there is no round_payment.sql"),
    "no TOML": (lambda _toml, sql: ("name = ", sql), "Invalid value"),
    "a key that is missing": (lambda toml, sql: (toml.replace("version = 1", ""), sql), "version is missing"),
    "a key that is misspelt": (lambda toml, sql: ("sumary = 'x'\n" + toml, sql), "sumary is not known here"),
    "a misspelt key below": (
        lambda toml, sql: (toml.replace('column = "vendor"', 'colum = "x", column = "vendor"'), sql),
        "evidence.vendor.colum is not known here",
    ),
    "another name": (
        lambda toml, sql: (toml.replace('"round_payment"', '"other"', 1), sql),
        "its name is that of the file",
    ),
    "an unknown input": (
        lambda toml, sql: (toml.replace('"ledger"', '"budget"'), sql),
        "inputs is one of ledger, months",
    ),
    "an unknown evidence type": (
        lambda toml, sql: (toml.replace('"Day"', '"Date"'), sql),
        "evidence.date.type is one of",
    ),
    "a default out of bounds": (
        lambda toml, sql: (toml.replace("default = 1000", "default = 0"), sql),
        "step lies between",
    ),
    "an infinite bound": (
        lambda toml, sql: (toml.replace("maximum = 1000000", "maximum = inf"), sql),
        "maximum is a number",
    ),
    "an unknown kind of parameter": (
        lambda toml, sql: (toml.replace('"flag"', '"bool"'), sql),
        "is decimal, choice or flag",
    ),
    "a template that calls": (
        lambda toml, sql: (toml.replace("{vendor}", "{vendor.__class__}", 1), sql),
        "may name columns",
    ),
    "a template with a brace": (lambda toml, sql: (toml.replace("{vendor}", "{vendor", 1), sql), "is no template"),
    "a reach that is no number": (
        lambda toml, sql: (toml.replace("reach = 0", "reach = 'far'"), sql),
        "reach is a whole number",
    ),
    "a version that is a flag": (
        lambda toml, sql: (toml.replace("version = 1", "version = true"), sql),
        "version is a whole",
    ),
    "a text without its column": (
        lambda toml, sql: (toml.replace("{times}", "{time}"), sql),
        "its SQL gives no column time",
    ),
    "SQL that reads the lake": (
        lambda toml, sql: (toml, sql.replace("ledger AS", "lake.transactions AS")),
        "unknown table 'lake.transactions'",
    ),
    "SQL that divides": (
        lambda toml, sql: (toml, sql.replace("t.amount // p.step", "t.amount / p.step")),
        "floating-point",
    ),
    "SQL that is none": (lambda toml, _sql: (toml, "SELECT"), "Parser Error"),
}


@pytest.mark.parametrize("title", REFUSED)
def test_one_that_breaks_the_contract_is_refused_with_the_reason_and_stops_no_other(tmp_path: Path, title: str) -> None:
    change, reason = REFUSED[title]
    toml, sql = change(ROUND_TOML, ROUND_SQL)
    file = write(tmp_path / "analyzers", "round_payment", toml, sql or "")
    if sql is None:
        file.with_suffix(".sql").unlink()
    write(tmp_path / "analyzers", "another", ROUND_TOML.replace("round_payment", "another"))
    found = registry(tmp_path)
    assert [each.name for each in found.analyzers[len(BUILT_IN) :]] == ["another"]
    (refused,) = found.refused
    assert (refused.name, refused.source) == ("round_payment", str(file))
    assert reason in refused.reason
    with pytest.raises(UnknownThingError, match="is refused"):
        found.named("round_payment")


def test_files_that_cannot_be_read_are_refused_with_what_would_be_right(tmp_path: Path) -> None:
    folder = tmp_path / "analyzers"
    write(folder, "no_sql").with_suffix(".sql").unlink()
    write(folder, "latin_toml").write_bytes(b'name = "caf\xe9"')
    write(folder, "latin_sql").with_suffix(".sql").write_bytes(b"SELECT '\xe9'")
    write(folder, "no_toml", toml="name =")
    write(folder, "a-name", toml=ROUND_TOML.replace("round_payment", "a-name"))
    reasons = {each.name: each.reason for each in registry(tmp_path).refused}
    assert reasons.pop("no_toml").startswith("no_toml.toml is no TOML: ")
    assert reasons == {
        "no_sql": "there is no no_sql.sql; an analyzer is a .toml and a .sql of one name side by side",
        "latin_toml": "latin_toml.toml is not UTF-8 (byte 12); save it as UTF-8",
        "latin_sql": "latin_sql.sql is not UTF-8 (byte 9); save it as UTF-8",
        "a-name": "'a-name' cannot be the name of an analyzer: lower-case letters, digits and _, beginning with a letter",
    }


def test_a_file_that_changes_is_read_again(tmp_path: Path) -> None:
    folder = tmp_path / "analyzers"
    file = write(folder)
    assert registry(tmp_path).named("round_payment").version == 1
    assert registry(tmp_path) is registry(tmp_path)
    text = file.read_text()
    file.write_text(text.replace("version = 1", "version = 2"))
    os.utime(file, ns=(1, 1))
    assert registry(tmp_path).named("round_payment").version == 2
    file.unlink()
    assert "round_payment" not in [each.name for each in registry(tmp_path).analyzers]


def test_a_declaration_may_use_every_key(tmp_path: Path) -> None:
    toml = (
        ROUND_TOML.replace("reach = 0 ", 'reach = "all" ').replace("lookback = 0 ", 'lookback = "all" ')
        + """
[parameters.months]
type = "decimal"
default = 12
minimum = 0
maximum = 24
decimals = 0
meaning = "months"

[parameters.rate]
type = "decimal"
default = 0.1
minimum = 0
maximum = 1
meaning = "a rate"

[parameters.basis]
type = "choice"
default = "cash"
choices = ["cash", "revenue"]
meaning = "a basis"
"""
    )
    toml = (
        'window = "months"\ninsufficient = "SELECT organization_id, month, \'x\' AS reason FROM scope_months;"\n'
        "joins_as_written = true\n" + toml
    )
    analyzer = read_declaration(write(tmp_path, toml=toml, sql=ROUND_SQL + ";\n"))
    assert analyzer.joins_as_written
    assert (analyzer.reach, analyzer.lookback, analyzer.window) == (None, None, "months")
    assert analyzer.values({"basis": "revenue", "with_description": "false"}) == {
        "step": 1000,
        "with_description": False,
        "months": 12,
        "rate": analyzer.parameter("rate").parse("0.1"),
        "basis": "revenue",
    }
    assert analyzer.last_reached(Month(2024, 3), {}) is None
    assert analyzer.last_reached(Month(2024, 3), {"months": "6"}) == Month(2024, 8)
    assert analyzer.last_reached(Month(2024, 3), {"months": "0"}) is None


def test_a_file_cannot_do_what_ledgerwatch_sql_cannot(tmp_path: Path) -> None:
    sql = ROUND_SQL.replace("t.type = 'expense'", "t.type = getvariable('x')")
    write(tmp_path / "analyzers", sql=sql)
    (refused,) = registry(tmp_path).refused
    assert "getvariable" in refused.reason


def test_the_page_names_every_column_there_is() -> None:
    for relation, columns in RELATIONS.items():
        (line,) = re.findall(rf"^\| `{relation}` \|.*$", PAGE, flags=re.MULTILINE)
        assert [column for column in columns if not re.search(rf"\b{column}\b", line)] == []


def test_texts_of_a_file_are_data_and_never_sql(tmp_path: Path) -> None:
    toml = ROUND_TOML.replace("Round payment:", "It's '; DROP TABLE x; --")
    analyzer = read_declaration(write(tmp_path, toml=toml))
    with SmallLake() as lake:
        lake.add("2024-03-01", "O'Brien", "1000")
        (finding,) = lake.findings(analyzer, lake.scope("2024-03"))
    assert finding.title == "It's '; DROP TABLE x; -- O'Brien, 1,000.00"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"name": "Duplicate"}, "cannot be the name of an analyzer"),
        ({"version": 0}, "versions count from 1"),
        ({"summary": " "}, "its summary has"),
        ({"sql": " "}, "its SQL is empty"),
        ({"messages": {}}, "it has no messages"),
        ({"messages": {"a kind": Message("x", "y")}}, "cannot be the name of a kind"),
        ({"evidence": {"a-b": Evidence("x", EvidenceType.TEXT)}}, "cannot be the name of an evidence key"),
        (
            {"evidence": {"a": Evidence("x", EvidenceType.TEXT), "b": Evidence("x", EvidenceType.DAY)}},
            "is Text and Day at once",
        ),
        ({"reach": -1}, "its reach is a number of months"),
        ({"lookback": 5000}, "its lookback is a number of months"),
        ({"window": "months"}, "is no parameter in whole numbers"),
        ({"parameters": DUPLICATE.parameters * 2}, "two of its parameters have one name"),
    ],
)
def test_an_analyzer_that_cannot_be_is_not_built(changes: dict[str, object], reason: str) -> None:
    with pytest.raises(ContractError, match=reason) as caught:
        replace(DUPLICATE, **changes)  # type: ignore[arg-type]
    assert caught.value.analyzer == changes.get("name", "duplicate")


def test_parameters_say_what_would_be_right() -> None:
    choice = ChoiceParameter("basis", "cash", ("cash", "revenue"), "what for")
    flag = FlagParameter("strict", True, "what for")
    (window,) = DUPLICATE.parameters
    assert isinstance(window, DecimalParameter)
    assert [choice.parse("revenue"), flag.parse("false"), window.parse("24")] == ["revenue", False, 24]
    assert [each.written(each.parse(text)) for each, text in ((choice, "cash"), (flag, "true"), (window, "72"))] == [
        "cash",
        "true",
        "72",
    ]
    for wrong in (
        lambda: choice.parse("credit"),
        lambda: flag.parse("yes"),
        lambda: window.parse("24.5"),
        lambda: window.parse("9999"),
        lambda: window.parse("1e2"),
    ):
        with pytest.raises(UsageError, match="basis is one of|strict is true or false|window_hours"):
            wrong()
    with pytest.raises(ValueError, match="is none of cash, revenue"):
        ChoiceParameter("basis", "credit", ("cash", "revenue"), "what for")
