"""The inbox: every new file of every organization's folder in one run, each on its own, and once."""

import errno
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from ledgerwatch_pipeline.cli.context import Context
from ledgerwatch_pipeline.cli.main import cli
from ledgerwatch_pipeline.home import Home
from ledgerwatch_pipeline.importing.receive.files import receive
from ledgerwatch_pipeline.importing.receive.folder import FolderInbox
from ledgerwatch_pipeline.importing.receive.inbox import receive_inbox
from ledgerwatch_pipeline.model.errors import UsageError
from ledgerwatch_pipeline.model.load import ImportOptions
from ledgerwatch_pipeline.stores.postgres import audit
from ledgerwatch_tests.conftest import TESTER, Tenant, rows
from ledgerwatch_tests.steps import analyse_due

GOOD = rows("2024-03-01,Acme,1.00,Office,x")
BAD = rows("2024-03-01,,1.00,Office,x")


class Inbox:
    """A folder of deliveries, and the command that imports it."""

    def __init__(self, home: Home, folder: Path) -> None:
        self.home = home
        self.folder = folder
        folder.mkdir()

    def put(self, name: str, content: str) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
        return path

    def run(self, *options: str) -> tuple[int, dict[str, dict[str, Any]]]:
        """Exit code, and what became of each file by ``organization/file``."""
        code, output = command(self.home, "import", "--inbox", str(self.folder), "--json", "--no-analyze", *options)
        loads = json.loads(output)["loads"]
        return code, {f"{load['organization']}/{load['file']}": load for load in loads}


def command(home: Home, *arguments: str) -> tuple[int, str]:
    context = Context()
    context.__dict__.update(home=home, settings=home.settings)
    result = CliRunner().invoke(cli, arguments, obj=context, standalone_mode=False)
    if result.exception is not None:
        raise result.exception
    return result.return_value or 0, result.stdout


@pytest.fixture
def inbox(home: Home, tmp_path: Path) -> Inbox:
    return Inbox(home, tmp_path / "inbox")


def statuses(loads: dict[str, dict[str, Any]]) -> dict[str, str]:
    return {name: load["status"] for name, load in loads.items()}


def test_files_of_all_organizations_are_imported_in_one_run_and_left_in_place(
    inbox: Inbox, new_tenant: Callable[[], Tenant]
) -> None:
    one, two = new_tenant().slug, new_tenant().slug
    delivered = [
        inbox.put(f"{one}/a.csv", GOOD),
        inbox.put(f"{one}/2024/march/b.csv", rows("2024-03-02,Acme,2.00,Office,x")),
        inbox.put(f"{two}/a.csv", GOOD),
    ]
    code, loads = inbox.run()
    assert code == 0
    assert statuses(loads) == dict.fromkeys((f"{one}/2024/march/b.csv", f"{one}/a.csv", f"{two}/a.csv"), "ACCEPTED")
    assert all(path.exists() for path in delivered)


def test_names_that_begin_with_a_dot_are_not_looked_at(inbox: Inbox, tenant: Tenant) -> None:
    for name in (f"{tenant.slug}/.half.csv", f"{tenant.slug}/.tmp/a.csv", ".trash/a.csv", ".ds"):
        inbox.put(name, GOOD)
    assert inbox.run() == (3, {})


def test_a_bad_file_does_not_stop_the_others(inbox: Inbox, tenant: Tenant) -> None:
    inbox.put(f"{tenant.slug}/a.csv", BAD)
    inbox.put(f"{tenant.slug}/b.csv", GOOD)
    inbox.put(f"{tenant.slug}/c.xyz", "of no format\n")
    code, loads = inbox.run()
    assert code == 5
    assert list(statuses(loads).values()) == ["REJECTED", "ACCEPTED", "REJECTED"]
    assert [error["rule"] for error in loads[f"{tenant.slug}/a.csv"]["errors"]] == ["vendor_required"]


def test_a_folder_of_no_organization_is_reported_and_registers_nothing(inbox: Inbox, tenant: Tenant) -> None:
    close = tenant.slug + "x"
    inbox.put(f"{close}/a.csv", GOOD)
    inbox.put(f"{tenant.slug}/a.csv", GOOD)
    inbox.put("stray.csv", GOOD)
    with inbox.home.database.transaction() as connection:
        before = audit.count(connection)
    code, loads = inbox.run()
    assert code == 5
    assert loads[f"{tenant.slug}/a.csv"]["status"] == "ACCEPTED"
    unknown = loads[f"{close}/a.csv"]
    assert (unknown["status"], unknown["load_id"]) == ("REJECTED", None)
    assert f"unknown organization {close!r}; known: {tenant.slug}" in unknown["reason"]
    assert "lies in no organization's folder" in loads["None/stray.csv"]["reason"]
    with inbox.home.database.transaction() as connection:
        number = audit.count(connection) - before
        events = audit.list_recent(connection, audit.AuditFilter(), TESTER, limit=number, after=None)
        assert [event.event_type for event in events] == ["TRANSACTIONS_IMPORTED", "LOAD_RECEIVED"]


