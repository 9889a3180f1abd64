"""Every figure on every asset's page is that of all organizations: after an import for one of three, what Dagster's webserver
says by GraphQL is held against what the command line prints as JSON."""

import json
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

import pytest

from ledgerwatch_pipeline.analysis.registry import BUILT_IN
from ledgerwatch_pipeline.dagster_runtime.instance import environment, instance_of
from ledgerwatch_pipeline.defs.assembly import build_definitions
from ledgerwatch_pipeline.model.progress import no_progress
from ledgerwatch_pipeline.packaged import packaged
from ledgerwatch_pipeline.reports.registry import REPORTS
from ledgerwatch_tests.conftest import rows
from ledgerwatch_tests.defs.test_dev import ask
from ledgerwatch_tests.ports import free_port
from ledgerwatch_tests.processes import Installation, installation

pytestmark = pytest.mark.slow

ORGANIZATIONS = {"anna": ("USD", 2), "boris": ("USD", 2), "clara": ("KWD", 3)}
MONTHS = [f"2025-{number:02}" for number in range(1, 7)]
SEVERITIES = ("LOW", "MEDIUM", "HIGH")
TYPES = ("expense", "income", "refund")
OF_RUN = ("_in_run", "_as_of_run")
"""How the names of figures end that are of the run, or that tell of other months as they were at its time."""
NO_FIGURES = {"dagster/column_schema", "dagster/column_lineage", "benford_first_two_chart"}
"""Descriptions of columns, and a picture of figures that stand beside it."""
PAGES = """
    query Pages {
        assetNodes {
            assetKey { path }
            byMonth: latestMaterializationByPartition(partitions: MONTHS) { partition runId ...figures }
            assetMaterializations(limit: 1) { partition runId ...figures }
            assetChecksOrError {
                ... on AssetChecks {
                    checks { name executionForLatestMaterialization { status evaluation { ...figuresOfCheck } } }
                }
            }
        }
    }
    fragment figures on MaterializationEvent { metadataEntries { ...entry } }
    fragment figuresOfCheck on AssetCheckEvaluation { metadataEntries { ...entry } }
    fragment entry on MetadataEntry {
        label
        ... on IntMetadataEntry { intRepr }
        ... on FloatMetadataEntry { floatValue }
        ... on TextMetadataEntry { text }
        ... on TableMetadataEntry { table { records } }
    }
""".replace("MONTHS", json.dumps(MONTHS))
Metadata = Mapping[str, Any]


