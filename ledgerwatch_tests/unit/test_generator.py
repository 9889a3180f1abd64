"""The demo data says what is in it: an independent reading of the files finds what the answer key lists, no more.

The rules of the analyzers (docs/analyzers.md) are written down here once more, in plain Python over Decimal and Fraction
and without a look at the generator, and are run over the generated files.
"""

import csv
import hashlib
import json
from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import groupby, pairwise
from pathlib import Path

import pytest
from click.testing import CliRunner

from ledgerwatch_demo import names
from ledgerwatch_demo.answer_key import AnswerKey, Planted, PlantedThreshold
from ledgerwatch_demo.generator import generate
from ledgerwatch_demo.scoring import Found, score
from ledgerwatch_pipeline.cli.main import cli
from ledgerwatch_pipeline.model.errors import UsageError
from ledgerwatch_pipeline.model.vendor import vendor_key

pytestmark = pytest.mark.slow  # processes are started, or there are very many

ANALYZERS = ["large_transaction", "burn_rate", "vendor_spike", "duplicate", "budget_threshold"]
HEADER = ["date", "vendor", "amount", "category", "description"]
NO_BREAK = "\u00a0 "


# --- an independent reading of files and rules ------------------------------------------------------------------------


@dataclass(frozen=True)
class Row:
    """One row of a file, as an import would take it."""

    date: date
    vendor: str
    amount: Decimal
    type: str
    category: str

    @property
    def month(self) -> str:
        return f"{self.date:%Y-%m}"

    @property
    def key(self) -> str:
        return vendor_key(self.vendor)