def test_the_same_inbox_again_imports_nothing(inbox: Inbox, tenant: Tenant) -> None:
    inbox.put(f"{tenant.slug}/a.csv", GOOD)
    assert inbox.run()[0] == 0
    code, loads = inbox.run()
    assert (code, loads[f"{tenant.slug}/a.csv"]["status"]) == (3, "ALREADY_IMPORTED")
    inbox.put(f"{tenant.slug}/b.csv", rows("2024-03-02,Acme,2.00,Office,x"))
    code, loads = inbox.run()
    assert (code, sorted(statuses(loads).values())) == (0, ["ACCEPTED", "ALREADY_IMPORTED"])


@pytest.mark.slow
def test_a_rejected_file_is_not_new_but_other_options_or_its_name_try_it_again(inbox: Inbox, tenant: Tenant) -> None:
    path = inbox.put(f"{tenant.slug}/a.csv", GOOD + "2024-03-02,,1.00,Office,x\n")
    name = f"{tenant.slug}/a.csv"
    assert inbox.run()[0] == 5
    code, loads = inbox.run()
    assert (code, loads[name]["status"]) == (3, "ALREADY_REJECTED")
    assert "1 of 2 rows break a rule" in loads[name]["reason"]
    assert command(inbox.home, "import", str(path), "--org", tenant.slug)[0] == 5
    code, loads = inbox.run("--on-invalid", "quarantine")
    assert (code, loads[name]["accepted"]) == (0, 1)


def test_the_same_bytes_twice_in_one_delivery_are_one_load(inbox: Inbox, tenant: Tenant) -> None:
    inbox.put(f"{tenant.slug}/a.csv", GOOD)
    inbox.put(f"{tenant.slug}/b.csv", GOOD)
    code, loads = inbox.run()
    assert (code, list(statuses(loads).values())) == (0, ["ACCEPTED", "ALREADY_IMPORTED"])
    assert f"already imported as a.csv, load {loads[f'{tenant.slug}/a.csv']['load_id']}" in str(loads)


def test_a_file_that_cannot_be_read_is_reported(inbox: Inbox, tenant: Tenant) -> None:
    inbox.put(f"{tenant.slug}/a.csv", GOOD)
    (inbox.folder / tenant.slug / "gone.csv").symlink_to(inbox.folder / "nowhere")
    os.mkfifo(inbox.folder / tenant.slug / "pipe.csv")
    code, loads = inbox.run()
    assert code == 5
    assert loads[f"{tenant.slug}/a.csv"]["status"] == "ACCEPTED"
    assert "cannot be read: No such file" in loads[f"{tenant.slug}/gone.csv"]["reason"]
    assert "is not a file" in loads[f"{tenant.slug}/pipe.csv"]["reason"]


def receive_all(inbox: Inbox) -> tuple[list[str], dict[str, str]]:
    """What a look into the inbox receives, and what it refuses: file → reason."""
    receipt = receive_inbox(inbox.home, FolderInbox(inbox.folder), ImportOptions(), TESTER)
    return [each.file for each in receipt.receipts], {each.file: each.reason for each in receipt.refused}


def test_a_name_that_is_not_utf8_is_refused_and_nobody_else_is_kept_waiting(
    inbox: Inbox, new_tenant: Callable[[], Tenant]
) -> None:
    one, two = new_tenant().slug, new_tenant().slug
    inbox.put(f"{one}/a.csv", GOOD)
    inbox.put(f"{two}/z.csv", GOOD)
    for latin1 in (f"{one}/café.csv", f"{one}/café/b.csv", "société/c.csv"):
        inbox.put(os.fsdecode(latin1.encode("latin-1")), GOOD)
    received, refused = receive_all(inbox)
    assert received == ["a.csv", "z.csv"]
    assert refused.keys() == {"caf\\xe9.csv", "caf\\xe9/b.csv", "c.csv"}
    assert refused["caf\\xe9.csv"] == "the file's name is not UTF-8 (caf\\xe9.csv); rename it"
    assert "unknown organization" in refused["c.csv"]
    "".join([*refused, *refused.values()]).encode("utf-8")  # what can be printed and kept


