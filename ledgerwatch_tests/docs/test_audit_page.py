"""docs/audit.md says how to verify an export without LedgerWatch: its program and that for Node are run, on a real log and on
forgeries of it, beside ``audit verify FILE``. All three have to say the same."""

import hashlib
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from ledgerwatch_pipeline.home import Home
from ledgerwatch_pipeline.model.audit import EVENT_TYPES, AuditEvent, Subject, SubjectType
from ledgerwatch_pipeline.model.audit_chain import BrokenChainError, MissingHeadError, NotAnExportError
from ledgerwatch_pipeline.model.json import JsonValue
from ledgerwatch_pipeline.pipeline.audit import exported, verify_export
from ledgerwatch_pipeline.stores.postgres import audit
from ledgerwatch_tests.conftest import TESTER, Tenant
from ledgerwatch_tests.docs.test_readme import PROJECT

PAGE = (PROJECT / "docs" / "audit.md").read_text(encoding="utf-8")
PYTHON = re.findall(r"^```python\n(.*?)^```$", PAGE, re.M | re.S)[0]
EVENTS = 8
PROGRAMS = ["python"]
if shutil.which("node") is not None:  # nothing of LedgerWatch needs it
    PROGRAMS.append("node")


@pytest.fixture(scope="module")
def chain(home: Home, tmp_path_factory: pytest.TempPathFactory) -> Tenant:
    """An organization whose events have what is hard to write: other scripts, control characters, large numbers."""
    tenant = Tenant(home, tmp_path_factory.mktemp("chain"))
    hard: dict[str, JsonValue] = {
        "näme": 'Ünï "quoted" \\ / \u007f \t \u2028 😀 ","form":1,',
        "n": 12345678901234567890,
        "z": [None, True, {"b": 1, "a": []}],
    }
    subject = Subject(SubjectType.ORGANIZATION, str(tenant.id))
    with home.database.transaction() as connection:
        event = AuditEvent("ORGANIZATION_UPDATED", "Zoë", subject, tenant.id, hard)
        audit.append(connection, [event] * (EVENTS - 1))
    return tenant


def lines_of(tenant: Tenant) -> list[str]:
    return list(exported(tenant.home, TESTER, tenant.id))


def verified(program: str, file: Path, *heads: str) -> "subprocess.CompletedProcess[str]":
    command = {
        "python": [sys.executable, "-c", PYTHON],
        "node": ["node", str(PROJECT / "examples" / "verify_audit.mjs")],
    }
    return subprocess.run([*command[program], str(file), *heads], capture_output=True, text=True)


def head_of(tenant: Tenant) -> str:
    with tenant.home.database.transaction() as connection:
        return next(each.hash for each in audit.heads(connection, TESTER) if each.chain_id == tenant.id)


@pytest.mark.parametrize("program", PROGRAMS)
def test_the_programs_find_an_export_of_all_chains_whole_and_print_the_heads(
    program: str, chain: Tenant, tmp_path: Path
) -> None:
    file = tmp_path / "events.jsonl"
    file.write_text("".join(exported(chain.home, TESTER, None)), encoding="ascii")
    done = verified(program, file, head_of(chain))
    assert (done.returncode, done.stderr) == (0, "")
    with chain.home.database.transaction() as connection:
        heads = audit.heads(connection, TESTER)
    assert set(done.stdout.splitlines()) == {f"{each.chain_id} {each.seq} {each.hash}" for each in heads}
    assert {(each.chain_id, each.seq, each.hash) for each in verify_export(file)} == {
        (each.chain_id, each.seq, each.hash) for each in heads
    }


def test_a_line_of_an_export_is_canonical_json_and_has_all_of_the_event(chain: Tenant) -> None:
    lines = lines_of(chain)
    assert len(lines) == EVENTS
    for line in lines:
        document = json.loads(line)
        assert line == json.dumps(document, sort_keys=True, separators=(",", ":")) + "\n"
        assert set(document) == {"chain", "event", "form", "hash", "previous_hash"}
    with chain.home.database.transaction() as connection:
        wanted = audit.AuditFilter(organization_id=chain.id)
        rows = list(audit.list_recent(connection, wanted, TESTER, limit=None, after=None))[::-1]
    assert [json.loads(line)["event"]["metadata"] for line in lines] == [dict(row.metadata) for row in rows]
    assert [json.loads(line)["hash"] for line in lines] == [row.hash for row in rows]


