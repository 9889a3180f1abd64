"""Each cell of the rules for a row, on both sides of its bound, and what a profile makes of signs, marks and decimals."""

from datetime import UTC, datetime, timedelta

from ledgerwatch_tests.odd.case import ACME, BANK, COLUMNS, HEADER, ONE, TAKEN, Odd, amounts, dates, row, written

TODAY = datetime.now(UTC).date()
_DATES = {
    "2010-01-01": "",
    "2009-12-31": "date_too_early: '2009-12-31' is before the first monitored month",
    "0001-01-01": "date_too_early: before the first",
    str(TODAY): "",
    str(TODAY + timedelta(days=1)): "",
    str(TODAY + timedelta(days=2)): "date_in_future: is after tomorrow (UTC)",
    "9999-12-31": "date_in_future: after tomorrow",
    "2024-02-29": "",
    " 2024-03-01 ": "",
    "\u00a02024-03-01\u3000": "",
    "2023-02-29": "date_calendar: '2023-02-29' is not a day of the calendar",
    "2024-02-30": "date_calendar: not a day",
    "2024-13-01": "date_calendar: not a day",
    "2024-00-10": "date_calendar: not a day",
    "2024-03-00": "date_calendar: not a day",
    "": "date_required: the date is empty",
    "2024-1-5": "date_format: '2024-1-5' is not a date written as YYYY-MM-DD",
    "01/02/2024": "date_format: '01/02/2024' is not a date written as YYYY-MM-DD",
    "20240301": "date_format: YYYY-MM-DD",
    "2024/03/01": "date_format: YYYY-MM-DD",
    "2024-03-01 00:00:00": "date_format: YYYY-MM-DD",
    "2024-03-01T10:00:00Z": "date_format: YYYY-MM-DD",
    "2024-03-01 (BC)": "date_format: YYYY-MM-DD",
    "-2024-03-01": "date_format: YYYY-MM-DD",
    "12024-03-01": "date_format: YYYY-MM-DD",
    "2024\u201103\u201101": "date_format: YYYY-MM-DD",
    "\uff12\uff10\uff12\uff14-03-01": "date_format: YYYY-MM-DD",
    "infinity": "date_format: YYYY-MM-DD",
    "-infinity": "date_format: YYYY-MM-DD",
    "epoch": "date_format: YYYY-MM-DD",
    "today": "date_format: YYYY-MM-DD",
    "45352": "date_format: '45352' is not a date written as YYYY-MM-DD",
    "2024-03-01'; DROP TABLE staged; --": "date_format: DROP TABLE",
}
_AMOUNTS = {
    "0.01": "",
    "0": "amount_zero: '0' is zero",
    "0.00": "amount_zero: is zero",
    "-0.00": "amount_zero: is zero",
    "-0.01": "amount_negative: '-0.01' is negative; the profile says what that means (negative)",
    "0.001": "amount_decimals: has more decimals than the currency",
    "12.500": "amount_decimals: has more decimals",
    "12.345": "amount_decimals: has more decimals",
    "999999999999.99": "",
    "1000000000000.00": "amount_digits: more than 12 digits",
    "000000000000012.50": "",
    "9" * 4000: "amount_digits: more than 12 digits",
    "+12.50": "",
    " 12.50\t": "",
    "12.": "",
    ".50": "",
    "": "amount_required: the amount is empty",
    ".": "amount_format: '.' is not an amount",
    "-": "amount_format: '-' is not an amount",
    "1,000.00": "amount_thousands: '1,000.00' has a thousands separator",
    "1 000.00": "amount_thousands: thousands separator",
    "1\u00a0000.00": "amount_thousands: thousands separator",
    "1'000.00": "amount_thousands: thousands separator",
    "1.000,00": "amount_thousands: thousands separator",
    "1,5": "amount_format: '1,5' is not an amount",
    "NaN": "amount_not_finite: 'NaN' is not a number that can be paid",
    "-nan": "amount_not_finite: can be paid",
    "inf": "amount_not_finite: can be paid",
    "Infinity": "amount_not_finite: can be paid",
    "1e400": "amount_exponent: '1e400' is written with an exponent",
    "1E2": "amount_exponent: exponent",
    "5e-1": "amount_exponent: exponent",
    "0x10": "amount_format: not an amount",
    "1_000": "amount_format: not an amount",
    "\u0661\u0662": "amount_format: not an amount",
    "\uff15": "amount_format: not an amount",
    "1O0": "amount_format: not an amount",
    "$5.00": "amount_format: not an amount",
    "5 USD": "amount_format: not an amount",
    "50%": "amount_format: not an amount",
    "1/2": "amount_format: not an amount",
    "1.2.3": "amount_format: not an amount",
    "--5": "amount_format: not an amount",
    "5+5": "amount_format: not an amount",
    "=1+1": "amount_format: '=1+1' is not an amount",
    "twelve": "amount_format: not an amount",
    "(5.00)": "amount_negative: '(5.00)' is negative",
    "5.00-": "amount_negative: is negative",
    "\u22125.00": "amount_negative: is negative",
    "(-5.00)": "amount_format: not an amount",
    "((5.00))": "amount_format: not an amount",
    "5.00 CR": "amount_format: not an amount",
}
_TEXTS = {"vendor": 255, "category": 100, "description": 10_000, "reference": 255, "external_id": 255}
_TYPES = {
    "expense": "taken 1: 'Acme' expense 12.50",
    "income": "taken 1: 'Acme' income 12.50",
    "refund": "taken 1: 'Acme' refund 12.50",
    "debit": "taken 1: 'Acme' expense 12.50",
    "credit": "taken 1: 'Acme' income 12.50",
    " REFUND ": "taken 1: 'Acme' refund 12.50",
    "": TAKEN,
    "transfer": "2 type type_unknown: 'transfer' is not expense, income, refund, debit or credit",
    "expenses": "2 type type_unknown: 'expenses' is not",
}
_CURRENCIES = {
    "USD": TAKEN,
    "usd": TAKEN,
    " Usd ": TAKEN,
    "": TAKEN,
    "EUR": "2 currency currency_differs: 'EUR' is not the organization's currency",
    "$": "2 currency currency_differs: '$' is not",
    "US": "2 currency currency_differs: 'US' is not",
}
_DECIMALS = (
    ("JPY", "12", "taken 1: expense 12"),
    ("JPY", "12.0", "2 amount amount_decimals: more decimals"),
    ("JPY", "12.00", "2 amount amount_decimals: more decimals"),
    ("JPY", "999999999999", "taken 1: expense 999999999999"),
    ("KWD", "0.001", "taken 1: expense 0.001"),
    ("KWD", "1.2345", "2 amount amount_decimals: more decimals"),
    ("KWD", "999999999999.999", "taken 1: expense 999999999999.999"),
    ("USD", "1.10", "taken 1: expense 1.10"),
)