class CommandLine:
    """What the command line says of an installation, asked once."""

    def __init__(self, place: Installation) -> None:
        self.place = place
        self.transactions = place.json("transactions", "list", "--all")["transactions"]
        self.loads = place.json("loads", "list", "--all")["loads"]
        alerts = place.json("alerts", "list", "--all")["alerts"]
        self.alerts = [each for each in alerts if each["status"] in ("OPEN", "ACKNOWLEDGED")]
        self.resolved = [each for each in alerts if each["status"] == "RESOLVED"]
        self.runs = place.json("runs", "list", "--limit", "1000")["runs"]
        self.counts = place.json("status")["counts"]
        self.findings = Counter(
            {
                (analyzer, month, severity): count
                for analyzer, month, severity, count in self.sql(
                    "SELECT analyzer, month, severity, count(*) FROM findings GROUP BY ALL"
                )
            }
        )

    def sql(self, query: str) -> list[list[Any]]:
        found: list[list[Any]] = self.place.json("sql", query)["rows"]
        return found

    def of_ledger(self, month: str) -> dict[str, Any]:
        """What the page of the ledger should say of a month."""
        mine = [each for each in self.transactions if each["date"].startswith(month)]
        currencies = sorted({each["currency"] for each in mine})
        kinds = Counter(each["type"] for each in mine)
        amounts = {
            (currency, kind): sum(
                (Decimal(each["amount"]) for each in mine if (each["currency"], each["type"]) == (currency, kind)),
                Decimal(0),
            )
            for currency in currencies
            for kind in TYPES
        }
        said: dict[str, Any] = {
            "dagster/partition_row_count": len(mine),
            "organizations": len({each["organization"] for each in mine}),
            **{f"{kind}_rows": kinds[kind] for kind in TYPES},
            **{f"{kind}_{currency.lower()}": float(amount) for (currency, kind), amount in amounts.items()},
            "amounts": [
                {
                    "currency": currency,
                    "rows": sum(each["currency"] == currency for each in mine),
                    **{kind: shown(amounts[currency, kind], currency) for kind in TYPES},
                }
                for currency in currencies
            ],
        }
        vendors = self.top_vendors(month)
        return said | ({"top_vendors": vendors} if vendors else {})

    def top_vendors(self, month: str) -> list[dict[str, Any]]:
        paid: dict[tuple[str, str], list[dict[str, Any]]] = {}
        for each in self.transactions:
            if each["type"] == "expense" and each["date"].startswith(month):
                paid.setdefault((each["currency"], each["vendor"]), []).append(each)
        totals = {key: sum((Decimal(each["amount"]) for each in rows), Decimal(0)) for key, rows in paid.items()}
        order = sorted(totals, key=lambda key: (key[0] != "USD", -totals[key], key))  # most organizations have dollars
        return [
            {
                "vendor": vendor,
                "currency": currency,
                "amount": shown(totals[currency, vendor], currency),
                "payments": len(paid[currency, vendor]),
                "organizations": len({each["organization"] for each in paid[currency, vendor]}),
            }
            for currency, vendor in order
        ]

    def of_findings(self, analyzer: str, month: str) -> dict[str, Any]:
        by_severity = {severity: self.findings[analyzer, month, severity] for severity in SEVERITIES}
        return {"dagster/partition_row_count": sum(by_severity.values())} | {
            f"findings_{severity.lower()}": count for severity, count in by_severity.items()
        }

    def of_alerts(self, analyzer: str | None, month: str) -> dict[str, Any]:
        mine = [each for each in self.alerts if each["month"] == month and analyzer in (None, each["analyzer"])]
        by_severity = Counter(each["severity"] for each in mine)
        said: dict[str, Any] = {"dagster/partition_row_count": len(mine)} | {
            f"unresolved_{severity.lower()}": by_severity[severity] for severity in SEVERITIES
        }
        if analyzer is not None:
            return said | self.of_decisions(analyzer, month)
        said["ranked"] = [
            {name: each[name] for name in ("number", "severity", "title", "status")}
            | {"currency": currency, "amount": shown(Decimal(each["amount"]), currency)}
            for each in mine
            for currency in [ORGANIZATIONS[each["organization"]][0]]
        ]
        return said

    def of_decisions(self, analyzer: str, month: str) -> dict[str, int]:
        """What people decided of alerts; the one that is resolved here was a true finding."""
        outcomes = [each["outcome"] for each in self.resolved if (each["month"], each["analyzer"]) == (month, analyzer)]
        counts = {f"resolved_{outcome}": outcomes.count(outcome) for outcome in ("fixed", "accepted", "false_positive")}
        return counts | ({"precision_percent": 100} if "fixed" in outcomes else {})

    def of_loads(self) -> dict[str, Any]:
        bytes_by_load = dict(self.sql("SELECT load_id, bytes FROM loads"))
        return {
            "files": len(self.loads),
            "bytes": sum(bytes_by_load[each["load_id"]] for each in self.loads),
            "newest": [
                {name: each[name] for name in ("organization", "file")}
                | {"bytes": bytes_by_load[each["load_id"]], "received_at": to_the_second(each["received_at"])}
                for each in sorted(
                    sorted(self.loads, key=lambda each: (each["organization"], each["file"])),
                    key=lambda each: str(each["received_at"]),
                    reverse=True,
                )
            ],
        }

    def of_validated_transactions(self) -> dict[str, Any]:
        out = len(self.place.json("transactions", "list", "--voided", "--all")["transactions"])
        return {
            "dagster/row_count": self.counts["ledger_rows"] + out,
            **{
                f"files_{status.lower()}": self.counts["loads"][status]
                for status in ("ACCEPTED", "REJECTED", "HELD", "FAILED", "WITHDRAWN")
            },
            "rows_taken_out": out,
            "rows_refused": sum(each["rejected"] for each in self.loads),
            "rows_blank": sum(each["blank"] for each in self.loads),
        }

    def of_reports(self) -> dict[str, Any]:
        said: dict[str, Any] = {}
        for report in REPORTS:
            answer = self.place.json("report", report.name, "--limit", "20")["report"]
            (group,) = answer["groups"]
            said[f"{report.name}_{report.ranked_by}"] = group["figures"][report.ranked_by]
            said[f"{report.name}_verdict"] = group["verdict"]
            said[f"{report.name}_rows"] = [rounded(row) for row in group["rows"]]
        by_organization = self.place.json("report", "benford_first_two", "--by", "organization")["report"]["groups"]
        said["benford_first_two_by_organization"] = [
            rounded({"organization": group["organization"], **group["figures"]}) for group in by_organization
        ]
        return said