def test_a_name_that_is_not_utf8_is_refused_on_the_command_line_too(home: Home, tenant: Tenant) -> None:
    path = tenant.folder / os.fsdecode("café.csv".encode("latin-1"))
    path.write_text(GOOD)
    with pytest.raises(UsageError, match=r"not UTF-8 \(caf\\xe9\.csv\)"):
        receive(home, [path], tenant.slug, ImportOptions(), TESTER)


def test_control_characters_in_a_name_are_no_reason_to_refuse_it(inbox: Inbox, tenant: Tenant) -> None:
    inbox.put(f"{tenant.slug}/a\x1b[2J\n.csv", GOOD)
    assert receive_all(inbox) == (["a\x1b[2J\n.csv"], {})


def test_a_folder_that_cannot_be_looked_into_is_refused_by_name(
    inbox: Inbox, new_tenant: Callable[[], Tenant], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Refused by a stand-in for the operating system: whoever runs the tests may be allowed everything."""
    one, two = new_tenant().slug, new_tenant().slug
    inbox.put(f"{one}/a.csv", GOOD)
    inbox.put(f"{one}/private/b.csv", GOOD)
    inbox.put(f"{two}/c.csv", GOOD)
    scandir = os.scandir

    def forbidding(path: Any) -> Any:
        if Path(path).name == "private":
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", forbidding)
    received, refused = receive_all(inbox)
    assert received == ["a.csv", "c.csv"]
    assert list(refused) == ["private"]
    assert "private cannot be read: Permission denied" in refused["private"]


def test_a_link_may_lead_to_a_file_and_no_further(inbox: Inbox, tenant: Tenant, tmp_path: Path) -> None:
    inbox.put(f"{tenant.slug}/a.csv", GOOD)
    (tmp_path / "elsewhere.csv").write_text(BAD)
    (inbox.folder / tenant.slug / "linked.csv").symlink_to(tmp_path / "elsewhere.csv")
    (inbox.folder / tenant.slug / "round").symlink_to(inbox.folder)
    (inbox.folder / tenant.slug / "self.csv").symlink_to(inbox.folder / tenant.slug / "self.csv")
    received, refused = receive_all(inbox)
    assert received == ["a.csv", "linked.csv"]
    assert list(refused) == ["self.csv"]


def test_without_a_folder_the_homes_own_inbox_is_meant(home: Home, tenant: Tenant) -> None:
    path = home.settings.inbox / tenant.slug / "a.csv"
    with pytest.raises(UsageError, match="there is no inbox"):
        command(home, "import", "--inbox")
    path.parent.mkdir(parents=True)
    path.write_text(GOOD, encoding="utf-8")
    code, output = command(home, "import", "--inbox", "--json", "--no-analyze")
    assert (code, [load["status"] for load in json.loads(output)["loads"]]) == (0, ["ACCEPTED"])


WRONG = {
    "files and inbox": (("a.csv", "--inbox", "in"), "either FILES and --org, or --inbox"),
    "org and inbox": (("--org", "acme", "--inbox", "in"), "either FILES and --org, or --inbox"),
    "nothing": ((), "nothing to import"),
    "files without org": (("a.csv",), "FILES need --org"),
}


@pytest.mark.parametrize("what", WRONG)
def test_wrong_usage_is_named(home: Home, what: str) -> None:
    arguments, message = WRONG[what]
    with pytest.raises(UsageError, match=message):
        command(home, "import", *arguments)


def test_looking_into_a_known_inbox_imports_neither_dagster_nor_great_expectations(
    inbox: Inbox, tenant: Tenant
) -> None:
    inbox.put(f"{tenant.slug}/a.csv", GOOD)
    inbox.run()
    analyse_due(inbox.home)  # what other tests left, too: the command would do it
    script = (
        "import sys; from ledgerwatch_pipeline.cli.main import cli;"
        f"code = cli.main(['import', '--inbox', {str(inbox.folder)!r}, '--json'], standalone_mode=False);"
        "print(sorted({'duckdb', 'dagster', 'great_expectations', 'pandas', 'botocore'} & set(sys.modules)), file=sys.stderr);"
        "sys.exit(code)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        env={**os.environ, "LEDGERWATCH_HOME": str(inbox.home.settings.home)},
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stderr) == (3, "[]\n")