def ledger_of(folder: Path) -> list[Row]:
    """Read an organization's files with the standard library; the type is derived as the importer derives it."""
    rows = []
    for path in sorted(folder.glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            for record in csv.DictReader(file, strict=True):
                kind = record.get("type") or ("income" if record["category"].lower() == "revenue" else "expense")
                day, amount = date.fromisoformat(record["date"]), Decimal(record["amount"])
                rows.append(Row(day, record["vendor"], amount, kind, record["category"]))
    return rows


def months_between(first: date, last: date) -> list[str]:
    numbers = range(first.year * 12 + first.month - 1, last.year * 12 + last.month)
    return [f"{number // 12}-{number % 12 + 1:02d}" for number in numbers]


def large_transactions(organization: str, rows: list[Row]) -> list[Found]:
    months = months_between(min(row.date for row in rows), max(row.date for row in rows))
    found = []
    for at, month in enumerate(months):
        baseline = set(months[max(0, at - 11) : at + 1])
        amounts = [row.amount for row in rows if row.type != "refund" and row.month in baseline]
        mean = Fraction(sum(amounts)) / len(amounts)
        for row in rows:
            if row.month == month and Fraction(row.amount) > max(2 * mean, Fraction(10_000)):
                severity = "HIGH" if Fraction(row.amount) > 5 * mean else "MEDIUM"
                found.append(Found(organization, "large_transaction", month, row.vendor, (row.date,), severity))
    return found


def duplicates(organization: str, rows: list[Row]) -> list[Found]:
    payments, refunds = defaultdict(list), defaultdict(list)
    for row in rows:
        if row.type == "refund":
            refunds[row.key, row.amount].append(row.date)
        else:
            payments[row.key, row.amount, row.type].append(row.date)
    found = []
    for (vendor, amount, _), days in payments.items():
        groups: list[list[date]] = []
        for day in sorted(days):
            if groups and day - groups[-1][-1] <= timedelta(days=2):
                groups[-1].append(day)
            else:
                groups.append([day])
        for group in groups:
            back = [
                day
                for day in refunds[vendor, amount]
                if group[0] <= day <= group[-1] + timedelta(days=30) and f"{day:%Y-%m}" == f"{group[-1]:%Y-%m}"
            ]
            if len(group) - len(back) >= 2:
                found.append(Found(organization, "duplicate", f"{group[-1]:%Y-%m}", vendor, tuple(group), "LOW"))
    return found


def spend_by_vendor(rows: list[Row]) -> dict[str, dict[str, Decimal]]:
    spend: dict[str, dict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    for row in rows:
        if row.type != "income":
            spend[row.key][row.month] += -row.amount if row.type == "refund" else row.amount
    return spend


def vendor_spikes(organization: str, rows: list[Row]) -> list[Found]:
    months = months_between(min(row.date for row in rows), max(row.date for row in rows))
    found = []
    for vendor, spend in spend_by_vendor(rows).items():
        for before, month in pairwise(months):
            if spend.get(month, Decimal(0)) <= 0:
                continue
            if spend.get(before, Decimal(0)) <= 0:
                found.append(Found(organization, "vendor_spike", month, vendor, (), "LOW"))
            elif (increase := Fraction(spend[month]) / Fraction(spend[before]) - 1) >= Fraction(1, 4):
                severity = "MEDIUM" if increase >= Fraction(1, 2) else "LOW"
                found.append(Found(organization, "vendor_spike", month, vendor, (), severity))
    return found


def burn_rates(organization: str, rows: list[Row], balance: str | None, opening: date | None) -> list[Found]:
    if balance is None or opening is None:
        return []
    months = months_between(min(row.date for row in rows), max(row.date for row in rows))
    signed = [(row, -row.amount if row.type == "expense" else row.amount) for row in rows]
    found = []
    for at, month in enumerate(months):
        window = months[max(0, at - 2) : at + 1]
        burn = -Fraction(sum(amount for row, amount in signed if row.month in window)) / len(window)
        in_time = (amount for row, amount in signed if row.date >= opening and row.month <= month)
        cash = max(Fraction(0), Fraction(Decimal(balance)) + Fraction(sum(in_time)))
        if burn > 0 and cash / burn < 6:
            found.append(Found(organization, "burn_rate", month, severity="HIGH" if cash / burn < 3 else "MEDIUM"))
    return found


def budget_thresholds(limit: PlantedThreshold, rows: list[Row]) -> list[Found]:
    """Judge month and year buckets at every month's end: enough for the thresholds that are generated."""
    category = limit.scope.removeprefix("category:") if limit.scope != "all" else None
    counted = [row for row in rows if (row.type == "income") == (limit.type == "income")]
    counted = [row for row in counted if category in (None, row.category)]
    found = []
    for month in sorted({row.month for row in rows}):
        bucket = month[:4] if limit.period == "year" else month
        inside = [row for row in counted if row.month.startswith(bucket) and row.month <= month]
        total = sum((-row.amount if row.type == "refund" else row.amount for row in inside), Decimal(0))
        amount, severity = Decimal(limit.amount), None
        if total > amount if limit.operator == ">" else total < amount:
            severity = "MEDIUM"
        elif limit.operator == ">" and total >= amount * limit.warn_at_percent / 100:
            severity = "LOW"
        if severity is not None:
            place = (limit.organization, "budget_threshold", month, limit.slug)
            found.append(
                Found(*place, (date.fromisoformat(f"{bucket}-01" if len(bucket) > 4 else f"{bucket}-01-01"),), severity)
            )
    return found


def analyze(out: Path, key: AnswerKey) -> list[Found]:
    """Return everything the five rules find in the files of ``out``."""
    found: list[Found] = []
    for item in key.organizations:
        rows = ledger_of(out / item.slug)
        found += large_transactions(item.slug, rows)
        found += duplicates(item.slug, rows)
        found += vendor_spikes(item.slug, rows)
        found += burn_rates(item.slug, rows, item.opening_balance, item.opening_date)
        for limit in key.thresholds:
            if limit.organization == item.slug:
                found += budget_thresholds(limit, rows)
    return found


def digests(out: Path) -> dict[str, str]:
    files = (path for path in sorted(out.rglob("*")) if path.is_file())
    return {str(path.relative_to(out)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


# --- the demo: 3 organizations, 12 months, 6,000 rows -----------------------------------------------------------------


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, AnswerKey]:
    out = tmp_path_factory.mktemp("demo") / "data"
    return out, generate(out, rows=6_000, orgs=3, months=12, seed=7)


def test_the_demo_holds_exactly_the_rows_asked_for_in_one_file_a_month(demo: tuple[Path, AnswerKey]) -> None:
    out, key = demo
    ledgers = {item.slug: ledger_of(out / item.slug) for item in key.organizations}
    assert sum(map(len, ledgers.values())) == 6_000
    assert len(list(out.glob("*/*.csv"))) == key.files == 36
    for slug, rows in ledgers.items():
        months = months_between(date(2024, 1, 1), date(2024, 12, 1))
        assert sorted(path.stem for path in (out / slug).iterdir()) == months
        assert {row.month for row in rows} == set(months)


def test_every_file_is_rfc_4180_with_the_documented_header(demo: tuple[Path, AnswerKey]) -> None:
    with_refunds = 0
    for path in demo[0].glob("*/*.csv"):
        data = path.read_bytes()
        assert data.endswith(b"\r\n")
        assert data.count(b"\n") == data.count(b"\r\n")
        records = list(csv.reader(data.decode("utf-8").splitlines(), strict=True))
        refunds = "refund" in {record[-1] for record in records}
        assert records[0] == HEADER + (["type"] if refunds else [])
        assert len(records) > 1
        assert {len(record) for record in records} == {len(records[0])}
        assert all(record[0][:7] == path.stem for record in records[1:])
        with_refunds += refunds
    assert with_refunds == sum("refunded" in decoy.reason for decoy in demo[1].decoys) > 0


def test_every_row_passes_the_rules_for_import(demo: tuple[Path, AnswerKey]) -> None:
    for path in demo[0].glob("*/*.csv"):
        with path.open(encoding="utf-8", newline="") as file:
            for record in csv.DictReader(file):
                assert 1 <= len(record["vendor"].strip()) <= 255
                assert record["vendor"] == record["vendor"].strip()
                assert Decimal(record["amount"]) > 0
                assert len(record["amount"].partition(".")[2]) == 2
                assert 1 <= len(record["category"]) <= 100
                assert record["description"]


@pytest.fixture(scope="module")
def found_in_demo(demo: tuple[Path, AnswerKey]) -> list[Found]:
    return analyze(*demo)


@pytest.mark.parametrize("analyzer", ANALYZERS)
def test_an_independent_check_finds_exactly_what_was_planted(
    demo: tuple[Path, AnswerKey], found_in_demo: list[Found], analyzer: str
) -> None:
    (result,) = score(demo[1], found_in_demo, [analyzer])
    assert result.missed == ()
    assert result.unexpected == 0
    assert result.wrong_severity == ()
    assert result.decoys_found == ()
    assert result.found == result.planted > 0


def test_every_kind_of_every_analyzer_is_planted_in_the_demo(demo: tuple[Path, AnswerKey]) -> None:
    assert {(item.analyzer, item.severity, item.kind) for item in demo[1].planted} == {
        ("large_transaction", "HIGH", "new vendor"),
        ("large_transaction", "HIGH", "regular vendor"),
        ("large_transaction", "MEDIUM", "income"),
        ("large_transaction", "MEDIUM", "regular vendor"),
        ("duplicate", "LOW", "pair"),
        ("duplicate", "LOW", "chain"),
        ("duplicate", "LOW", "across month end"),
        ("duplicate", "LOW", "spelled differently"),
        ("vendor_spike", "MEDIUM", "spike"),
        ("vendor_spike", "LOW", "spike"),
        ("vendor_spike", "LOW", "new"),
        ("vendor_spike", "LOW", "returning"),
        ("burn_rate", "HIGH", "runway"),
        ("burn_rate", "MEDIUM", "runway"),
        ("budget_threshold", "MEDIUM", "exceeded"),
        ("budget_threshold", "LOW", "approached"),
    }
    assert {item.analyzer for item in demo[1].decoys} == set(ANALYZERS) - {"burn_rate"}


def test_planted_amounts_and_dates_are_those_of_rows_in_the_files(demo: tuple[Path, AnswerKey]) -> None:
    out, key = demo
    rows = {item.slug: ledger_of(out / item.slug) for item in key.organizations}
    for item in key.planted:
        if item.analyzer in ("large_transaction", "duplicate"):
            same = [
                r.date
                for r in rows[item.organization]
                if r.key == vendor_key(item.subject) and r.amount == Decimal(item.amount)
            ]
            assert sorted(same) == list(item.dates)
        elif item.analyzer == "vendor_spike":
            assert spend_by_vendor(rows[item.organization])[vendor_key(item.subject)][item.month] == Decimal(
                item.amount
            )
    for decoy in key.decoys:
        if decoy.analyzer in ("large_transaction", "duplicate"):
            same = [
                r.date
                for r in rows[decoy.organization]
                if r.vendor == decoy.subject and r.amount == Decimal(decoy.amount)
            ]
            assert sorted(same) == list(decoy.dates)


def test_normal_amounts_stay_clear_of_the_large_transaction_limit(demo: tuple[Path, AnswerKey]) -> None:
    out, key = demo
    meant = {(item.organization, item.amount) for item in key.planted}
    meant |= {(item.organization, item.amount) for item in key.decoys}
    for item in key.organizations:
        normal = (row.amount for row in ledger_of(out / item.slug) if (item.slug, str(row.amount)) not in meant)
        assert max(normal) < 9_000


def test_regular_vendors_move_by_less_than_a_fifth_from_month_to_month(demo: tuple[Path, AnswerKey]) -> None:
    out, key = demo
    touched = {(item.organization, vendor_key(item.subject)) for item in key.planted}
    touched |= {(item.organization, vendor_key(item.subject)) for item in key.decoys}
    advertised = {limit.organization for limit in key.thresholds if limit.slug == "advertising"}
    for item in key.organizations:
        rows = ledger_of(out / item.slug)
        advertising = {row.key for row in rows if row.category == "Advertising"} if item.slug in advertised else set()
        for vendor, spend in spend_by_vendor(rows).items():
            if (item.slug, vendor) in touched or vendor in advertising:
                continue
            totals = [spend[month] for month in sorted(spend)]
            assert len(totals) == 12
            assert all(Decimal("0.8") < b / a < Decimal("1.2") for a, b in pairwise(totals))


def test_equal_subscriptions_and_salaries_come_every_month(demo: tuple[Path, AnswerKey]) -> None:
    rows = ledger_of(demo[0] / "harbor-foods")
    fixed = sorted((r.category, r.vendor, r.amount) for r in rows if r.category in ("Rent", "Insurance", "Salaries"))
    assert fixed
    assert {len(list(group)) for _, group in groupby(fixed)} == {12}


def test_the_key_reads_back_equal_and_is_plain_json(demo: tuple[Path, AnswerKey]) -> None:
    out, key = demo
    path = out / "answer_key.json"
    assert AnswerKey.read(path) == key
    data = json.loads(path.read_bytes())
    assert all(isinstance(item["amount"], str) for item in (*data["planted"], *data["decoys"], *data["thresholds"]))
    copy = path.with_name("copy.json")
    key.write(copy)
    assert copy.read_bytes() == path.read_bytes()
    copy.unlink()


# --- the same seed, the same bytes ------------------------------------------------------------------------------------


def test_the_same_arguments_give_the_same_bytes_whatever_the_threads(
    demo: tuple[Path, AnswerKey], tmp_path: Path
) -> None:
    for threads in (1, 2):
        generate(tmp_path / str(threads), rows=6_000, orgs=3, months=12, seed=7, threads=threads)
    assert digests(tmp_path / "1") == digests(tmp_path / "2") == digests(demo[0])


def test_bytes_do_not_change_from_one_version_to_the_next(demo: tuple[Path, AnswerKey]) -> None:
    """Fails when a change of generator or DuckDB alters demo data: then look, and write the new digest down here."""
    listing = "\n".join(f"{digest} {name}" for name, digest in digests(demo[0]).items())
    assert (
        hashlib.sha256(listing.encode()).hexdigest()
        == "0f015c6b8ffdb3f5a9d7cb70fa5d433286ed5305a1d5597d1e5b60c853185f00"
    )


def test_another_seed_gives_other_rows_and_other_places(demo: tuple[Path, AnswerKey], tmp_path: Path) -> None:
    other = generate(tmp_path / "out", rows=6_000, orgs=3, months=12, seed=8)
    assert [item.slug for item in other.organizations] == [item.slug for item in demo[1].organizations]
    assert {item.month for item in other.planted} != set() != set(other.planted) - set(demo[1].planted)
    assert digests(tmp_path / "out")["harbor-foods/2024-01.csv"] != digests(demo[0])["harbor-foods/2024-01.csv"]


# --- other sizes ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rows", "orgs", "months", "start"),
    [
        pytest.param(40, 1, 1, date(2024, 1, 1), id="the smallest"),
        pytest.param(80, 1, 2, date(2024, 2, 1), id="two months"),
        pytest.param(2_881, 12, 6, date(2023, 11, 1), id="sparse, over a new year"),
        pytest.param(10_003, 2, 3, date(2022, 1, 1), id="busy months"),
    ],
)
def test_other_sizes_hold_exactly_what_was_planted_too(
    tmp_path: Path, rows: int, orgs: int, months: int, start: date
) -> None:
    key = generate(tmp_path / "out", rows=rows, orgs=orgs, months=months, seed=3, start=start)
    assert sum(len(ledger_of(tmp_path / "out" / item.slug)) for item in key.organizations) == rows
    for result in score(key, analyze(tmp_path / "out", key), ANALYZERS):
        assert result.perfect, result
        assert result.decoys_found == ()


def test_many_months_of_many_organizations_share_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ledgerwatch_demo.generator.MAX_FILES", 30)
    labels = {}
    for orgs in (2, 5, 15, 31):
        out = tmp_path / str(orgs)
        key = generate(out, rows=orgs * 14 * 40, orgs=orgs, months=14, seed=1, start=date(2023, 12, 1))
        assert key.files == len(list(out.glob("*/*.csv")))
        labels[orgs] = sorted(path.stem for path in (out / key.organizations[0].slug).iterdir())
    assert labels[2][0] == "2023-12"
    assert labels[5] == ["2023-Q4", "2024-Q1", "2024-Q2", "2024-Q3", "2024-Q4", "2025-Q1"]
    assert labels[15] == labels[31] == ["whole"]


def test_slugs_and_names_are_unique_for_all_organizations() -> None:
    every = [names.organization_name(index) for index in range(names.MAX_ORGANIZATIONS)]
    assert len(set(every)) == len({names.slug_of(name) for name in every}) == names.MAX_ORGANIZATIONS
    assert every[:2] == ["Harbor Foods", "Northgate Clinic"]


def test_progress_counts_up_to_all_rows(tmp_path: Path) -> None:
    calls: list[tuple[int, int]] = []
    generate(tmp_path / "out", rows=500, orgs=3, months=2, seed=1, on_progress=lambda *call: calls.append(call))
    assert calls == [(167, 500), (334, 500), (500, 500)]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"rows": 1_439}, "at least 1440 rows"),
        ({"orgs": 0}, "orgs must be"),
        ({"orgs": 1_000_000}, "orgs must be"),
        ({"months": 0}, "months must be"),
        ({"months": 241}, "months must be"),
        ({"start": date(2024, 1, 2)}, "first day of a month"),
    ],
)
def test_impossible_sizes_are_refused_before_anything_is_written(
    tmp_path: Path, change: dict[str, object], message: str
) -> None:
    arguments: dict[str, object] = {"rows": 1_440, "orgs": 3, "months": 12, "seed": 1, **change}
    with pytest.raises(ValueError, match=message):
        generate(tmp_path / "out", **arguments)  # type: ignore[arg-type]
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("months", [1, 12, 25])
def test_the_last_month_is_december_2024_however_many_there_are(tmp_path: Path, months: int) -> None:
    generate(tmp_path / "out", rows=40 * months, orgs=1, months=months, seed=1)
    labels = sorted(path.stem for path in (tmp_path / "out").glob("*/*.csv"))
    assert (len(labels), labels[-1]) == (months, "2024-12")


