"""What the readers of bank statements have in common: amounts, days, and the sum that a statement must come to."""

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from ledgerwatch_pipeline.importing.limits import MAX_STATEMENT
from ledgerwatch_pipeline.model.errors import FileRejectedError
from ledgerwatch_pipeline.model.load import BankStatement

MAX_VENDOR = 255
"""Characters of a free text that stands for the counterparty where a statement names none."""
_DIGITS = re.compile(r"[0-9]{1,25}([.][0-9]{0,10})?")


@dataclass
class Statement:
    """One statement of a file, as far as it is read. called: what a person finds it by. opening, closing: None if it does not
    say; movements: the sum of its booked entries; seen: all of them. interim: it is a report within the
    day, or a notice, which may have one balance without the other."""

    called: str
    account: str = ""
    currency: str = ""
    first: date | None = None
    last: date | None = None
    opening: Decimal | None = None
    closing: Decimal | None = None
    movements: Decimal = Decimal(0)
    entries: int = 0
    seen: int = 0
    interim: bool = False

    def kept(self) -> BankStatement:
        """What is kept of it with the load."""
        return BankStatement(
            self.account,
            self.currency,
            self.first,
            self.last,
            self.opening,
            self.closing,
            self.entries,
            self.movements,
        )

    def require_sum(self) -> None:
        """Raise FileRejectedError where opening balance and movements do not come to the closing balance, or where there is but one of
        the two: half of a statement can be no control of it."""
        if self.opening is None or self.closing is None:
            if self.opening is self.closing or self.interim:
                return
            has, lacks = ("a closing", "opening") if self.opening is None else ("an opening", "closing")
            balance = self.closing if self.opening is None else self.opening
            raise FileRejectedError(
                "balance",
                f"{self.called} of account {self.account or '?'} says {has} balance of {balance:f} and no {lacks} one, so it cannot be "
                "checked: it is not whole",
            )
        reached = self.opening + self.movements
        if reached != self.closing:
            raise FileRejectedError(
                "balance",
                f"{self.called} of account {self.account or '?'} does not add up: opening {self.opening:f} and "
                f"{self.entries:,} movements of {self.movements:f} come to {reached:f}, and its closing balance is "
                f"{self.closing:f} (difference {self.closing - reached:f})",
            )


def exact(text: str, place: str) -> Decimal:
    """An amount without a sign, with a decimal point; raises FileRejectedError for anything else."""
    if _DIGITS.fullmatch(text) is None:
        raise FileRejectedError("amount", f"{place}: {text[:60]!r} is not an amount")
    return Decimal(text)


def day_of(digits: str, day: str) -> str:
    """``YYYYMMDD`` or ``YYMMDD`` as the profile writes days; digits that are no day as they are, for the rules to refuse."""
    try:
        if len(digits) == 6:
            digits = ("19" if digits[:2] > "79" else "20") + digits
        return date(int(digits[:4]), int(digits[4:6]), int(digits[6:8])).strftime(day)
    except ValueError:
        return digits


def require_size(size: int) -> None:
    """Raise FileRejectedError for a file that no bank's statement is."""
    if size > MAX_STATEMENT:
        raise FileRejectedError(
            "file_size", f"the file has {size:,} bytes; statements are read up to {MAX_STATEMENT:,}"
        )


def day_or_none(digits: str) -> date | None:
    """The day that ``YYYYMMDD`` or ``YYMMDD`` begins with, for what a statement says of itself; None if it is none."""
    try:
        return date.fromisoformat(day_of(digits[: 6 if len(digits) == 6 else 8], "%Y-%m-%d"))
    except ValueError:
        return None


def first_text(*texts: str | None) -> str:
    """The first that says something, on one line; a free text is cut to what a vendor may have."""
    for text in texts:
        found = " ".join((text or "").split())
        if found:
            return found[:MAX_VENDOR]
    return ""