def _of_field(name: str, value: str, rule: str, said: str | None = None) -> Odd:
    expected = f"2 {name} {rule}" if rule else "taken 1"
    return Odd(f"{name} {said or repr(value)[:40]}", row(**{name: value}), expected)


BOUNDS = (
    *(_of_field("date", value, rule) for value, rule in _DATES.items()),
    *(_of_field("amount", value, rule) for value, rule in _AMOUNTS.items()),
    *(_of_field(name, "x" * most, "", f"of {most}") for name, most in _TEXTS.items()),
    *(
        _of_field(name, "x" * (most + 1), f"{name}_length: longer than {most:,} characters", f"of {most + 1}")
        for name, most in _TEXTS.items()
    ),
    *(_of_field(name, f"  {'x' * most}\u00a0", "", f"of {most} and blanks around") for name, most in _TEXTS.items()),
    _of_field("vendor", "\U0001f4b6" * 255, "", "of 255 characters beyond 16 bits"),
    _of_field("vendor", "\U0001f4b6" * 256, "vendor_length: longer than 255", "of 256 characters beyond 16 bits"),
    _of_field("vendor", "", "vendor_required: the vendor is empty"),
    _of_field("vendor", " \t ", "vendor_required: is empty"),
    _of_field("vendor", "\u00a0\u2003\u3000", "vendor_required: is empty"),
    _of_field("vendor", "\ufeff", "vendor_required: is empty"),
    _of_field("vendor", "\u200b\u2060", "vendor_required: is empty"),
    _of_field("vendor", "\u0085\u2028", "vendor_required: is empty"),
    _of_field("vendor", "x", ""),
    _of_field("category", " ", ""),
    _of_field("account", "x" * 5_000, "", "of 5,000"),
    *(Odd(f"type {value!r}", row(type=value), expected) for value, expected in _TYPES.items()),
    *(Odd(f"currency {value!r}", row(currency=value), expected) for value, expected in _CURRENCIES.items()),
    *(Odd(f"{currency} {value}", row(amount=value), expected, currency=currency) for currency, value, expected in _DECIMALS),
    Odd("category of revenue", row(category="revenue"), "taken 1: income 12.50"),
    Odd("category of revenue, and a type", row(category="Revenue", type="expense"), "taken 1: expense 12.50"),
    Odd("an id twice, equal", row(external_id="A") + written(row(external_id="A").split("\n")[1].split(",")), "taken 1, skipped 1"),
    Odd(
        "an id twice, another amount",
        row(external_id="A") + row(external_id="A", amount="1").split("\n")[1] + "\n",
        "3 external_id external_id_differs: 'A'",
    ),
    Odd(
        "an id twice, other accounts",
        row(external_id="A", account="1") + row(external_id="A", account="2").split("\n")[1] + "\n",
        "taken 2",
    ),
    Odd(
        "everything wrong in one row",
        row(date="x", vendor="", amount="y", type="z", currency="EUR"),
        (
            "2 amount amount_format: not an amount",
            "2 currency currency_differs",
            "2 date date_format",
            "2 type type_unknown",
            "2 vendor vendor_required",
        ),
    ),
    Odd("a blank row", ONE + ",,\n", "taken 1, blank 1"),
    Odd("a row of spaces", ONE + " , ,\u00a0\n", "taken 1, blank 1"),
    Odd("a row with unknown columns only", "date,vendor,amount,x\n2024-03-01,Acme,12.50,1\n,,,2\n", "taken 1, blank 1"),
    Odd("blank rows only", HEADER + ",,\n" * 3, "refused : no row of the file is a transaction"),
    Odd("a good and a bad row", ONE + "2024-03-01,,1.00\n", "3 vendor vendor_required"),
    Odd(
        "a good and a bad row in quarantine",
        ONE + "2024-03-01,,1.00\n",
        (f"taken 1, rejected 1: {ACME}", "3 vendor vendor_required"),
        quarantine=True,
    ),
    Odd(
        "bad rows only, in quarantine",
        HEADER + "2024-03-01,,1.00\n",
        ("refused : no row of the file is a transaction", "2 vendor vendor_required"),
        quarantine=True,
    ),
    Odd("repeats are kept", ONE + ONE.split("\n")[1] + "\n", "taken 2"),
)  # fmt: skip

