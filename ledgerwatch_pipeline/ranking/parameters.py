"""What an organization sets for its cases: how many it wants to see, over which windows, which limits it has.

Kept as the parameters of analyzers are, under the name ``model.work.CASES``, as texts; recorded with each run.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from ledgerwatch_pipeline.model.errors import UnknownThingError, UsageError
from ledgerwatch_pipeline.ranking.registry import BY_NAME, KINDS


@dataclass(frozen=True, slots=True)
class Parameters:
    """The values of one organization. limits: whole units of its currency. freeze_months: lists older than so many months before
    the organization's last are not made anew for late data; 0: all are."""

    budget: int = 30
    window: int = 24
    repeat_days: int = 45
    same_ref_days: int = 400
    near_days: int = 31
    dormant_months: int = 12
    freeze_months: int = 0
    limits: tuple[int, ...] = (5_000, 10_000, 25_000, 50_000, 100_000)
    bonus: tuple[tuple[str, int], ...] = tuple((kind.name, kind.bonus) for kind in KINDS if kind.bonus)
    off: tuple[str, ...] = ()

    @property
    def windows(self) -> tuple[int, ...]:
        """What the SQL has as constants: organizations that have these in common are ranked together."""
        return (self.window, self.repeat_days, self.same_ref_days, self.near_days, self.dormant_months)

    def written(self) -> dict[str, str]:
        """Every value as ``parse`` reads it."""
        return {name: each.write(getattr(self, name)) for name, each in PARAMETERS.items()}


@dataclass(frozen=True, slots=True)
class _Number:
    meaning: str
    minimum: int
    maximum: int

    def parse(self, name: str, text: str) -> int:
        if not re.fullmatch(r"[0-9]{1,9}", text) or not self.minimum <= int(text) <= self.maximum:
            raise UsageError(f"{name} is a whole number from {self.minimum} to {self.maximum:,}, not {text!r}")
        return int(text)

    @staticmethod
    def write(value: int) -> str:
        return str(value)


@dataclass(frozen=True, slots=True)
class _Amounts:
    meaning: str

    @staticmethod
    def parse(name: str, text: str) -> tuple[int, ...]:
        parts = [each.strip() for each in text.split(",") if each.strip()]
        if len(parts) > 20 or not all(re.fullmatch(r"[1-9][0-9]{0,11}", each) for each in parts):
            raise UsageError(f"{name} are up to 20 whole amounts such as 5000,10000, not {text!r}")
        return tuple(sorted({int(each) for each in parts}))

    @staticmethod
    def write(value: tuple[int, ...]) -> str:
        return ",".join(map(str, value))


@dataclass(frozen=True, slots=True)
class _Kinds:
    meaning: str

    @staticmethod
    def parse(name: str, text: str) -> tuple[str, ...]:
        parts = {each.strip() for each in text.split(",") if each.strip()}
        for each in sorted(parts - BY_NAME.keys()):
            raise UnknownThingError(f"kind of signals in {name}", each, BY_NAME)
        return tuple(kind.name for kind in KINDS if kind.name in parts)

    @staticmethod
    def write(value: tuple[str, ...]) -> str:
        return ",".join(value)


@dataclass(frozen=True, slots=True)
class _Bonus:
    meaning: str

    @staticmethod
    def parse(name: str, text: str) -> tuple[tuple[str, int], ...]:
        values = {}
        for part in filter(None, (each.strip() for each in text.split(","))):
            found = re.fullmatch(r"([a-z_]+):(-?[0-9]{1,3})", part)
            if found is None or abs(int(found[2])) > 200:
                raise UsageError(f"{name} says kind:points, from -200 to 200, such as repeat:10,twin:-5; not {part!r}")
            if found[1] not in BY_NAME:
                raise UnknownThingError(f"kind of signals in {name}", found[1], BY_NAME)
            values[found[1]] = int(found[2])
        return tuple((kind.name, values[kind.name]) for kind in KINDS if kind.name in values)

    @staticmethod
    def write(value: tuple[tuple[str, int], ...]) -> str:
        return ",".join(f"{kind}:{points}" for kind, points in value)


PARAMETERS: Mapping[str, _Number | _Amounts | _Kinds | _Bonus] = {
    "budget": _Number("cases of a month that a list has", 1, 1_000),
    "window": _Number("months that habits and rarity are counted over", 1, 120),
    "repeat_days": _Number("days that equal payments may lie apart to count as a repeat", 1, 92),
    "same_ref_days": _Number("days within which a reference may be used again to count", 1, 800),
    "near_days": _Number("days that two amounts with swapped digits may lie apart", 0, 92),
    "dormant_months": _Number("months without a payment after which a vendor counts as dormant", 1, 120),
    "freeze_months": _Number("months after which late data changes a list no more; 0: it always does", 0, 1_200),
    "limits": _Amounts("limits of approval, in whole units of the currency, under which payments may be split"),
    "bonus": _Bonus("points that signals of a kind have by themselves, as kind:points"),
    "off": _Kinds("kinds of signals that are not looked for"),
}
"""Every parameter by name."""


def read(overrides: Mapping[str, str]) -> Parameters:
    """The values of an organization: what it sets, as it is stored, else the defaults. Raises UsageError."""
    values = {}
    for name, text in overrides.items():
        if name not in PARAMETERS:
            raise UnknownThingError("parameter of cases", name, PARAMETERS)
        values[name] = PARAMETERS[name].parse(name, text)
    return Parameters(**values)  # type: ignore[arg-type]
