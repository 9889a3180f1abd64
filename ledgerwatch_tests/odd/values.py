"""JSON, JSON Lines and Parquet: numbers as they are written, keys twice, depth, and what is damaged."""

import gzip

from ledgerwatch_tests.odd.case import COLUMNS, TAKEN, Odd
from ledgerwatch_tests.readers.test_parquet import GOOD, made

_ROW = '{"date": "2024-03-01", "vendor": "Acme", "amount": 12.50}'
_COMMA = COLUMNS + '[amounts]\ndecimal = ","\nthousands = "."\n'


def _with(amount: str) -> str:
    return _ROW.replace("12.50", amount)


def _each(what: str, row: str, expected: str, place: str = "") -> tuple[Odd, ...]:
    """The same row as a list, in a body, and as a line; ``{}`` in what is expected is how each calls it."""
    return (
        Odd(f"{what}: JSON list", f"[{row}]", expected.replace("{}", f"transaction 1{place}"), name="a.json"),
        Odd(f"{what}: JSON body", f'{{"transactions": [{row}]}}', expected.replace("{}", f"transaction 1{place}"), name="a.json"),
        Odd(f"{what}: JSON Lines", f"{row}\n", expected.replace("{}", f"line 1{place}"), name="a.jsonl"),
    )  # fmt: skip


