"""Parquet: each value as the exact text of what it is, and what is damaged is named."""

import tempfile
from pathlib import Path

import duckdb
import pytest

from ledgerwatch_pipeline.importing.readers import parquet
from ledgerwatch_pipeline.model.errors import FileRejectedError
from ledgerwatch_tests.reading import BUILT_IN, COLUMNS, profile_of, read, staged


def made(select: str, options: str = "") -> bytes:
    """A Parquet file with what a SELECT gives."""
    with tempfile.TemporaryDirectory() as folder, duckdb.connect() as con:
        path = Path(folder) / "made.parquet"
        con.execute(f"SET TimeZone = 'UTC'; COPY ({select}) TO '{path}' (FORMAT parquet{options})")
        return path.read_bytes()


GOOD = "SELECT DATE '2024-03-01' AS date, 'Acme' AS vendor, 12.50::DECIMAL(18, 4) AS amount"


def test_a_file_is_read_by_its_content_and_its_columns_by_their_names() -> None:
    found = read(made(f'{GOOD}, \'x\' AS "odd ""name"""'), name="a.csv")
    assert found.header == ("date", "vendor", "amount", 'odd "name"')
    assert found.rows == {1: {"date": "2024-03-01", "vendor": "Acme", "amount": "12.5", 'odd "name"': "x"}}
    assert [str(row[2]) for row in staged(made(GOOD)).good] == ["12.5000"]


TEXTS = {
    "100.00::DECIMAL(10, 2)": "100",
    "0.10::DECIMAL(10, 4)": "0.1",
    "-12345678901234567890.123456::DECIMAL(38, 6)": "-12345678901234567890.123456",
    "1000::INTEGER": "1000",
    "9223372036854775807::BIGINT": "9223372036854775807",
    "1.1::DOUBLE": "1.1",
    "1.1::FLOAT": "1.1",
    "100::DOUBLE": "100",
    "0.1::DOUBLE + 0.2::DOUBLE": "0.30000000000000004",
    "1e22::DOUBLE": "1e+22",
    "'nan'::DOUBLE": "nan",
    "DATE '2024-02-29'": "2024-02-29",
    "TIMESTAMP '2024-02-29 23:59:59'": "2024-02-29",
    "TIMESTAMPTZ '2024-02-29 23:30:00-05'": "2024-03-01",
    "true": "true",
    "'e'::ENUM ('e')": "e",
    "'4ac4d9a1-7e5c-4a6d-8a4b-2f6d6d6d6d6d'::UUID": "4ac4d9a1-7e5c-4a6d-8a4b-2f6d6d6d6d6d",
    "NULL::VARCHAR": None,
}


@pytest.mark.parametrize("value", TEXTS)
def test_values_as_texts(value: str) -> None:
    found = read(
        made(f"SELECT {value} AS v, 'x' AS w"), profile=profile_of("[columns]\ndate = 1\nvendor = 2\namount = 1\n")
    )
    assert found.rows[1].get("v") == TEXTS[value]


def test_real_numbers_and_days_do_not_depend_on_how_the_profile_writes_them() -> None:
    profile = profile_of(COLUMNS + '[dates]\nformats = ["%d.%m.%Y"]\n[amounts]\ndecimal = ","\nthousands = "."\n')
    (row,) = staged(made(GOOD.replace("12.50", "1234.50")), profile=profile).good
    assert (row[0], str(row[2])) == ("2024-03-01", "1234.5000")


def test_binary_numbers_are_judged_by_their_shortest_text() -> None:
    good = made(GOOD.replace("12.50::DECIMAL(18, 4)", "1.1::DOUBLE"))
    bad = made(GOOD.replace("12.50::DECIMAL(18, 4)", "(0.1::DOUBLE + 0.2::DOUBLE)"))
    assert [str(row[2]) for row in staged(good).good] == ["1.1000"]
    assert staged(bad).bad == {1: ["amount_decimals"]}


def test_a_column_that_is_no_text_is_refused_if_it_is_wanted() -> None:
    assert staged(made(f"{GOOD}, [1] AS l, {{'a': 1}} AS s, 'x'::BLOB AS b")).good
    for value in ("['Acme']", "{'a': 1}", "'Acme'::BLOB"):
        failure = staged(made(GOOD.replace("'Acme'", value))).failure
        assert failure is not None
        assert "the vendor cannot be read from the column 'vendor'" in str(failure)


def test_damaged_files_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = made(GOOD)
    broken = {
        "truncated or damaged": whole[:-3],
        "its footer would have": whole[:-8] + b"\xff\xff\xff\x7fPAR1",
        "damaged, or of a kind": whole[: len(whole) // 2] + b"\xff" * 40 + whole[len(whole) // 2 + 40 :],
        "truncated": b"PAR1",
        "encrypted": whole[:-4] + b"PARE",
    }
    for reason, content in broken.items():
        with pytest.raises(FileRejectedError, match=reason):
            read(content)
    monkeypatch.setattr(parquet, "MAX_ROWS", 0)
    with pytest.raises(FileRejectedError, match="claims 1 rows; at most 0"):
        read(whole)


def test_no_rows_are_no_rows() -> None:
    assert read(made(f"FROM ({GOOD}) WHERE false")).rows == {}


def test_rows_are_counted_from_one_over_all_groups() -> None:
    rows = "SELECT DATE '2024-03-01' AS date, 'v' || range AS vendor, range AS amount FROM range(5000)"
    found = read(made(rows, ", ROW_GROUP_SIZE 2048"))
    assert [(number, row["amount"]) for number, row in found.rows.items()] == [(n + 1, str(n)) for n in range(5000)]


@pytest.mark.parametrize("value", ["7", "'x'"])
def test_a_column_that_is_called_as_duckdb_calls_its_own_row_number(value: str) -> None:
    rows = read(made(f"SELECT *, {value} AS file_row_number FROM ({GOOD}), range(3)")).rows
    assert list(rows) == [1, 2, 3]


def test_a_folder_that_looks_like_a_partition_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """DuckDB would take the vendor from the path of the home."""
    folder = tmp_path / "vendor=Bolt" / "more=1"
    folder.mkdir(parents=True)
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    found = read(made(GOOD))
    assert found.header == ("date", "vendor", "amount")
    assert found.rows[1]["vendor"] == "Acme"


def test_numbers_of_32_bits_that_cannot_hold_cents_are_refused() -> None:
    """131,072.01 is stored as 131,072.015625, whose shortest text is 131,072.02."""
    numbers = "unnest([131071.99, 131072.01, 1234567.89, 150000, -150000.5]::FLOAT[])"
    profile = profile_of(COLUMNS + '[amounts]\nextra_decimals = "round"\n')
    found = staged(made(f"SELECT '2024-03-01' AS date, 'Acme' AS vendor, {numbers} AS amount"), profile=profile)
    assert [str(row[2]) for row in found.good] == ["131071.9900"]
    assert found.bad == {number: ["amount_format"] for number in (2, 3, 4, 5)}


def test_a_profile_that_finds_itself_writes_numbers_its_own_way() -> None:
    german = profile_of(
        'name = "german"\n[columns]\ndate = "Tag"\nvendor = "Wer"\namount = "Betrag"\n'
        '[dates]\nformats = ["%d.%m.%Y"]\n[amounts]\ndecimal = ","\n'
    )
    content = made('SELECT DATE \'2024-03-01\' AS "Tag", \'Acme\' AS "Wer", 12.5::DECIMAL(9, 2) AS "Betrag"')
    (row,) = staged(content, known=BUILT_IN | {"german": german}).good
    assert (row[0], str(row[2])) == ("2024-03-01", "12.5000")
