"""Formulas, terminal escapes and turned text in a file: kept as they are, shown without their effect, exported so that no spreadsheet
runs them."""

import csv
import io
import json
from collections.abc import Callable

import pytest

from ledgerwatch_pipeline.cli import main
from ledgerwatch_tests.conftest import Tenant
from ledgerwatch_tests.odd.case import written

NASTY = (
    '=HYPERLINK("http://x","y")',
    "+1+1",
    "-2+3",
    "@SUM(A1)",
    "\x1b]0;owned\x07Acme",
    "Acme\x1b[2J\x1b[31m",
    "\u202eemcA",
    "a\u200bb",
    "[red]Acme[/red]",
)
EFFECTS = ("\x1b", "\x07", "\u202e", "\u200b")


@pytest.fixture
def ledgerwatch(
    tenant: Tenant, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Callable[..., tuple[int, str, str]]:
    monkeypatch.setenv("LEDGERWATCH_HOME", str(tenant.home.settings.home))
    monkeypatch.setenv("LEDGERWATCH_THREADS", "1")

    def run(*arguments: str) -> tuple[int, str, str]:
        capsys.readouterr()
        code = main.run(arguments)
        shown = capsys.readouterr()
        return code, shown.out, shown.err

    return run


def test_accepted_texts(tenant: Tenant, ledgerwatch: Callable[..., tuple[int, str, str]]) -> None:
    rows = [("2024-03-01", vendor, "1.00", vendor, vendor) for vendor in NASTY]
    load = tenant.deliver(written(("date", "vendor", "amount", "category", "description"), *rows))
    assert load.accepted == len(NASTY)
    _, table, _ = ledgerwatch("transactions", "list", "--org", tenant.slug)
    assert not any(effect in table for effect in EFFECTS)
    assert "[red]Acme[/red]" in table
    _, exported, _ = ledgerwatch("transactions", "list", "--org", tenant.slug, "--csv")
    for row in csv.DictReader(io.StringIO(exported)):
        assert row["vendor"][0] not in "=+-@\t\r"
    _, document, _ = ledgerwatch("transactions", "list", "--org", tenant.slug, "--json", "--all")
    assert {each["vendor"] for each in json.loads(document)["transactions"]} == set(NASTY)
    assert "\x1b" not in document


def test_refused_texts(tenant: Tenant, ledgerwatch: Callable[..., tuple[int, str, str]]) -> None:
    load = tenant.deliver(written(("date", "vendor", "amount\x1b[2J"), *(("2024-03-01", "A", each) for each in NASTY)))
    assert load.status == "REJECTED"
    _, shown, errors = ledgerwatch("loads", "show", str(load.id))
    assert not any(effect in shown + errors for effect in EFFECTS)
    load = tenant.deliver(written(("date", "vendor", "amount"), *(("2024-03-01", "A", each) for each in NASTY)))
    assert load.rejected == len(NASTY)
    _, shown, _ = ledgerwatch("loads", "rows", str(load.id))
    assert not any(effect in shown for effect in EFFECTS)
    _, exported, _ = ledgerwatch("loads", "rows", str(load.id), "--csv")
    for row in csv.DictReader(io.StringIO(exported)):
        assert row["value"][0] not in "=+-@\t\r"
