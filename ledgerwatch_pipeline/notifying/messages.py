"""The texts of messages: a digest of new alerts, a list of problems, a test. Plain text, bounded in length.

What comes from files or people (titles with vendors' names, names of files, errors) is data: it is shown on one line, without
anything invisible, shortened, and without what chats take for markup, mentions or links.
"""

from collections.abc import Sequence
from datetime import datetime
from string import Template

from ledgerwatch_pipeline.model.alert import Severity
from ledgerwatch_pipeline.model.money import amount_text
from ledgerwatch_pipeline.model.notification import PROBLEMS, AlertDigest, Kind, Message, NewAlert, Problem
from ledgerwatch_pipeline.model.text import visible

FIRST_ALERTS = 5
_FIRST_PROBLEMS, _ALL_PROBLEMS = 3, 9
"""Of each kind, and of all. With the lengths below, a message stays within the 2,000 characters that chats take."""
_NAME, _TEXT, _ITEM = 60, 100, 80

_HEADINGS = {
    Kind.FAILED: "Failed; mend the cause, then: ledgerwatch retry",
    Kind.REJECTED: "Rejected files, see: ledgerwatch loads show",
    Kind.HELD: "Held: rows that are there already; decide: ledgerwatch loads release, loads reject",
    Kind.OVERDUE: "Overdue, see: ledgerwatch status",
}
_DIGEST_TITLE = Template("LedgerWatch: $count new $alerts of $organization")
_DIGEST = Template("""$organization ($slug): $count new $alerts ($severities)

$lines

All of them: ledgerwatch alerts list --org $slug
""")
_ALERT = Template("$number  $severity  $amount $currency\n  $title")
_MORE = Template("and $count more")
_PROBLEMS_TITLE = Template("LedgerWatch: $count $problems ($kinds)")
_PROBLEM = Template("$item\n  $reason")
_TEST = Template("This is a test of the destination $name, sent at $when UTC. Nothing is wrong.\n")

_NO_MARKUP = str.maketrans(
    {
        "<": "‹",  # mentions of Slack, tags
        ">": "›",
        "&": "＆",  # entities
        "@": "＠",  # mentions, addresses that become links
        "#": "＃",
        "*": "∗",
        "_": "‗",
        "~": "∼",
        "`": "ˋ",
        "[": "⟦",
        "]": "⟧",
        "|": "¦",
        "\\": "∖",
    }
)


def plain(text: str, length: int) -> str:
    """Text of a file on one line of at most ``length`` characters, none of which a chat obeys."""
    shown = visible(" ".join(text[: length * 4].split()))
    shown = shown.replace("://", "：//").translate(_NO_MARKUP)
    return shown if len(shown) <= length else shown[: length - 1].rstrip() + "…"


def digest_message(digest: AlertDigest) -> Message:
    """How many alerts are new, and the first of them."""
    counts = [f"{digest.by_severity[each]:,} {each}" for each in reversed(Severity) if digest.by_severity.get(each)]
    words = {
        "count": f"{digest.count:,}",
        "alerts": "alert" if digest.count == 1 else "alerts",
        "organization": plain(digest.organization_name, _NAME),
        "slug": digest.organization,
    }
    lines = [_alert(each) for each in digest.first]
    if digest.count > len(lines):
        lines.append(_MORE.substitute(count=f"{digest.count - len(lines):,}"))
    body = _DIGEST.substitute(words, severities=", ".join(counts), lines="\n".join(lines))
    return Message(_DIGEST_TITLE.substitute(words), body, digest.count)


def _alert(alert: NewAlert) -> str:
    return _ALERT.substitute(
        number=alert.number,
        severity=alert.severity,
        amount=amount_text(alert.amount, alert.currency_decimals),
        currency=alert.currency,
        title=plain(alert.title, _TEXT),
    )


def problems_message(problems: Sequence[Problem]) -> Message:
    """The first problems of each kind, and how many more there are."""
    parts, kinds = [], []
    of_kinds = {kind: theirs for kind in PROBLEMS if (theirs := [each for each in problems if each.kind is kind])}
    most = min(_FIRST_PROBLEMS, _ALL_PROBLEMS // max(1, len(of_kinds)))
    for kind, theirs in of_kinds.items():
        kinds.append(f"{len(theirs):,} {kind}")
        lines = [
            _PROBLEM.substitute(item=plain(f"{each.organization}/{each.item}", _ITEM), reason=plain(each.reason, _TEXT))
            for each in theirs[:most]
        ]
        if len(theirs) > len(lines):
            lines.append(_MORE.substitute(count=f"{len(theirs) - len(lines):,}"))
        parts.append("\n".join([f"{_HEADINGS[kind]}", *lines]))
    title = _PROBLEMS_TITLE.substitute(
        count=f"{len(problems):,}", problems="problem" if len(problems) == 1 else "problems", kinds=", ".join(kinds)
    )
    return Message(title, "\n\n".join(parts) + "\n", len(problems))


def trial_message(name: str, now: datetime) -> Message:
    """What ``ledgerwatch notify --test`` sends."""
    return Message("LedgerWatch: a test", _TEST.substitute(name=name, when=f"{now:%Y-%m-%d %H:%M}"), 0)