def shown(amount: Decimal, currency: str) -> str:
    decimals = dict(ORGANIZATIONS.values())[currency]
    return f"{amount:,.{decimals}f}"


def rounded(row: Metadata) -> dict[str, Any]:
    return {name: round(value, 5) if isinstance(value, float) else value for name, value in row.items()}


def to_the_second(moment: str) -> str:
    return f"{moment[:10]} {moment[11:19]}Z"


@contextmanager
def webserver(place: Installation) -> Iterator[int]:
    """Dagster's webserver on the installation, without the daemon: nothing starts by itself. Its port."""
    port = free_port()
    command = [sys.executable, "-W", "ignore", "-m", "dagster_webserver", "--port", str(port)]
    said = place.home.settings.home / "webserver.log"
    with said.open("wb") as log:
        server = subprocess.Popen(
            [*command, "--workspace", str(packaged("workspace.yaml"))],
            env={**place.environment, **environment(place.home)},
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    try:
        for _ in range(1200):
            if "Serving dagster-webserver" in said.read_text(encoding="utf-8", errors="replace"):
                break
            assert server.poll() is None, said.read_text(encoding="utf-8", errors="replace")
            time.sleep(0.1)
        yield port
    finally:
        server.terminate()
        server.wait(timeout=60)


def figures(event: Any) -> dict[str, Any]:
    """The metadata of one event by label; tables as lists of rows."""
    found: dict[str, Any] = {}
    for entry in event["metadataEntries"]:
        if "table" in entry:
            found[entry["label"]] = [row.get("data", row) for row in map(json.loads, entry["table"]["records"])]
        elif "intRepr" in entry:
            found[entry["label"]] = int(entry["intRepr"])
        else:
            found[entry["label"]] = entry.get("floatValue", entry.get("text"))
    return found


def of_all(said: Metadata) -> dict[str, Any]:
    """What is said of all organizations."""
    return {label: value for label, value in said.items() if not label.endswith(OF_RUN) and label not in NO_FIGURES}


@pytest.fixture(scope="module")
def place() -> Iterator[Installation]:
    """Three organizations that delivered, people who worked on alerts, then a delivery of one of them."""
    with installation() as fresh:
        for slug, (currency, decimals) in ORGANIZATIONS.items():
            fresh.add_organization(slug, currency, decimals)
        inbox = fresh.home.settings.home / "delivered"
        for slug, amount in zip(ORGANIZATIONS, ("640.10", "90.25", "7.125"), strict=True):
            (inbox / slug).mkdir(parents=True)
            (inbox / slug / "first.csv").write_text(
                rows(
                    *(f"2025-01-{day:02},Paper,10.00,," for day in range(1, 26, 5)),
                    f"2025-01-03,Print,{amount},,",
                    f"2025-01-04,Print,{amount},,",
                    f"2025-02-07,Paint of {slug},{amount},,",
                    f"2025-02-08,Paint of {slug},{amount},,",
                    "2025-02-09,,1.00,,",
                    "2025-03-05,Sales,1000,Revenue,",
                    f"2025-04-05,Print,{amount},,",
                )
            )
        with (inbox / "anna" / "first.csv").open("a") as file:  # as many as it takes to look at the digits
            file.writelines(f"2025-06-05,Figures,{amount}.00,,\n" for amount in range(10, 340))
        assert fresh.run("import", "--inbox", inbox, "--on-invalid", "quarantine").returncode == 0
        first, second = fresh.json("alerts", "list", "--month", "2025-02")["alerts"][:2]
        assert fresh.run("alerts", "ack", first["number"]).returncode == 0
        assert fresh.run("alerts", "resolve", second["number"], "--outcome", "fixed").returncode == 0
        for name, text in {
            "more.csv": rows("2025-02-10,Builder,9000.00,,", "2025-02-11,Builder,9000.00,,", "2025-03-05,Print,3.00,,"),
            "bad.csv": rows("2025-02-12,,5.00,,"),
        }.items():
            (fresh.home.settings.home / name).write_text(text)
        files = [fresh.home.settings.home / name for name in ("more.csv", "bad.csv")]
        assert fresh.run("import", *files, "--org", "boris").returncode == 5
        yield fresh


@pytest.fixture(scope="module")
def pages(place: Installation) -> dict[str, Any]:
    """What the pages of all assets say, by the asset's key."""
    definitions = build_definitions(home=place.home, progress=no_progress)
    for job in ("forensic_reports", "verify_audit"):
        assert definitions.resolve_job_def(job).execute_in_process(instance=instance_of(place.home)).success
    with webserver(place) as port:
        return {"/".join(node["assetKey"]["path"]): node for node in ask(port, PAGES)["assetNodes"]}


@pytest.fixture(scope="module")
def command_line(place: Installation, pages: object) -> CommandLine:
    """Asked after the pages: verifying the audit log appends to it."""
    assert pages
    return CommandLine(place)


def test_every_asset_has_a_page_that_is_looked_at_here(pages: dict[str, Any]) -> None:
    assert set(pages) == {
        "raw_loads",
        "validated_transactions",
        "ledger",
        *(f"findings/{analyzer.name}" for analyzer in BUILT_IN),
        *(f"alerts/{analyzer.name}" for analyzer in BUILT_IN),
        "alerts",
        "signals",
        "cases",
        "forensic_reports",
        "audit_log",
        "operations",  # by test_operations, against what ``status`` tells
    }


def by_month(pages: dict[str, Any], asset: str) -> dict[str, dict[str, Any]]:
    """What the page of an asset says of each month that it says anything of."""
    return {each["partition"]: of_all(figures(each)) for each in pages[asset]["byMonth"] if each is not None}


def test_the_months_of_the_ledger_are_what_its_transactions_come_to(
    pages: dict[str, Any], command_line: CommandLine
) -> None:
    said = by_month(pages, "ledger")
    assert said == {month: command_line.of_ledger(month) for month in said}
    assert {"2025-01", "2025-02", "2025-03", "2025-04", "2025-06"} <= set(said)
    (last,) = pages["ledger"]["assetMaterializations"]
    assert figures(last)["amounts_by_month_as_of_run"] == [
        {"month": month, **row}
        for month in sorted(MONTHS, reverse=True)
        if month <= last["partition"]
        for row in command_line.of_ledger(month)["amounts"]
    ]


@pytest.mark.parametrize("analyzer", [each.name for each in BUILT_IN])
def test_the_months_of_an_analyzer_are_its_findings_and_alerts_of_all(
    pages: dict[str, Any], command_line: CommandLine, analyzer: str
) -> None:
    found = by_month(pages, f"findings/{analyzer}")
    analysed = {month: said for month, said in found.items() if said}  # the others nobody had analysed
    assert analysed == {month: command_line.of_findings(analyzer, month) for month in analysed}
    raised = by_month(pages, f"alerts/{analyzer}")
    assert raised == {month: command_line.of_alerts(analyzer, month) for month in raised}
    with_findings = {month for name, month, _ in command_line.findings if name == analyzer}
    assert with_findings <= set(analysed) & set(raised)


def test_the_months_of_alerts_are_the_unresolved_ones_in_the_order_of_the_list(
    pages: dict[str, Any], command_line: CommandLine
) -> None:
    said = by_month(pages, "alerts")
    assert said == {month: command_line.of_alerts(None, month) for month in said}
    assert {"OPEN", "ACKNOWLEDGED"} == {row["status"] for month in said for row in said[month]["ranked"]}
    assert sum(each["dagster/partition_row_count"] for each in said.values()) == len(command_line.alerts)


def test_the_months_of_cases_are_the_lists_that_people_see(pages: dict[str, Any], command_line: CommandLine) -> None:
    said = by_month(pages, "cases")
    for month, page in said.items():
        listed = command_line.place.json("cases", "list", "--month", month, "--status", "OPEN", "--all")["cases"]
        assert (page["open"], page["dagster/partition_row_count"]) == (len(listed), len(listed)), month
    assert any(page["open"] for page in said.values())
    for page in by_month(pages, "signals").values():
        kinds = sum(count for name, count in page.items() if name.startswith("signals_"))
        assert page.get("dagster/partition_row_count", 0) == kinds


def test_files_and_their_rows_are_those_of_the_registry(pages: dict[str, Any], command_line: CommandLine) -> None:
    (received,) = pages["raw_loads"]["assetMaterializations"]
    assert of_all(figures(received)) == command_line.of_loads()
    (imported,) = pages["validated_transactions"]["assetMaterializations"]
    assert of_all(figures(imported)) == command_line.of_validated_transactions()
    assert command_line.counts["loads"] | {"HELD": 0} == {
        "RECEIVED": 0,
        "ACCEPTED": 4,
        "REJECTED": 1,
        "FAILED": 0,
        "HELD": 0,
        "WITHDRAWN": 0,
    }


def test_reports_are_those_of_the_command(pages: dict[str, Any], command_line: CommandLine) -> None:
    (made,) = pages["forensic_reports"]["assetMaterializations"]
    said, printed = of_all(figures(made)), command_line.of_reports()
    assert set(said) == set(printed)
    for label, value in said.items():
        assert value == pytest.approx(printed[label]) if isinstance(value, float) else value == printed[label], label


def test_what_is_of_the_run_says_so_and_is_that_of_the_run(pages: dict[str, Any], command_line: CommandLine) -> None:
    (imported,) = pages["validated_transactions"]["assetMaterializations"]
    of_import = {label: value for label, value in figures(imported).items() if label.endswith(OF_RUN)}
    assert [(row["organization"], row["file"], row["status"]) for row in of_import.pop("loads_in_run")] == [
        ("boris", "bad.csv", "REJECTED"),
        ("boris", "more.csv", "ACCEPTED"),
    ]
    assert of_import == {
        "files_in_run": 2,
        "files_rejected_in_run": 1,
        "files_held_in_run": 0,
        "files_failed_in_run": 0,
        "rows_accepted_in_run": 3,
        "rows_refused_in_run": 1,
        "rows_skipped_in_run": 0,
        "rows_blank_in_run": 0,
    }
    (received,) = pages["raw_loads"]["assetMaterializations"]
    assert figures(received)["waiting_files_in_run"] == 2
    for analyzer in BUILT_IN:
        (last,) = pages[f"findings/{analyzer.name}"]["assetMaterializations"]
        (run,) = (
            each
            for each in command_line.runs
            if (each["analyzer"], each["dagster_run_id"]) == (analyzer.name, last["runId"])
        )
        (said,) = figures(last)["analysis_in_run"]
        assert (said["findings"], said["analysis_runs"]) == (run["findings"], run["id"])
        (raised,) = pages[f"alerts/{analyzer.name}"]["assetMaterializations"]
        assert [row["raised"] for row in figures(raised)["alerts_in_run"]] == [run["alerts_raised"]]


def test_the_checks_say_what_status_and_audit_verify_say(
    pages: dict[str, Any], command_line: CommandLine, place: Installation
) -> None:
    checks = {
        (asset, check["name"]): check["executionForLatestMaterialization"]
        for asset, page in pages.items()
        for check in page["assetChecksOrError"]["checks"]
        if check["executionForLatestMaterialization"] is not None
    }
    failed = {key for key, execution in checks.items() if execution["status"] != "SUCCEEDED"}
    assert failed == {("raw_loads", "no_file_rejected_lately"), ("validated_transactions", "vendor_present")}
    rejected = figures(checks["raw_loads", "no_file_rejected_lately"]["evaluation"])
    assert rejected["files"] == command_line.counts["loads"]["REJECTED"]
    assert figures(checks["raw_loads", "nothing_left_waiting"]["evaluation"])["files"] == 0
    for (_, name), execution in checks.items():
        if name.startswith("every_") or name == "reconciled":
            assert figures(execution["evaluation"])["failed"] == command_line.counts["analyses_failed"] == 0
    whole = figures(checks["audit_log", "chains_whole"]["evaluation"])
    verified = place.json("audit", "verify")
    assert whole["chains"] == len(ORGANIZATIONS)
    assert verified["events"] - whole["events"] == 1  # the check itself recorded the ends of the chains
