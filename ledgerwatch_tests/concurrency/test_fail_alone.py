"""Twenty organizations of which four are in trouble, each in another way: the others are complete, the four are named."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from ledgerwatch_pipeline.analysis.registry import BUILT_IN
from ledgerwatch_pipeline.importing.receive.archive import archive_path
from ledgerwatch_pipeline.importing.receive.files import receive
from ledgerwatch_pipeline.model.load import ImportOptions
from ledgerwatch_pipeline.stores.postgres import loads
from ledgerwatch_tests.processes import TESTER, Installation, everything, installation, organization_id

SLUGS = [f"org-{number:02d}" for number in range(20)]
NO_ARCHIVE, UNRECONCILED, LATIN1, RAISES = "org-03", "org-07", "org-11", "org-15"
TROUBLED = {NO_ARCHIVE, UNRECONCILED, LATIN1, RAISES}

STRICT_RULE = """
name = "strict_rule"
version = 1
summary = "Every payment whose description is a number above ten; raises where the description is none."
inputs = ["ledger"]
reach = 0
lookback = 0

[evidence]
vendor = {column = "vendor", type = "Text"}

[messages.high]
title = "{vendor} is high"
message = "{vendor} is high."
"""
STRICT_SQL = """
SELECT t.organization_id, t.month, 'high' AS kind, CAST(t.transaction_id AS VARCHAR) AS key, 'LOW' AS severity,
       t.vendor AS subject, t.amount AS at_stake, [t.transaction_id] AS transactions, t.vendor
FROM ledger AS t
JOIN scope_months AS s ON s.organization_id = t.organization_id AND s.month = t.month
WHERE CAST(t.description AS INTEGER) > 10
"""


def payments(description: str = "11") -> str:
    return "date,vendor,amount,description\n" + "".join(
        f"2024-0{month}-0{day},Acme,50.00,{description}\n" for month in (1, 2, 3) for day in (1, 2)
    )


@pytest.fixture
def place() -> Iterator[Installation]:
    with installation() as fresh:
        folder = fresh.home.settings.home / "analyzers"
        folder.mkdir()
        (folder / "strict_rule.toml").write_text(STRICT_RULE)
        (folder / "strict_rule.sql").write_text(STRICT_SQL)
        for slug in SLUGS:
            fresh.add_organization(slug)
        yield fresh


def deliver(place: Installation, inbox: Path) -> None:
    """An inbox with a file of each organization, and what is wrong with four of them."""
    for slug in SLUGS:
        (inbox / slug).mkdir(parents=True)
        (inbox / slug / "first.csv").write_text(payments("eleven" if slug == RAISES else "11"))
    (inbox / LATIN1 / "first.csv").rename(inbox / LATIN1 / "caf\udce9.csv")
    earlier = inbox.parent / "earlier.csv"
    earlier.write_text("date,vendor,amount,description\n2024-01-09,Other,1.00,1\n2024-01-20,Other,1.00,1\n")
    place.deliver(UNRECONCILED, earlier)
    place.home.lake.con.execute(
        "DELETE FROM lake.transactions WHERE organization_id = $1 AND row_number = 2", [organization_id(UNRECONCILED)]
    )
    (missing,) = receive(place.home, [earlier], NO_ARCHIVE, ImportOptions(), TESTER)
    with place.home.database.transaction() as connection:
        sha256 = loads.by_ids(connection, [missing.load_id])[missing.load_id].sha256
    path = archive_path(place.home.settings.archive, sha256)
    path.rename(path.with_suffix(".gone"))


def mend(place: Installation, inbox: Path) -> None:
    (inbox / LATIN1 / "caf\udce9.csv").rename(inbox / LATIN1 / "cafe.csv")
    for path in place.home.settings.archive.rglob("*.gone"):
        path.rename(path.with_suffix(""))
    place.home.lake.con.execute(
        "INSERT INTO lake.transactions BY NAME SELECT * REPLACE (2 AS row_number, DATE '2024-01-09' AS date)"
        " FROM lake.transactions WHERE organization_id = $1 AND vendor = 'Other'",
        [organization_id(UNRECONCILED)],
    )
    rule = place.home.settings.home / "analyzers" / "strict_rule.sql"
    rule.write_text(STRICT_SQL.replace("CAST(t.description", "TRY_CAST(t.description"))


def complete(place: Installation) -> set[str]:
    """The organizations with a ledger, every month analysed by every analyzer, nothing due and nothing failed."""
    with place.home.database.transaction() as connection:
        rows = connection.execute(
            text(
                "SELECT o.slug FROM organizations AS o"
                " WHERE EXISTS (SELECT 1 FROM loads AS l WHERE l.organization_id = o.id AND l.status = 'ACCEPTED')"
                " AND NOT EXISTS (SELECT 1 FROM loads AS l WHERE l.organization_id = o.id AND l.status <> 'ACCEPTED')"
                " AND NOT EXISTS (SELECT 1 FROM analysis_work AS w WHERE w.organization_id = o.id)"
                " AND (SELECT count(*) FROM current_runs AS c WHERE c.organization_id = o.id"
                "      AND c.month BETWEEN '2024-01-01' AND '2024-03-01') = 3 * :analyzers"
            ),
            {"analyzers": len(BUILT_IN) + 2},  # the strict rule, and the ranking
        )
        return {row.slug for row in rows}


@pytest.mark.slow
def test_four_of_twenty_organizations_fail_alone_and_are_completed_once_mended(
    place: Installation, tmp_path: Path
) -> None:
    inbox = tmp_path / "inbox"
    deliver(place, inbox)
    result = place.run("import", "--inbox", inbox)
    assert result.returncode == 1, result.stderr
    assert complete(place) == set(SLUGS) - TROUBLED
    for slug, said in {
        NO_ARCHIVE: "archive",
        UNRECONCILED: "its ledger has",
        LATIN1: "UTF-8",
        RAISES: "eleven",
    }.items():
        assert any(slug in line and said in line for line in result.stderr.splitlines()), (slug, result.stderr)
    assert not any(slug in result.stderr for slug in set(SLUGS) - TROUBLED)
    assert "Traceback" not in result.stderr

    status = place.run("status", "--json")
    assert all(slug in status.stdout for slug in (NO_ARCHIVE, UNRECONCILED, RAISES))
    listed = place.json("loads", "list", "--status", "FAILED")["loads"]
    assert [load["organization"] for load in listed] == [NO_ARCHIVE]

    again = place.run("retry")  # nothing is mended yet: the same three fail, and nothing else is touched
    assert again.returncode == 1
    assert complete(place) == set(SLUGS) - TROUBLED

    mend(place, inbox)
    retried = place.run("retry")
    assert retried.returncode == 0, retried.stderr
    assert complete(place) == set(SLUGS) - {LATIN1}
    assert place.run("import", "--inbox", inbox).returncode == 0
    assert complete(place) == set(SLUGS)
    alerts = place.json("alerts", "list", "--all")["alerts"]
    assert {alert["organization"] for alert in alerts if alert["analyzer"] == "duplicate"} == set(SLUGS)
    assert len(everything(place.home)["alerts"]) == len(alerts)