def test_the_command_refuses_months_before_the_first_monitored_one(tmp_path: Path) -> None:
    arguments = ["generate", "--rows", "20000", "--orgs", "1", "--out", str(tmp_path / "out"), "--months"]
    refused = CliRunner().invoke(cli, [*arguments, "181"])
    assert isinstance(refused.exception, UsageError)
    assert "first monitored month, 2010-01; at most 180" in str(refused.exception)
    assert not (tmp_path / "out").exists()
    assert CliRunner().invoke(cli, [*arguments, "180"]).exit_code == 0
    assert min(path.stem for path in (tmp_path / "out").glob("*/*.csv")) == "2010-01"


def test_a_folder_that_holds_something_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.csv").write_text("keep")
    with pytest.raises(FileExistsError, match="not an empty folder"):
        generate(tmp_path, rows=480, orgs=1, months=12, seed=1)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.csv"]


# --- scoring ----------------------------------------------------------------------------------------------------------


def planted_as_found(item: Planted) -> Found:
    return Found(item.organization, item.analyzer, item.month, item.subject, item.dates, item.severity)


def test_only_the_analyzers_asked_for_are_scored(demo: tuple[Path, AnswerKey]) -> None:
    found = [planted_as_found(item) for item in demo[1].planted]
    assert [result.analyzer for result in score(demo[1], found, ["duplicate", "burn_rate"])] == [
        "duplicate",
        "burn_rate",
    ]
    assert all(result.perfect for result in score(demo[1], found, ANALYZERS))
    assert score(demo[1], found, []) == []


