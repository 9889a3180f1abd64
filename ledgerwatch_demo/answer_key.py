"""The answer key: what was planted in generated data, as frozen values, and its JSON file.

Not here: planting (``planting``) and comparing with findings (``scoring``). Amounts are strings with two decimals in
the organization's currency and months are ``YYYY-MM``, as everywhere in LedgerWatch's JSON.
"""

import json
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

FILE_NAME = "answer_key.json"


@dataclass(frozen=True, slots=True)
class PlantedOrganization:
    """An organization as it must be created before its files are imported. Balance and its date: both or neither."""

    slug: str
    name: str
    currency: str
    opening_balance: str | None
    opening_date: date | None


@dataclass(frozen=True, slots=True)
class PlantedThreshold:
    """A budget limit to set for an organization or a category of it; a warning at ``warn_at_percent`` of it."""

    organization: str
    slug: str
    name: str
    period: str
    scope: str
    type: str
    operator: str
    amount: str
    warn_at_percent: int = 80


@dataclass(frozen=True, slots=True)
class Planted:
    """One finding that the default rules must give.

    ``subject`` is the vendor, the threshold's slug, or empty for burn_rate. ``kind`` tells variants of one analyzer
    apart: ``spike``, ``new``, ``returning``, ``exceeded``, ``approached``, ``pair``, ``chain`` and so on.

    ===================  ===========================  =====================================
    analyzer             ``amount``                   ``dates``
    ===================  ===========================  =====================================
    large_transaction    of the transaction           its date
    duplicate            of each member               of all members, in order
    vendor_spike         the vendor's spend in month  of the rows that make the difference
    burn_rate            net burn, to the cent        none
    budget_threshold     the bucket's total           first day of the bucket
    ===================  ===========================  =====================================
    """

    organization: str
    analyzer: str
    month: str
    severity: str
    kind: str
    subject: str
    amount: str
    dates: tuple[date, ...]


@dataclass(frozen=True, slots=True)
class Decoy:
    """Rows that come close to a finding of ``analyzer`` and must give none; ``reason`` says why not."""

    organization: str
    analyzer: str
    month: str
    subject: str
    amount: str
    dates: tuple[date, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class AnswerKey:
    """What one call of ``generate`` wrote, and what LedgerWatch must and must not find in it by its default rules."""

    rows: int
    orgs: int
    months: int
    seed: int
    start: date
    files: int
    organizations: tuple[PlantedOrganization, ...]
    thresholds: tuple[PlantedThreshold, ...]
    planted: tuple[Planted, ...]
    decoys: tuple[Decoy, ...]

    def write(self, path: Path) -> None:
        """Write the key as JSON: stable key order, two-space indent, one final newline, the same bytes everywhere."""
        text = json.dumps(asdict(self), indent=2, ensure_ascii=False, default=date.isoformat)
        path.write_bytes(text.encode() + b"\n")

    @classmethod
    def read(cls, path: Path) -> "AnswerKey":
        """Read a key that ``write`` wrote; raise OSError, ValueError (not JSON), KeyError or TypeError (not a key)."""
        data: dict[str, Any] = json.loads(path.read_bytes())
        data["start"] = date.fromisoformat(data["start"])
        data["organizations"] = tuple(_organization(item) for item in data["organizations"])
        data["thresholds"] = tuple(PlantedThreshold(**item) for item in data["thresholds"])
        data["planted"] = tuple(Planted(**_dated(item)) for item in data["planted"])
        data["decoys"] = tuple(Decoy(**_dated(item)) for item in data["decoys"])
        return cls(**data)


def _organization(item: dict[str, Any]) -> PlantedOrganization:
    opening = item["opening_date"]
    return PlantedOrganization(**{**item, "opening_date": None if opening is None else date.fromisoformat(opening)})


def _dated(item: dict[str, Any]) -> dict[str, Any]:
    return {**item, "dates": tuple(date.fromisoformat(day) for day in item["dates"])}