JSON = (
    *_each("a plain row", _ROW, TAKEN),
    *_each("1.1 is exactly 1.10", _with("1.1"), "taken 1: expense 1.10"),
    *_each("a binary tail is not made up", _with("0.30"), "taken 1: expense 0.30"),
    *_each("a binary tail that is there", _with("0.30000000000000004"), "1 amount amount_decimals: {}: '0.30000000000000004'"),
    *_each("NaN", _with("NaN"), "refused json: {}: NaN is no number of JSON"),
    *_each("Infinity", _with("-Infinity"), "refused json: -Infinity is no number of JSON"),
    *_each("1e400", _with("1e400"), "1 amount amount_exponent: {}: '1e400' is written with an exponent"),
    *_each("a number of 5,000 digits", _with("9" * 5_000), "1 amount amount_digits"),
    *_each("an amount in quotes", _with('"12.50"'), TAKEN),
    *_each("an amount that is true", _with("true"), "1 amount amount_format: 'true'"),
    *_each("null", _with("null"), "1 amount amount_required: {}: the amount is empty"),
    *_each("an amount that is a list", _with("[1]"), "refused nested: the amount cannot be read from the column 'amount': {} has a list there"),
    *_each("a key twice", _ROW.replace("}", ', "amount": 1}'), "refused json: {}: the key 'amount' is there 2 times"),
    *_each("a key twice in another case", _ROW.replace("}", ', "Amount": 1}'), "refused profile: no profile fits"),
    *_each("a key twice deep inside", _ROW.replace("}", ', "x": {"y": 1, "y": 2}}'), "refused json: the key 'y' is there 2 times"),
    *_each("half of a surrogate pair", _ROW.replace("Acme", "\\ud800"), "refused encoding: {} has \\ud800 alone"),
    *_each("a NUL character", _ROW.replace("Acme", "A\\u0000"), "refused nul_byte: {} has a NUL character"),
    *_each("a whole surrogate pair", _ROW.replace("Acme", "\\ud83d\\udcb6"), "taken 1: '\U0001f4b6' expense"),
    *_each("64 deep", _ROW.replace("}", f', "x": {"[" * 63}{"]" * 63}}}'), TAKEN),
    *_each("65 deep", _ROW.replace("}", f', "x": {"[" * 64}{"]" * 64}}}'), "refused json_depth: {}: lists or objects lie more than 64 deep"),
    *_each("100,000 deep", _ROW.replace("}", f', "x": {"[" * 100_000}{"]" * 100_000}}}'), "refused json_depth: more than 64 deep"),
    *_each("single quotes", _ROW.replace('"', "'"), "refused "),
    *_each("a row that is empty", "{}", "refused empty: no transaction"),
    Odd("an empty list", "[]", "refused empty: no transaction", name="a.json"),
    Odd("a list of numbers", "[1, 2]", "refused json_shape: transaction 1 is not an object of fields but '1'", name="a.json"),
    Odd("a list of lists", "[[1]]", "refused json_shape: transaction 1 is not an object of fields but a list", name="a.json"),
    Odd("a list with null", f"[{_ROW}, null]", "refused json_shape: transaction 2 is not an object of fields but nothing", name="a.json"),
    Odd("a body without transactions", '{"rows": []}', "refused profile: no profile fits the header ('rows')", name="a.json"),
    Odd("a body with transactions twice", f'{{"transactions": [{_ROW}], "transactions": []}}', "refused json: the key 'transactions' is there twice", name="a.json"),
    Odd("transactions that are an object", '{"transactions": {}}', "refused json_shape: 'transactions' is not a list", name="a.json"),
    Odd("another organization's", f'{{"organization_id": "other", "transactions": [{_ROW}]}}', TAKEN, name="a.json"),
    Odd("something behind the list", f"[{_ROW}] x", "refused json: something follows the end", name="a.json"),
    Odd("a comma at the end", f"[{_ROW},]", "refused json: not valid JSON", name="a.json"),
    Odd("a truncated list", f"[{_ROW}, {_ROW[:20]}", "refused json: transaction 2: not valid JSON", name="a.json"),
    Odd("a list that is not closed", f"[{_ROW}", "refused json: the file ends there: it is truncated", name="a.json"),
    Odd("a comment", f"[{_ROW} // x\n]", "refused json: not valid JSON", name="a.json"),
    Odd("JSON in cp1252", f"[{_ROW.replace('Acme', 'Café')}]".encode("cp1252"), "refused encoding: line 1 is not UTF-8, and JSON must be", name="a.json"),
    Odd("JSON in UTF-16", f"[{_ROW}]".encode("utf-16"), "refused encoding: the file is UTF-16, and JSON is UTF-8", name="a.json"),
    Odd("JSON with a byte-order mark", f"\ufeff[{_ROW}]", TAKEN, name="a.json"),
    Odd("JSON called CSV", f"[{_ROW}]", TAKEN),
    Odd("JSON in a gzip", gzip.compress(f"[{_ROW}]".encode()), TAKEN, name="a.json.gz"),
    Odd("JSON over several lines", f"[\n{_ROW},\n\n{_ROW}\n]\n", "taken 2", name="a.json"),
    Odd("two objects on a line", f"{_ROW} {_ROW}\n", "refused json: something follows the object", name="a.jsonl"),
    Odd("a broken line", f"{_ROW}\n{{\n", "refused json: line 2: not valid JSON at line 2", name="a.jsonl"),
    Odd("a line that is a list", f"{_ROW}\n[]\n", "refused json_shape: line 2 is not an object of fields but a list", name="a.jsonl"),
    Odd("empty lines between objects", f"{_ROW}\n\n{_ROW}\n", "taken 2", name="a.jsonl"),
    Odd("lines ended by CR", f"{_ROW}\r{_ROW}\r", "refused json: something follows the object", name="a.jsonl"),
    Odd("keys that come later", f'{{"date": "2024-03-01"}}\n{_ROW}\n', ("1 amount amount_required: line 1", "1 vendor vendor_required: line 1"), name="a.jsonl"),
    Odd("a bad line is named", f'{_ROW}\n\n{_with("-1")}\n', "3 amount amount_negative: line 3: '-1' is negative", name="a.jsonl"),
    Odd("1,000 keys", "[" + _ROW.replace("}", "".join(f', "k{n}": 1' for n in range(997)) + "}") + "]", TAKEN, name="a.json"),
    Odd("1,001 keys", "[" + _ROW.replace("}", "".join(f', "k{n}": 1' for n in range(998)) + "}") + "]", "refused header: more than 1,000 different keys", name="a.json"),
    Odd("a number is one whatever the profile writes", f"[{_with('1234.50')}]", "taken 1: expense 1234.50", _COMMA, "a.json"),
    Odd("a text is as the profile writes", f"[{_with(chr(34) + '1.234,50' + chr(34))}]", "taken 1: expense 1234.50", _COMMA, "a.json"),
    Odd("SQL in a key", "[" + _ROW.replace("}", ', "\\"; DROP TABLE staged": 1}') + "]", TAKEN, name="a.json"),
)  # fmt: skip

_DECIMAL = "12.50::DECIMAL(18, 4)"


