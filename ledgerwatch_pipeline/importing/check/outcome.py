"""What the checks over staged rows gave, as plain values: by name, how many rows each refused, and some of them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ledgerwatch_pipeline.model.json import JsonValue

SAMPLES = 20


@dataclass(frozen=True, slots=True)
class CheckSample:
    """One refused row. values: what the expectation looked at by its column; a decimal or a date is its exact text."""

    organization: str
    file: str
    row_number: int
    values: Mapping[str, JsonValue]


@dataclass(frozen=True, slots=True)
class CheckOutcome:
    """One check over all that was staged: how many rows it refused, and at most SAMPLES of them."""

    name: str
    unexpected: int
    samples: tuple[CheckSample, ...] = ()


def merged(total: dict[str, CheckOutcome], outcomes: Iterable[CheckOutcome]) -> None:
    """Add the outcomes of a batch to ``total``, which is by name."""
    for each in outcomes:
        before = total.get(each.name, CheckOutcome(each.name, 0))
        samples = (*before.samples, *each.samples)[:SAMPLES]
        total[each.name] = CheckOutcome(each.name, before.unexpected + each.unexpected, samples)
