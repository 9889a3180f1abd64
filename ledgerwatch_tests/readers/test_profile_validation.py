"""A profile is tried out when it is read: what is wrong is named with its key, and is never a file's fault."""

import pytest

from ledgerwatch_pipeline.model.errors import UsageError
from ledgerwatch_tests.reading import COLUMNS, profile_of, staged

WRONG = {
    "": "columns.date",
    COLUMNS + "colour = 1\n": "unknown key columns.colour",
    COLUMNS + "category = []\n": "columns.category",
    COLUMNS + 'category = ""\n': "columns.category",
    COLUMNS + "category = 0\n": "columns.category",
    COLUMNS + "category = true\n": "columns.category",
    COLUMNS + 'debit = "a"\n': "columns.credit",
    COLUMNS + 'debit = "a"\ncredit = "b"\n': "columns.amount",
    COLUMNS + 'sign = "a"\n': "amounts.negative_marks",
    COLUMNS + "[dates]\nformats = []\n": "dates.formats",
    COLUMNS + '[dates]\nformats = [""]\n': "dates.formats",
    COLUMNS + '[dates]\nformats = "%d"\n': "dates.formats",
    COLUMNS + '[dates]\nformats = ["%d/%m"]\n': "such as %d/%m/%Y",
    COLUMNS + '[dates]\nformats = ["dd/mm/yyyy"]\n': "with year, month and day",
    COLUMNS + '[dates]\nformats = ["%d/%m/%Q"]\n': "without %Q",
    COLUMNS + '[dates]\nfrom_name = "%Y-%m"\n': "columns.date",
    '[columns]\nvendor = "v"\namount = "a"\n[dates]\nfrom_name = "%m"\n': "a year and a month",
    COLUMNS + '[amounts]\nstrip = ["-"]\n': "without '-'",
    COLUMNS + '[amounts]\nstrip = ["("]\n': "without '('",
    COLUMNS + '[amounts]\nstrip = ["US1"]\n': "without '1'",
    COLUMNS + '[amounts]\nstrip = ["."]\n': "without '.'",
    COLUMNS + '[amounts]\nstrip = ["\u2212"]\n': "without",
    COLUMNS + '[amounts]\nstrip = ["\u2013"]\n': "without",
    COLUMNS + '[amounts]\nstrip = [" "]\n': "without ' '",
    COLUMNS + '[amounts]\nstrip = [","]\n': "without ','",
    COLUMNS + '[amounts]\nstrip = ["CR"]\n': "no mark of a sign",
    COLUMNS + '[amounts]\nstrip = ["Cr. "]\n': "no mark of a sign",
    COLUMNS + '[amounts]\nstrip = ["Soll"]\nnegative_marks = ["Soll"]\n': "no mark of a sign",
    COLUMNS + "[amounts]\nstrip = []\n": "amounts.strip",
    COLUMNS + '[amounts]\nnegative_marks = ["CR"]\npositive_marks = ["cr"]\n': "different from",
    COLUMNS + '[amounts]\nnegative_marks = ["(C)"]\n': "amounts.negative_marks",
    COLUMNS + '[amounts]\nthousands = "."\n': "amounts.thousands",
    COLUMNS + '[amounts]\nthousands = "_"\n': "amounts.thousands",
    COLUMNS + '[amounts]\nnegative = "maybe"\n': "amounts.negative",
    COLUMNS + "[constants]\naccount = 1\n": "constants.account",
    COLUMNS + '[constants]\nvendor = "x"\n': "not both",
    COLUMNS + '[constants]\nexternal_id = "x"\n': "constants.external_id",
    COLUMNS + '[defaults]\ncategory = "x"\n': "under constants",
    COLUMNS + "[reading]\nheader = 0\n": "reading.header",
    COLUMNS + '[reading]\nheader = "none"\n': "reading.header",
    COLUMNS + '[reading]\nencoding = "latin-9"\n': "reading.encoding",
    COLUMNS + '[reading]\ndelimiter = ";;"\n': "reading.delimiter",
    COLUMNS + "[reading]\nfooter = []\n": "reading.footer",
    COLUMNS + '[reading]\nsheet = ""\n': "reading.sheet",
    COLUMNS + "[reading]\nsheets = 1\n": "unknown key reading.sheets",
    COLUMNS + 'status = "State"\n': "reading.booked",
    COLUMNS + '[reading]\nbooked = ["DONE"]\n': "together with columns.status",
    COLUMNS + 'status = "State"\n[reading]\nbooked = []\n': "reading.booked",
    COLUMNS + '[reading]\nlong_text = "keep"\n': "reading.long_text",
    COLUMNS + "[reading]\nwith_columns = []\n": "reading.with_columns",
    '[columns]\ndate = 1\nvendor = 2\namount = 3\n[reading]\nheader = "none"\nwith_columns = ["x"]\n': "reading.with_columns",
}


@pytest.mark.parametrize("text", WRONG)
def test_what_is_wrong_with_a_profile_is_named(text: str) -> None:
    with pytest.raises(UsageError) as error:
        profile_of(text)
    assert WRONG[text] in str(error.value)
    assert error.value.exit_code == 2


def test_signs_of_currencies_that_are_taken_off() -> None:
    signs = ["$", "€", "R", "Rs.", "kr.", "CRC", "US$", "EUR ", "US $", "S/.", "د.إ"]
    text = ", ".join(f'"{each}"' for each in signs)
    assert profile_of(COLUMNS + f"[amounts]\nstrip = [{text}]\n").strip == tuple(signs)
    for wrong in ("$.", "$-", "R", "c"):
        with pytest.raises(UsageError, match="amounts.strip"):
            profile_of(COLUMNS + f'[amounts]\nstrip = ["{wrong}"]\nnegative_marks = ["CR"]\n')


def test_formats_that_work() -> None:
    formats = [
        "%Y-%m-%d",
        "%d/%m/%y",
        "%d %b %Y",
        "%B %d, %Y",
        "%m/%d/%Y %H:%M",
        "%-d.%-m.%Y",
        "%Y%m%d",
        "%Y-%m-%dT%H:%M:%S%z",
    ]
    text = ", ".join(f'"{each}"' for each in formats)
    assert profile_of(COLUMNS + f"[dates]\nformats = [{text}]\n").date_formats == tuple(formats)


@pytest.mark.parametrize("formats", [("%d.%m.%Y", "%d.%m.%y"), ("%d.%m.%y", "%d.%m.%Y")])
def test_years_of_two_and_of_four_digits_in_one_file(formats: tuple[str, ...]) -> None:
    profile = profile_of(COLUMNS + f"[dates]\nformats = {list(formats)}\n")
    found = staged("date,vendor,amount\n01.03.2024,A,1\n02.03.24,A,1\n", profile=profile)
    assert [row[0] for row in found.good] == ["2024-03-01", "2024-03-02"]