def _parquet(what: str, amount: str, expected: str, profile: str = "") -> Odd:
    return Odd(f"Parquet, {what}", made(GOOD.replace(_DECIMAL, amount)), expected, profile, "a.parquet")


def _dated(what: str, day: str, expected: str) -> Odd:
    return Odd(f"Parquet, {what}", made(GOOD.replace("DATE '2024-03-01'", day)), expected, name="a.parquet")


def parquet() -> tuple[Odd, ...]:
    """Made when it is asked for: it takes DuckDB."""
    plain = made(GOOD)
    return (
        Odd("Parquet", plain, TAKEN, name="a.parquet"),
        Odd("Parquet called CSV", plain, TAKEN),
        _parquet("1.1 as a double is 1.10", "1.1::DOUBLE", "taken 1: expense 1.10"),
        _parquet("1.1 as a float is 1.10", "1.1::FLOAT", "taken 1: expense 1.10"),
        _parquet("a double's tail", "0.1::DOUBLE + 0.2::DOUBLE", "1 amount amount_decimals: '0.30000000000000004'"),
        _parquet("a double's tail, rounded", "0.1::DOUBLE + 0.2::DOUBLE", "taken 1: expense 0.30", COLUMNS + '[amounts]\nextra_decimals = "round"\n'),
        _parquet("NaN", "'nan'::DOUBLE", "1 amount amount_not_finite: 'nan'"),
        _parquet("infinity", "'-inf'::DOUBLE", "1 amount amount_not_finite: '-inf'"),
        _parquet("1e300", "1e300::DOUBLE", "1 amount amount_exponent: '1e+300'"),
        _parquet("a float that holds no cents", "200000.25::FLOAT", "1 amount amount_format: in 32 bits"),
        _parquet("the largest float", "131071.5::FLOAT", "taken 1: expense 131071.50"),
        _parquet("a whole number", "12::BIGINT", "taken 1: expense 12.00"),
        _parquet("a negative decimal", "-12.50::DECIMAL(9, 2)", "1 amount amount_negative: '-12.5'"),
        _parquet("nothing", "NULL::DECIMAL(9, 2)", "1 amount amount_required"),
        _parquet("a list", "[1]", "refused nested: the column is of the type INTEGER[]"),
        _parquet("a structure", "{'a': 1}", "refused nested: the column is of the type STRUCT"),
        _parquet("bytes", "'a'::BLOB", "refused nested: of the type BLOB"),
        _parquet("a text", "'12.50'", TAKEN),
        _dated("a moment is its day", "TIMESTAMP '2024-03-01 23:59:59'", TAKEN),
        _dated("a moment with a zone is its day in UTC", "TIMESTAMPTZ '2024-02-29 23:30:00-05'", TAKEN),
        _dated("infinite days", "'infinity'::DATE", "1 date date_format"),
        _dated("a year of six digits", "DATE '120240-03-01'", "1 date date_format"),
        _dated("a day as a number", "20240301", "1 date date_format: '20240301'"),
        Odd("Parquet without rows", made(f"{GOOD} LIMIT 0"), "refused empty: a header and no rows", name="a.parquet"),
        Odd("Parquet with a NUL character", made(GOOD.replace("'Acme'", "'A' || chr(0)")), "refused nul_byte: row 1 has a NUL", name="a.parquet"),
        Odd("the beginning of a Parquet file", plain[:40], "refused format: does not end so: it is truncated or damaged", name="a.parquet"),
        Odd("Parquet with a damaged footer", plain[:-30] + b"\xff" * 22 + plain[-8:], "refused format: the Parquet file is damaged", name="a.parquet"),
        Odd("Parquet with a footer longer than the file", plain[:-8] + b"\xff\xff\xff\x7fPAR1", "refused format: its footer would have 2,147,483,647 bytes", name="a.parquet"),
        Odd("encrypted Parquet", plain[:-4] + b"PARE", "refused encrypted: the Parquet file is encrypted", name="a.parquet"),
        Odd("four bytes of Parquet", b"PAR1", "refused format: truncated or damaged", name="a.parquet"),
        Odd("Parquet without its columns", made("SELECT 1 AS x"), "refused profile: no profile fits the header ('x')", name="a.parquet"),
        Odd("Parquet in a gzip", gzip.compress(plain), TAKEN, name="a.parquet.gz"),
    )  # fmt: skip