_CARD = COLUMNS + 'type = "type"\n[amounts]\nnegative = "expense"\n'
_PAYER = COLUMNS + 'type = "type"\n[amounts]\nnegative = "refund"\n'
_PAIR = '[columns]\ndate = "date"\nvendor = "vendor"\ndebit = "out"\ncredit = "in"\n[amounts]\nnegative = "expense"\n'
_SIGN = COLUMNS + 'sign = "S/H"\n[amounts]\nnegative = "expense"\nnegative_marks = ["S"]\npositive_marks = ["H"]\n'
_MARKS = amounts(
    'negative = "refund"\nnegative_marks = ["CR"]\npositive_marks = ["DR"]\nthousands = ","\nstrip = ["$"]'
)
_COMMA = amounts('decimal = ","\nthousands = "."\nnegative = "refund"')
_ROUND = amounts('extra_decimals = "round"')


def _amount(value: str, profile: str, expected: str, currency: str = "USD") -> Odd:
    settings = " ".join(profile.partition("[amounts]")[2].split())
    return Odd(
        f"amount {value!r} with {settings}",
        written(("date", "vendor", "amount"), ("2024-03-01", "Acme", value)),
        expected,
        profile,
        currency=currency,
    )


def _typed(value: str, kind: str, profile: str, expected: str) -> Odd:
    content = written(("date", "vendor", "amount", "type"), ("2024-03-01", "Acme", value, kind))
    return Odd(f"{kind} of {value} with {' '.join(profile.split()[-3:])}", content, expected, profile)