def test_missed_unexpected_and_tempting_findings_are_told_apart(demo: tuple[Path, AnswerKey]) -> None:
    key = demo[1]
    first, *others = [item for item in key.planted if item.analyzer == "duplicate"]
    decoy = next(item for item in key.decoys if item.analyzer == "duplicate")
    found = [planted_as_found(item) for item in others]
    found.append(Found(decoy.organization, "duplicate", decoy.month, decoy.subject, decoy.dates[:2]))
    found.append(Found("harbor-foods", "duplicate", "2024-01", "Nobody"))
    found.append(found[0])  # the same finding twice is one too many
    (result,) = score(key, found, ["duplicate"])
    assert result.missed == (first,)
    assert (result.planted, result.found, result.unexpected) == (len(others) + 1, len(others), 3)
    assert result.decoys_found == (decoy,)
    assert not result.perfect


def test_vendors_are_matched_by_key_and_severity_is_compared(demo: tuple[Path, AnswerKey]) -> None:
    key = demo[1]
    item = next(item for item in key.planted if item.kind == "new")
    key = replace(key, planted=(item,), decoys=())
    subject = f"  {item.subject.upper().replace(' ', NO_BREAK)} "
    (result,) = score(key, [Found(item.organization, item.analyzer, item.month, subject, (), "HIGH")], ["vendor_spike"])
    assert (result.found, result.wrong_severity) == (1, (item,))
    (result,) = score(key, [Found(item.organization, item.analyzer, "2023-01", subject)], ["vendor_spike"])
    assert (result.found, result.unexpected) == (0, 1)


def test_two_findings_of_one_vendor_in_one_month_are_told_apart_by_date(demo: tuple[Path, AnswerKey]) -> None:
    item = next(item for item in demo[1].planted if item.analyzer == "large_transaction")
    later = replace(item, dates=(item.dates[0] + timedelta(days=5),))
    key = replace(demo[1], planted=(item, later), decoys=())
    (result,) = score(key, [planted_as_found(later)], ["large_transaction"])
    assert result.missed == (item,)