def _forged(line: str, **changes: object) -> str:
    """A line whose event says something else, and whose own hash is right again."""
    document = json.loads(line)
    document["event"] |= changes
    text = json.dumps(document["event"], sort_keys=True, separators=(",", ":"))
    document["hash"] = hashlib.sha256((document["previous_hash"] + text).encode()).hexdigest()
    return json.dumps(document, sort_keys=True, separators=(",", ":")) + "\n"


FORGERIES: dict[str, tuple[Callable[[list[str]], list[str]], int]] = {
    "altered": (lambda rows: [*rows[:3], rows[3].replace("Zo\\u00eb", "Zoe"), *rows[4:]], 4),
    "a digit of a large number": (lambda rows: [*rows[:5], rows[5].replace("67890,", "67891,"), *rows[6:]], 6),
    "altered with its hash": (lambda rows: [*rows[:3], _forged(rows[3], actor="Zoe"), *rows[4:]], 5),
    "removed": (lambda rows: rows[:3] + rows[4:], 4),
    "the first removed": (lambda rows: rows[1:], 1),
    "repeated": (lambda rows: [*rows[:4], rows[3], *rows[4:]], 5),
    "inserted": (lambda rows: [*rows[:4], _forged(rows[3], seq=5), *rows[4:]], 5),
    "reordered": (lambda rows: [*rows[:3], rows[4], rows[3], *rows[5:]], 4),
}


@pytest.mark.parametrize("program", [*PROGRAMS, "ledgerwatch"])
@pytest.mark.parametrize("forgery", FORGERIES)
def test_the_first_event_that_does_not_fit_is_named(forgery: str, program: str, chain: Tenant, tmp_path: Path) -> None:
    rows = lines_of(chain)
    forge, event = FORGERIES[forgery]
    forged = forge(rows)
    assert forged != rows
    file = tmp_path / "events.jsonl"
    file.write_text("".join(forged), encoding="ascii")
    if program == "ledgerwatch":
        with pytest.raises(BrokenChainError) as broken:
            verify_export(file)
        assert (broken.value.chain, broken.value.seq) == (str(chain.id), event)
        return
    done = verified(program, file)
    assert (done.returncode, done.stdout) == (1, "")
    assert f"chain {chain.id} is broken at event {event}" in done.stderr


@pytest.mark.parametrize("program", [*PROGRAMS, "ledgerwatch"])
def test_a_tail_that_was_cut_off_is_noticed_by_who_noted_a_head(program: str, chain: Tenant, tmp_path: Path) -> None:
    rows, noted = lines_of(chain), head_of(chain)
    file = tmp_path / "events.jsonl"
    file.write_text("".join(rows[:-2]), encoding="ascii")
    if program == "ledgerwatch":
        assert [each.seq for each in verify_export(file)] == [EVENTS - 2]  # nothing in it tells
        with pytest.raises(MissingHeadError, match=noted):
            verify_export(file, [noted])
        return
    assert verified(program, file).returncode == 0
    done = verified(program, file, noted)
    assert (done.returncode, done.stdout) == (1, "")
    assert f"no event has the hash {noted}" in done.stderr


@pytest.mark.parametrize(
    "spoil",
    [
        lambda rows: [*rows[:2], rows[2][:-9]],
        lambda rows: [*rows[:2], rows[2].replace('"event":{', '"event":{{')],
        lambda rows: [*rows[:2], "\n"],
    ],
    ids=["cut in the middle", "no JSON", "an empty line"],
)
def test_what_is_no_line_of_an_export_is_named_by_its_number(
    spoil: Callable[[list[str]], list[str]], chain: Tenant, tmp_path: Path
) -> None:
    file = tmp_path / "events.jsonl"
    file.write_text("".join(spoil(lines_of(chain))), encoding="ascii")
    with pytest.raises(NotAnExportError, match=r"^line 3 is no event of an export") as refused:
        verify_export(file)
    assert refused.value.line == 3
    for program in PROGRAMS:
        assert verified(program, file).returncode == 1


def test_the_page_names_every_type_of_event() -> None:
    named = re.search(r"^Event types: (.*?)\. An alert", PAGE, re.M | re.S)
    assert named is not None
    assert set(re.split(r",\s+", named[1])) == set(EVENT_TYPES)