def _pair(out: str, into: str, expected: str) -> Odd:
    return Odd(
        f"debit {out!r}, credit {into!r}",
        written(("date", "vendor", "out", "in"), ("2024-03-01", "Acme", out, into)),
        expected,
        _PAIR,
    )


def _marked(value: str, mark: str, expected: str) -> Odd:
    content = written(("date", "vendor", "amount", "S/H"), ("2024-03-01", "Acme", value, mark))
    return Odd(f"amount {value!r} marked {mark!r}", content, expected, _SIGN)


def _date(value: str, expected: str, *formats: str) -> Odd:
    return Odd(
        f"date {value!r} by {' '.join(formats)}",
        written(("date", "vendor", "amount"), (value, "Acme", "12.50")),
        expected,
        dates(*formats),
    )


BY_PROFILE = (
    _amount("-12.50", amounts('negative = "refund"'), "taken 1: refund 12.50"),
    _amount("(12.50)", amounts('negative = "refund"'), "taken 1: refund 12.50"),
    _amount("12.50-", amounts('negative = "refund"'), "taken 1: refund 12.50"),
    _amount("\u221212.50", amounts('negative = "refund"'), "taken 1: refund 12.50"),
    _amount("-12.50", BANK, "taken 1: expense 12.50"),
    _amount("12.50", BANK, "taken 1: income 12.50"),
    _amount("0", amounts('zero = "skip"'), "taken 0, skipped 1"),
    _amount("0.001", amounts('zero = "skip"'), "2 amount amount_decimals"),
    _amount("12.50 CR", _MARKS, "taken 1: refund 12.50"),
    _amount("CR 1,234.50", _MARKS, "taken 1: refund 1234.50"),
    _amount("12.50 dr", _MARKS, "taken 1: expense 12.50"),
    _amount("-12.50 CR", _MARKS, "2 amount amount_signed_twice: a sign of its own beside"),
    _amount("(12.50) DR", _MARKS, "2 amount amount_signed_twice: a sign of its own"),
    _amount("12.50 XX", _MARKS, "2 amount amount_format"),
    _amount("$1,234.50", _MARKS, "taken 1: expense 1234.50"),
    _amount("$(1,234.50)", _MARKS, "taken 1: refund 1234.50"),
    _amount("1,23.50", _MARKS, "2 amount amount_thousands: misplaced"),
    _amount("1234,567.50", _MARKS, "2 amount amount_thousands"),
    _amount("1.234,50", _COMMA, "taken 1: expense 1234.50"),
    _amount("1.234.567,50", _COMMA, "taken 1: expense 1234567.50"),
    _amount("1,234.50", _COMMA, "2 amount amount_thousands"),
    _amount("1234.50", _COMMA, "2 amount amount_thousands"),
    _amount("1.234", _COMMA, "taken 1: expense 1234.00"),
    _amount("1\u202f234.50", amounts('thousands = " "'), "taken 1: expense 1234.50"),
    _amount("1\u00a0234.50", amounts('thousands = " "'), "taken 1: expense 1234.50"),
    _amount("1\u2019234.50", amounts('thousands = "\'"'), "taken 1: expense 1234.50"),
    _amount("0.125", _ROUND, "taken 1: expense 0.12"),
    _amount("0.135", _ROUND, "taken 1: expense 0.14"),
    _amount("0.12500000000000000001", _ROUND, "taken 1: expense 0.13"),
    _amount("999999999999.995", _ROUND, "2 amount amount_digits"),
    _amount("3.64E-12", _ROUND, "taken 1: expense 0.00"),
    _amount("1e400", _ROUND, "2 amount amount_exponent"),
    _amount("0.5", _ROUND, "taken 1: expense 0", "JPY"),
    _amount("1.5", _ROUND, "taken 1: expense 2", "JPY"),
    _typed("12.50", "credit", _PAYER, "taken 1: income 12.50"),
    _typed("-12.50", "", _PAYER, "taken 1: refund 12.50"),
    _typed("-12.50", "refund", _PAYER, "taken 1: refund 12.50"),
    _typed("-12.50", "expense", _PAYER, "2 type type_contradicts_sign: makes it a refund"),
    _typed("-12.50", "credit", _PAYER, "2 type type_contradicts_sign: makes it a refund"),
    _typed("-12.50", "debit", _CARD, "taken 1: expense 12.50"),
    _typed("-12.50", "expense", _CARD, "taken 1: expense 12.50"),
    _typed("-12.50", "credit", _CARD, "2 type type_contradicts_sign: makes it an expense"),
    _typed("-12.50", "income", _CARD, "2 type type_contradicts_sign: makes it an expense"),
    _typed("-12.50", "refund", _CARD, "2 type type_contradicts_sign: makes it an expense"),
    _typed("12.50", "credit", _CARD, "taken 1: income 12.50"),
    _typed("12.50", "refund", _CARD, "taken 1: refund 12.50"),
    _typed("12.50", "debit", _CARD, "2 type type_contradicts_sign: makes it income"),
    _typed("12.50", "expense", _CARD, "2 type type_contradicts_sign: makes it income"),
    _pair("12.50", "", TAKEN),
    _pair("", "12.50", "taken 1: income 12.50"),
    _pair("12.50", "0.00", TAKEN),
    _pair("0", "12.50", "taken 1: income 12.50"),
    _pair("12.50", "1.00", "2 out / in amount_both: '12.50 / 1.00'"),
    _pair("", "", "2 out / in amount_required"),
    _pair("0.00", "0.00", "2 out / in amount_zero"),
    _pair("-12.50", "", "2 out / in amount_signed_twice"),
    _marked("12.50", "S", TAKEN),
    _marked("12.50", "h", "taken 1: income 12.50"),
    _marked("12.50", "", "2 amount amount_mark: does not name"),
    _marked("12.50", "X", "2 amount amount_mark: does not name"),
    _marked("-12.50", "S", "2 amount amount_signed_twice"),
    _date("01/03/2024", TAKEN, "%d/%m/%Y"),
    _date("1/3/2024", TAKEN, "%d/%m/%Y"),
    _date("01/03/24", "2 date date_format: written as %d/%m/%Y", "%d/%m/%Y"),
    _date("01/03/24", TAKEN, "%d/%m/%Y", "%d/%m/%y"),
    _date("31/02/2024", "2 date date_format: '31/02/2024' is not a date written as %d/%m/%Y or %d.%m.%Y", "%d/%m/%Y", "%d.%m.%Y"),
    _date("13/13/2024", "2 date date_format", "%d/%m/%Y"),
    _date("2024-03-01", "2 date date_format: '2024-03-01' is not a date written as %d/%m/%Y", "%d/%m/%Y"),
    _date("01 Mar 2024", TAKEN, "%d %b %Y"),
    _date("01 M\u00e4r 2024", "2 date date_format", "%d %b %Y"),
    _date("2024-03-01 23:59:59", TAKEN, "%Y-%m-%d %H:%M:%S"),
    _date("2024-03-01 24:00:00", "2 date date_format", "%Y-%m-%d %H:%M:%S"),
    Odd("a profile with a constant", "date,amount\n2024-03-01,12.50\n", TAKEN, '[columns]\ndate = "date"\namount = "amount"\n[constants]\nvendor = "Acme"\n'),
    Odd("a date from the name", "vendor,amount\nAcme,12.50\n", TAKEN, '[columns]\nvendor = "vendor"\namount = "amount"\n[dates]\nfrom_name = "spend-%Y-%m"\n', "spend-2024-03.csv"),
    Odd("no date in the name", "vendor,amount\nAcme,12.50\n", "refused file_name: 'x.csv' has no date", '[columns]\nvendor = "vendor"\namount = "amount"\n[dates]\nfrom_name = "spend-%Y-%m"\n', "x.csv"),
    Odd("a thirteenth month in the name", "vendor,amount\nAcme,12.50\n", "refused file_name: has no date of the form", '[columns]\nvendor = "vendor"\namount = "amount"\n[dates]\nfrom_name = "spend-%Y-%m"\n', "spend-2024-13.csv"),
    Odd("a vendor that is too long, cut", written(("date", "vendor", "amount"), ("2024-03-01", "x" * 300, "1")), f"taken 1: '{'x' * 255}' expense 1.00", COLUMNS + '[reading]\nlong_text = "cut"\n'),
    Odd("a vendor that is too long, refused", written(("date", "vendor", "amount"), ("2024-03-01", "x" * 300, "1")), "2 vendor vendor_length", COLUMNS + '[reading]\nlong_text = "reject"\n'),
)  # fmt: skip
