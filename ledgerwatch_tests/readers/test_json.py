"""JSON and JSON Lines: exact numbers, both ways of reading a line agree, and what is broken is named."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledgerwatch_pipeline.importing.limits import MAX_JSON_DEPTH
from ledgerwatch_pipeline.model.errors import FileRejectedError
from ledgerwatch_tests.reading import COLUMNS, Read, profile_of, read, staged

ROW = '{"date": "2024-03-01", "vendor": "Acme", "amount": 12.50}'


@pytest.mark.parametrize(
    "content",
    [
        f"[{ROW}]",
        f'{{"organization_id": "x", "transactions": [{ROW}]}}',
        f'{{"transactions": [{ROW}], "more": {{"a": [1, 2]}}}}',
        f"\ufeff \n[ {ROW} ]\n",
        f"{ROW}\n",
        f"{ROW}",
        f"\ufeff{ROW}\r\n",
        f"\n\n{ROW}\n  \n",
        ROW.replace("Acme", "Ac\\u006de") + "\n",
    ],
)
def test_the_shapes_of_json(content: str) -> None:
    found = read(content)
    assert list(found.rows.values()) == [{"date": "2024-03-01", "vendor": "Acme", "amount": "12.50"}]
    assert found.header == ("date", "vendor", "amount")


def test_numbers_are_the_digits_of_the_file() -> None:
    digits = ["0.1", "1.10", "12345678901234567890.12", "0.12500000000000000000000000001", "1e400", "-5", "1E2"]
    for content in (
        "[" + ",".join(f'{{"date": 1, "vendor": "v", "amount": {each}}}' for each in digits) + "]",
        "\n".join(f'{{"date": 1, "vendor": "v", "amount": {each}}}' for each in digits),
        "\n".join(f'{{"date": 1, "vendor": "\\u0076", "amount": {each}}}' for each in digits),
    ):
        assert [row["amount"] for row in read(content).rows.values()] == digits


def test_a_number_is_one_whatever_the_profile_writes() -> None:
    profile = profile_of(COLUMNS + '[amounts]\ndecimal = ","\nthousands = "."\n')
    rows = '{"date": "2024-03-01", "vendor": "A", "amount": 1234.50}\n{"date": "2024-03-01", "vendor": "A", "amount": "1.234,50"}'
    for content in (rows, "[" + rows.replace("\n", ",") + "]"):
        assert [str(amount) for _, _, amount, _ in staged(content, profile=profile).good] == ["1234.5000", "1234.5000"]


def test_keys_may_differ_and_a_row_is_named_in_words() -> None:
    found = read(f'{ROW}\n{{"amount": 3, "date": "x", "vendor": null, "note": "n"}}\n{{"vendor": true, "kö\\"y": 1}}\n')
    assert found.header == ("date", "vendor", "amount", "note", 'kö"y')
    assert found.rows[2] == {"date": "x", "amount": "3", "note": "n"}
    assert found.rows[3] == {"vendor": "true", 'kö"y': "1"}
    assert found.places == {1: "line 1", 2: "line 2", 3: "line 3"}
    assert read(f"[{ROW}, {ROW}]").places == {1: "transaction 1", 2: "transaction 2"}


def test_lines_are_counted_as_an_editor_does() -> None:
    assert list(read(f"{ROW}\n\n{ROW}\n").rows) == [1, 3]
    assert list(read(f"{ROW}\r\n\r\n{ROW}").rows) == [1, 3]


def test_a_list_in_a_field_that_is_not_mapped_is_ignored_and_in_one_that_is_refused() -> None:
    assert staged(ROW.replace("}", ', "tags": ["a"]}')).good
    for wrong in ('{"a": 1}', "[]"):
        for content in (ROW.replace('"Acme"', wrong), "[" + ROW.replace('"Acme"', wrong) + "]"):
            failure = staged(content).failure
            assert failure is not None
            assert "the vendor cannot be read from the column 'vendor'" in str(failure)
            assert " 1 has a" in str(failure)


@pytest.mark.parametrize(
    ("key", "value"),
    [("note", ": 5 apples"), ("note", " :5"), ("note", ":"), (":5", "x"), ("*", "x"), ("a*", "x"), ("note", "  ")],
)
def test_lines_with_what_duckdb_would_misread(key: str, value: str) -> None:
    row = {"date": "2024-03-01", "vendor": "Acme", "amount": 12.5, key: value}
    found = read(json.dumps(row) + "\n" + json.dumps(row) + "\n")
    assert list(found.rows.values()) == [{**row, "amount": "12.5"}] * 2


def test_a_column_of_json_lines_may_be_called_transactions() -> None:
    assert read(ROW.replace("}", ', "transactions": 3}')).rows[1]["transactions"] == "3"


BROKEN = {
    "truncated list": (f"[{ROW}, ", "truncated"),
    "truncated object": (f'{{"transactions": [{ROW}', "truncated"),
    "truncated line": (f"{ROW}\n{ROW[:-3]}", "line 2"),
    "not a list": ('{"transactions": {"a": 1}}', "not a list"),
    "no transactions": ('{"rows": [1],\n "x": 2}', "no list 'transactions' but 'rows', 'x'"),
    "empty object": ("{\n}", "no list"),
    "empty list": ("[]", "no transaction"),
    "list of numbers": ("[[1], [2]]", "transaction 1 is not an object"),
    "a number a line": (f"{ROW}\n7\n", "line 2 is not an object"),
    "two a line": (f"{ROW} {ROW}\n{ROW} {ROW}\n", "line 1: something follows"),
    "NaN": (f"[{ROW.replace('12.50', 'NaN')}]", "NaN is no number"),
    "NaN in a line": (f"{ROW}\n{ROW.replace('12.50', 'NaN')}", "line 2: NaN"),
    "infinity": (f"{ROW}\n{ROW.replace('12.50', '-Infinity')}", "line 2: -Infinity"),
    "twice a key": (f"[{ROW.replace('vendor', 'date')}]", "transaction 1: the key 'date' is there 2 times"),
    "twice a key in a line": (f"{ROW}\n{ROW.replace('vendor', 'date')}", "line 2: the key 'date' is there 2 times"),
    "twice transactions": (f'{{"transactions": [{ROW}], "transactions": [{ROW}]}}', "there twice"),
    "trailing comma": (f"[{ROW},]", "not valid JSON"),
    "trailing comma in a line": (f"{ROW}\n{ROW[:-1]},}}", "line 2"),
    "leading zero": (f"{ROW}\n{ROW.replace('12.50', '012')}", "line 2"),
    "text behind": (f"[{ROW}] x", "something follows"),
    "half a character": (ROW.replace("Acme", "\\ud800"), "half of a character"),
    "NUL": (ROW.replace("Acme", "a\\u0000b"), "NUL character"),
    "a NUL byte": (ROW.replace("Acme", "a\0b"), "NUL byte"),
    "deep": ("[" * 100_000 + "]" * 100_000, "deep"),
    "deep line": (ROW[:-1] + ', "x": ' + "[" * 100_000 + "]" * 100_000 + "}\n" + ROW, "deep"),
    "rather deep": (
        ROW[:-1] + ', "x": ' + "[" * (MAX_JSON_DEPTH + 1) + "]" * (MAX_JSON_DEPTH + 1) + "}\n" + ROW,
        "deep",
    ),
    "control character": (f"{ROW}\n" + ROW.replace("Acme", "a\tb"), "line 2"),
}


@pytest.mark.parametrize("what", BROKEN)
def test_broken_json_is_named(what: str) -> None:
    content, reason = BROKEN[what]
    with pytest.raises(FileRejectedError) as error:
        read(content, name="file.json")
    assert reason in str(error.value)


def test_other_encodings_are_named() -> None:
    for content in (
        f"{ROW}\n{ROW}".replace("Acme", "é").encode("cp1252"),
        f"[{ROW}]".replace("Acme", "é").encode("cp1252"),
    ):
        with pytest.raises(FileRejectedError, match="line 1 is not UTF-8"):
            read(content, name="a.json")
    with pytest.raises(FileRejectedError, match="UTF-16"):
        read(f"[{ROW}]".encode("utf-16"), name="a.json", profile="ledgerwatch")


def test_too_many_keys_are_named() -> None:
    rows = "\n".join(json.dumps({f"k{number}-{place}": 1 for place in range(300)}) for number in range(4))
    for content in (rows, "[" + rows.replace("\n", ",") + "]"):
        with pytest.raises(FileRejectedError, match="1,000"):
            read(content)


texts = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8),
    st.text(': 5"*-,', max_size=6),
)
numbers = st.one_of(
    st.integers(-(10**25), 10**25).map(str), st.decimals(allow_nan=False, allow_infinity=False).map(lambda d: f"{d:f}")
)
values = st.one_of(
    texts.map(lambda text: json.dumps(text, ensure_ascii=False)), numbers, st.sampled_from(["null", "true"])
)
keys = st.sampled_from(["date", "vendor", "amount", "note", "a.b", 'q"q', "ключ", "$", "", "*", ":1"])
objects = st.dictionaries(keys, values, min_size=1, max_size=5)


@settings(max_examples=40, deadline=None)
@given(st.lists(objects, min_size=1, max_size=5))
def test_duckdb_and_python_read_lines_alike(drawn: list[dict[str, str]]) -> None:
    """The same lines as they are, and with an empty one before them, which has all of them read by Python."""
    content = "\n".join(
        "{" + ",".join(f"{json.dumps(key, ensure_ascii=False)}: {value}" for key, value in row.items()) + "}"
        for row in drawn
    )
    profile = profile_of("[columns]\ndate = [1]\nvendor = [1]\namount = [1]\n")
    fast, slow = (told(content, profile), told("\n" + content, profile))
    assert isinstance(fast, str) == isinstance(slow, str)
    if not isinstance(fast, str) and not isinstance(slow, str):
        assert list(fast.rows.values()) == list(slow.rows.values())
        assert set(fast.header) == set(slow.header)


def told(content: str, profile: object) -> Read | str:
    try:
        return read(content, name="a.jsonl", profile=profile)  # type: ignore[arg-type]
    except FileRejectedError as error:
        return str(error)
