"""docs/audit.md says how to verify an export without LedgerWatch: its statement and its program are run, on a real log."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import text

from ledgerwatch_pipeline.home import Home
from ledgerwatch_pipeline.model.audit import EVENT_TYPES, AuditEvent, Subject, SubjectType
from ledgerwatch_pipeline.model.json import JsonValue
from ledgerwatch_pipeline.stores.postgres import audit
from ledgerwatch_tests.conftest import TESTER, Tenant
from ledgerwatch_tests.docs.test_readme import PROJECT

PAGE = (PROJECT / "docs" / "audit.md").read_text(encoding="utf-8")
FENCES: dict[str, str] = dict(re.findall(r"^```(\w+)\n(.*?)^```$", PAGE, re.M | re.S))


@pytest.fixture
def export(home: Home, tmp_path: Path) -> Path:
    """The export of a log whose events have what is hard to write: other scripts, control characters, large numbers."""
    tenant = Tenant(home, tmp_path)
    hard: dict[str, JsonValue] = {
        "näme": 'Ünï "quoted" \\ / \u007f \t \u2028 😀',
        "n": 12345678901234567890,
        "z": [None, True, {"b": 1, "a": []}],
    }
    subject = Subject(SubjectType.ORGANIZATION, str(tenant.id))
    with home.database.transaction() as connection:
        audit.append(connection, [AuditEvent("ORGANIZATION_UPDATED", "Zoë", subject, tenant.id, hard)])
    with home.database.transaction() as connection:
        audit.record_heads(connection, TESTER)
    file = tmp_path / "events.jsonl"
    with home.database.transaction() as connection:
        lines = connection.execute(text(FENCES["sql"].rstrip().rstrip(";").replace(":MI:SS", "\\:MI\\:SS"))).scalars()
        file.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return file


def verified(export: Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([sys.executable, "-c", FENCES["python"], str(export)], capture_output=True, text=True)


def test_the_program_finds_the_export_whole_and_prints_the_heads(home: Home, export: Path) -> None:
    done = verified(export)
    assert (done.returncode, done.stderr) == (0, "")
    with home.database.transaction() as connection:
        heads = audit.heads(connection, TESTER)
    assert set(done.stdout.splitlines()) == {f"{each.chain_id} {each.seq} {each.hash}" for each in heads}


def test_the_program_finds_a_changed_event(export: Path) -> None:
    export.write_text(export.read_text(encoding="utf-8").replace("Zo\\u00eb", "Zoe", 1), encoding="utf-8")
    done = verified(export)
    assert done.returncode == 1
    assert "is broken at event 2" in done.stderr


def test_the_page_names_every_type_of_event() -> None:
    named = re.search(r"^Event types: (.*?)\. An alert", PAGE, re.M | re.S)
    assert named is not None
    assert set(re.split(r",\s+", named[1])) == set(EVENT_TYPES)
