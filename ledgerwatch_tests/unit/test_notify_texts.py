"""Messages: bounded, and what comes from files is data in them. Reasons: without the secrets of URLs."""

from decimal import Decimal
from uuid import UUID

import pytest

from ledgerwatch_pipeline.model.alert import AlertNumber, Severity
from ledgerwatch_pipeline.model.notification import AlertDigest, Kind, NewAlert, Problem
from ledgerwatch_pipeline.notifying.messages import digest_message, plain, problems_message
from ledgerwatch_pipeline.notifying.sending import without_secrets

LONGEST = 2_000
"""Characters of a message that chats take."""


def test_the_longest_messages_are_within_what_chats_take() -> None:
    slug = "o" * 63
    first = [
        NewAlert(AlertNumber(slug, 999_999), Severity.MEDIUM, "t" * 9_000, Decimal("-" + "9" * 16), "KWD", 3)
        for _ in range(5)
    ]
    counts = dict.fromkeys(Severity, 10**6)
    digest = digest_message(AlertDigest(UUID(int=1), slug, "n" * 255, counts, "{}", tuple(first)))
    problems = problems_message(
        [
            Problem(kind, str(n), "", slug, "f" * 999, "e" * 9_999)
            for kind in Kind
            if kind != "alerts"
            for n in range(99)
        ]
    )
    assert digest.items == 3 * 10**6
    assert "3,000,000 new alerts (1,000,000 HIGH, 1,000,000 MEDIUM, 1,000,000 LOW)" in digest.body
    assert problems.title == "LedgerWatch: 396 problems (99 failed, 99 rejected, 99 held, 99 overdue)"
    for message in (digest, problems):
        assert len(message.title) + len(message.body) <= LONGEST


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("two\nlines\r\n\tand more", "two lines and more"),
        ("\x1b[31mred\x07\x00", "∖x1b⟦31mred∖x07∖x00"),
        ("abc\u202edef\u200b", "abc∖u202edef∖u200b"),
        ("<!channel> @here *x* _y_ ~z~ `c`", "‹!channel› ＠here ∗x∗ ‗y‗ ∼z∼ ˋcˋ"),
        ("[click](https://evil.example)", "⟦click⟧(https：//evil.example)"),
        ("half \ud800 of one", "half \ufffd of one"),
        ("x" * 50, "x" * 19 + "…"),
        ("$number ${title}", "$number ${title}"),
    ],
)
def test_text_of_a_file_is_one_line_that_no_chat_obeys(text: str, shown: str) -> None:
    assert plain(text, 20 if text == "x" * 50 else 100) == shown


@pytest.mark.parametrize(
    ("url", "reason", "shown"),
    [
        ("jsons://me:p%40ss@host.example:99/t0ken?k=v1", "me p@ss p%40ss t0ken v1 at host.example:99", 8),
        ("slack://Tok1/Tok2/Tok3/#channel", "to Tok1, https://hooks.example/tok1/TOK2/Tok3 channel", 5),
        ("tgram://12345:abcDEF/67890", "https://api.example/bot12345:abcDEF/send 67890", 3),
    ],
)
def test_a_reason_has_no_part_of_a_url_that_may_be_secret(url: str, reason: str, shown: int) -> None:
    told = without_secrets(f"{url} failed: {reason}", url)
    for secret in ("p@ss", "p%40ss", "t0ken", "v1", "tok1", "tok2", "tok3", "12345", "abcdef", "67890"):
        assert secret not in told.lower()
    assert told.count("***") >= shown - 2
    assert ("host.example:99" in told) == url.startswith("jsons")


def test_a_short_part_is_hidden_where_it_stands_alone() -> None:
    assert without_secrets("a bad answer: a", "jsons://host/a") == "*** bad answer: ***"
