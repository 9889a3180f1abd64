"""``ledgerwatch mutes`` and ``alerts mute``, and what lists show of it; and ``analyzers precision``."""

import csv
import io
import json
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from ledgerwatch_tests.cli.conftest import Answer
from ledgerwatch_tests.processes import Installation

KEYS = set(
    "number id organization analyzer kinds vendor until reason up_to_severity up_to_amount alert state created_by created_at"
    " ended_how ended_by ended_at".split()
)
FIGURES = {"fixed", "accepted", "false_positive", "decided", "precision", "low", "high"}


@pytest.fixture(scope="module")
def quiet(place: Installation) -> str:
    """An organization of its own with an alert and its case."""
    return place.alert_of("quiet")


def test_a_mute_from_alert_to_end(ledgerwatch: Callable[..., Answer], quiet: str) -> None:
    code, out, err = ledgerwatch(
        "alerts", "mute", quiet, "--until", "2099-01-31", "--reason", "known", "--actor", "eve", "--json"
    )
    assert (code, err) == (0, "")
    mute = json.loads(out)["mute"]
    assert mute.keys() == KEYS
    assert (mute["number"], mute["analyzer"], mute["vendor"], mute["alert"]) == ("quiet-m1", "duplicate", "Acme", quiet)
    assert (mute["up_to_severity"], mute["state"], mute["created_by"], mute["reason"]) == (
        "LOW",
        "active",
        "eve",
        "known",
    )

    def numbers(*options: str) -> list[tuple[str, bool]]:
        document = json.loads(ledgerwatch("alerts", "list", "--org", "quiet", *options, "--json")[1])
        return [(each["number"], each["muted"]) for each in document["alerts"]]

    assert numbers() == numbers("--muted", "no") == []
    assert numbers("--muted", "yes") == numbers("--muted", "all") == numbers("--all") == [(quiet, True)]
    assert "[muted]" in ledgerwatch("alerts", "list", "--org", "quiet", "--muted", "all")[1]
    assert "by quiet-m1" in ledgerwatch("alerts", "show", quiet)[1]
    assert json.loads(ledgerwatch("cases", "list", "--org", "quiet", "--json")[1])["cases"] == []
    (case,) = json.loads(ledgerwatch("cases", "list", "--org", "quiet", "--muted", "yes", "--json")[1])["cases"]
    shown = ledgerwatch("cases", "show", case["number"])[1]
    assert "all its signals and alerts are; see: ledgerwatch mutes list" in shown
    assert "muted by quiet-m1" in shown
    assert ledgerwatch("cases", "take", "--org", "quiet")[0] == 4
    document = json.loads(ledgerwatch("mutes", "show", "quiet-m1", "--json")[1])
    assert document.keys() == {"mute", "alerts", "history"}
    assert (document["alerts"], document["history"][0]["subject"]) == (1, "quiet-m1")
    assert "mute quiet-m1 has ended" in ledgerwatch("mutes", "end", "quiet-m1", "--note", "over")[1]
    assert numbers() == [(quiet, False)]
    code, _, err = ledgerwatch("mutes", "end", "quiet-m1")
    assert (code, "has ended already" in err) == (4, True)
    assert "quiet-m1" not in ledgerwatch("mutes", "list", "--org", "quiet")[1]
    listed = ledgerwatch("mutes", "list", "--org", "quiet", "--state", "ended")[1]
    for part in ("quiet-m1", "ended", "duplicate about Acme up to LOW", "2099-01-31", "eve", "known"):
        assert part in listed
    events = json.loads(ledgerwatch("audit", "list", "--org", "quiet", "--limit", "2", "--json")[1])["events"]
    assert [(each["event_type"], each["subject"]) for each in events] == [
        ("MUTE_ENDED", "quiet-m1"),
        ("MUTE_CREATED", "quiet-m1"),
    ]


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        ((), 2, "say what is muted: --analyzer NAME, --analyzer all, or --kind KIND"),
        (("--analyzer", "duplicate", "--kind", "repeat"), 2, "say what is muted"),
        (("--analyzer", "duplicat"), 2, "unknown analyzer 'duplicat'; known: duplicate"),
        (("--kind", "repaet"), 2, "unknown kind of signals 'repaet'; known: repeat"),
        (("--analyzer", "all", "--up-to-amount", "1,000"), 2, "'1,000' is not an amount above 0"),
        (("--analyzer", "all", "--until", "31.12.2099"), 2, "'31.12.2099' is no day; write YYYY-MM-DD"),
        (("--analyzer", "all", "--until", "2020-01-01"), 2, "a mute ends on a day after"),
        (("--analyzer", "all", "--org", "quite"), 2, "unknown organization 'quite'"),
    ],
)
@pytest.mark.usefixtures("quiet")
def test_a_wrong_mute_is_named(
    ledgerwatch: Callable[..., Answer], arguments: tuple[str, ...], code: int, said: str
) -> None:
    given = ("mutes", "add", "--org", "quiet", "--until", "2099-01-01", "--reason", "why", *arguments)
    answer = ledgerwatch(*given)
    assert (answer[0], answer[1]) == (code, "")
    assert said in answer[2]
    assert json.loads(ledgerwatch("mutes", "list", "--org", "quiet", "--json")[1])["mutes"] == []


def test_precision_as_table_json_and_csv(ledgerwatch: Callable[..., Answer], place: Installation) -> None:
    alert = place.alert_of("decided")
    assert "nobody has resolved an alert" in ledgerwatch("analyzers", "precision", "--org", "decided")[1]
    assert ledgerwatch("cases", "resolve", "decided-c1", "--outcome", "fixed")[0] == 0
    assert alert == "decided-1"
    code, out, _ = ledgerwatch("analyzers", "precision", "--org", "decided", "--json")
    assert code == 0
    rows = json.loads(out)["precision"]
    month = f"{datetime.now(UTC):%Y-%m}"
    assert [(each["of"], each["name"], each["month"]) for each in rows] == [
        ("analyzer", "duplicate", None),
        ("analyzer", "duplicate", month),
        ("kind", "repeat", None),
        ("kind", "repeat", month),
    ]
    assert rows[0] == {
        "of": "analyzer",
        "name": "duplicate",
        "month": None,
        "fixed": 1,
        "accepted": 0,
        "false_positive": 0,
        "decided": 1,
        "precision": "1.000",
        "low": "0.206",
        "high": "1",
    }
    table = list(csv.DictReader(io.StringIO(ledgerwatch("analyzers", "precision", "--org", "decided", "--csv")[1])))
    assert [(each["name"], each["precision"]) for each in table] == [("duplicate", "1.000")] * 2 + [
        ("repeat", "1.000")
    ] * 2
    assert "duplicate" in ledgerwatch("analyzers", "precision", "--org", "decided")[1]
    shown = ledgerwatch("analyzers", "show", "duplicate", "--org", "decided")[1]
    assert "1.000 (1 of 1; 0.206 to 1)" in shown
    document = json.loads(ledgerwatch("analyzers", "show", "burn_rate", "--org", "decided", "--json")[1])
    counts = ("fixed", "accepted", "false_positive", "decided")
    assert document["analyzer"]["decisions"] == {**dict.fromkeys(FIGURES), **dict.fromkeys(counts, 0)}  # so no ratio
    listed = json.loads(ledgerwatch("analyzers", "list", "--json")[1])["analyzers"]
    assert all(each["decisions"].keys() == FIGURES for each in listed)
