"""One description of a transaction's fields: the lake, the statements, the rules and the checks say what it says."""

import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from ledgerwatch_pipeline.home import Home
from ledgerwatch_pipeline.importing import fragments
from ledgerwatch_pipeline.importing.check.names import CHECKS
from ledgerwatch_pipeline.importing.check.rules import RULES
from ledgerwatch_pipeline.importing.check.suite import suite
from ledgerwatch_pipeline.importing.stage import Days
from ledgerwatch_pipeline.model.month import Month
from ledgerwatch_pipeline.model.transaction import FIELDS
from ledgerwatch_tests.docs.test_readme import PROJECT


def test_the_lake_has_the_fields(home: Home) -> None:
    described = home.lake.con.execute("DESCRIBE lake.transactions").fetchall()
    columns = {name: (kind.replace(",", ", "), nullable == "YES") for name, kind, nullable, *_ in described}
    assert columns == {each.name: (each.sql_type, each.nullable) for each in FIELDS}


def test_staging_names_every_rule_of_a_field_and_no_other() -> None:
    named = set(re.findall(r"'([a-z]+(?:_[a-z]+)+)'", fragments.stage()))
    elsewhere = {"fields_missing", "fields_extra", "external_id_differs"}  # the reader's, and decide's
    assert named - {"not_booked"} == {rule.name for rule in RULES} - elsewhere


def test_every_check_has_its_expectation_and_every_expectation_its_check() -> None:
    expectations = suite(Days(Month(2020, 1), date(2024, 1, 1)), {"USD"}).expectations
    assert [each.meta["name"] for each in expectations if each.meta] == list(CHECKS)


NEW_FIELD = """
import importlib.util, sys
from pathlib import Path

project, folder = Path(sys.argv[1]), Path(sys.argv[2])
path = project / "ledgerwatch_pipeline" / "model" / "transaction.py"
source = path.read_text()
marker = '    _text("account",'
assert source.count(marker) == 1
source = source.replace(marker, '    _text("project", "Which project it belongs to.", 5),\\n' + marker)
spec = importlib.util.spec_from_file_location("ledgerwatch_pipeline.model.transaction", path)
module = importlib.util.module_from_spec(spec)
sys.modules[spec.name] = module
exec(compile(source, str(path), "exec"), module.__dict__)

from ledgerwatch_pipeline.home import Home
from ledgerwatch_pipeline.settings import Settings
from ledgerwatch_tests.conftest import Tenant

before = Home(Settings(home=folder / "h"))
before.lake.con.execute("ALTER TABLE lake.transactions DROP COLUMN project")
before.close()
home = Home(Settings(home=folder / "h"))
tenant = Tenant(home, folder)
profile = tenant.write('[columns]\\ndate = "date"\\nvendor = "vendor"\\namount = "amount"\\nproject = "Project"\\n', "p.toml")
load = tenant.deliver(
    "date,vendor,amount,project\\n2024-03-01,Acme,1.00, Alpha \\n2024-03-01,Acme,2.00,\\n2024-03-01,Acme,3.00,too long\\n",
    on_invalid="quarantine",
    profile=str(profile),
)
print(load.status, load.accepted, load.rules)
print([(issue.row, issue.column, issue.value, issue.message) for issue in tenant.issues(load)])
print(home.lake.con.execute("SELECT amount, project FROM lake.transactions ORDER BY 1").fetchall())
home.close()
"""


@pytest.fixture
def short_folder() -> Iterator[Path]:
    """Its path is short: it holds a socket."""
    with tempfile.TemporaryDirectory(prefix="lw-", ignore_cleanup_errors=True) as folder:
        yield Path(folder)


@pytest.mark.slow
def test_a_new_text_field_is_one_entry(short_folder: Path) -> None:
    """One line more in the description: profiles, staging, rules, the suite and the lake follow, also a lake of before."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", NEW_FIELD, str(PROJECT), str(short_folder)],
        capture_output=True,
        text=True,
        cwd=PROJECT,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        "ACCEPTED 2 {'project_length': 1}",
        "[(4, 'project', 'too long', 'the project is longer than 5 characters')]",
        "[(Decimal('1.0000'), 'Alpha'), (Decimal('2.0000'), None)]",
    ]
