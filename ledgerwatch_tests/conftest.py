"""A real home for the tests: embedded PostgreSQL and lake, made once a session; each test has organizations of its own."""

import itertools
import signal
import tempfile
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from ledgerwatch_pipeline.access.principal import local_operator
from ledgerwatch_pipeline.home import Home
from ledgerwatch_pipeline.importing.receive.files import receive
from ledgerwatch_pipeline.importing.receive.options import import_options
from ledgerwatch_pipeline.model.alert import AlertFilter, AlertRow, AlertStatus, Severity
from ledgerwatch_pipeline.model.load import LoadRow, OnInvalid
from ledgerwatch_pipeline.model.month import Month
from ledgerwatch_pipeline.model.organization import Organization
from ledgerwatch_pipeline.model.row_issue import IssueKind, RowIssue
from ledgerwatch_pipeline.settings import Settings
from ledgerwatch_pipeline.stores.lake import row_issues
from ledgerwatch_pipeline.stores.postgres import alerts, loads, organizations, runs
from ledgerwatch_tests import template
from ledgerwatch_tests.steps import analyse, import_these
from ledgerwatch_tests.template import make_home

TESTER = local_operator("test")
HEADER = "date,vendor,amount,category,description\n"


def pytest_configure() -> None:
    """Also in pytest-xdist's workers, which find the folder reserved. A shell ignores SIGINT in what it runs in the background,
    and so would every process of a test, which some tests end by it."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    template.reserve()


def pytest_unconfigure(config: pytest.Config) -> None:
    """The run's end; a worker's end is not."""
    if not hasattr(config, "workerinput"):
        template.remove()


@pytest.fixture(scope="session")
def home() -> Iterator[Home]:
    with tempfile.TemporaryDirectory(prefix="lw-", ignore_cleanup_errors=True) as folder:
        make_home(Path(folder))
        opened = Home(Settings(home=Path(folder), threads=1))  # a core for each of pytest's workers
        yield opened
        opened.close()


class Tenant:
    """One organization of a test, and the whole way of its files to alerts."""

    numbers = itertools.count(1)

    def __init__(self, home: Home, folder: Path, currency: str = "USD", currency_decimals: int = 2) -> None:
        self.home = home
        self.folder = folder
        self.id = uuid4()
        self.slug = f"tenant-{next(self.numbers):05}"  # their order is the order they were made in, past nine too
        self.files = itertools.count(1)
        organization = Organization(self.id, self.slug, f"Tenant {self.slug}", currency, currency_decimals)
        with home.database.transaction() as connection:
            organizations.add(connection, organization, TESTER)

    def write(self, content: str | bytes, name: str | None = None) -> Path:
        path = self.folder / (name or f"file-{next(self.files)}.csv")
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def deliver(
        self, content: str | bytes, name: str | None = None, *, on_invalid: str = "reject", profile: str | None = None
    ) -> LoadRow:
        """Import one file and return its row of the registry."""
        return self.deliver_file(self.write(content, name), on_invalid, profile)[0]

    def deliver_file(self, path: Path, on_invalid: str = "reject", profile: str | None = None) -> tuple[LoadRow, bool]:
        """Import one file; its row of the registry, and whether it was new."""
        options = import_options(self.home.settings.profiles, profile, OnInvalid(on_invalid))
        (receipt,) = receive(self.home, [path], self.slug, options, TESTER)
        import_these(self.home, TESTER, [receipt.load_id])
        return self.load(receipt.load_id), receipt.new

    def load(self, load_id: UUID) -> LoadRow:
        with self.home.database.transaction() as connection:
            return loads.by_ids(connection, [load_id])[load_id]

    def issues(self, load: LoadRow, kind: IssueKind = IssueKind.REJECTED) -> list[RowIssue]:
        return row_issues.of_loads(self.home.lake.con, [load], None, (kind,)).get(load.id, [])

    def bad_rows(self, load: LoadRow) -> list[tuple[int, str, str]]:
        return [(issue.row, issue.column, issue.rule) for issue in self.issues(load)]

    def analyze(self, *names: str) -> None:
        """Do what is due for this organization: of these analyzers, or of all, and rank."""
        analyse(self.home, self.id, names)

    def alerts(self, analyzer: str, *statuses: AlertStatus) -> list[AlertRow]:
        wanted = AlertFilter(statuses or (AlertStatus.OPEN, AlertStatus.ACKNOWLEDGED), self.id, analyzer)
        with self.home.database.transaction() as connection:
            return list(alerts.ranked(connection, wanted, TESTER, limit=None, after=None))

    def findings(self, analyzer: str) -> list[tuple[str, str, Decimal]]:
        """month, severity and amount at stake of each finding."""
        with self.home.database.transaction() as connection:
            holding = {(each.month.first_day, each.run_id) for each in runs.current(connection, analyzer, [self.id])}
        found = self.home.lake.con.execute(
            "SELECT month, analysis_run_id, severity, amount FROM lake.findings"
            " WHERE analyzer = $1 AND organization_id = $2 ORDER BY month, severity, amount",
            [analyzer, self.id],
        ).fetchall()
        return [
            (str(Month.of(month)), Severity.of_rank(severity), amount)
            for month, run_id, severity, amount in found
            if (month, run_id) in holding
        ]


@pytest.fixture
def tenant(home: Home, tmp_path: Path) -> Tenant:
    return Tenant(home, tmp_path)


@pytest.fixture
def new_tenant(home: Home, tmp_path: Path) -> Callable[[], Tenant]:
    return lambda: Tenant(home, tmp_path)


def rows(*lines: str) -> str:
    return HEADER + "".join(f"{line}\n" for line in lines)
