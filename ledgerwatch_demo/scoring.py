"""How well findings agree with an answer key: per analyzer what was planted, found, missed, and not asked for.

Pure functions over plain values; the caller turns its findings or alerts into ``Found``. Not here: reading findings,
printing scores. Called by ``ledgerwatch demo`` and tests.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from ledgerwatch_demo.answer_key import AnswerKey, Decoy, Planted
from ledgerwatch_pipeline.model.vendor import vendor_key

_Place = tuple[str, str, str, str]


class Found(NamedTuple):
    """One finding. ``subject`` is the vendor or threshold slug (not looked at for burn_rate); ``month`` is YYYY-MM.

    ``dates`` are those of the evidence: with them two findings of one vendor in one month are told apart; without any,
    place alone decides. ``severity``, if given, is compared too.
    """

    organization: str
    analyzer: str
    month: str
    subject: str = ""
    dates: tuple[date, ...] = ()
    severity: str | None = None


@dataclass(frozen=True, slots=True)
class Score:
    """One analyzer's agreement. ``planted`` = ``found`` + len(``missed``); ``unexpected`` includes ``decoys_found``."""

    analyzer: str
    planted: int
    found: int
    missed: tuple[Planted, ...]
    unexpected: int
    wrong_severity: tuple[Planted, ...]
    decoys_found: tuple[Decoy, ...]

    @property
    def perfect(self) -> bool:
        """Whether exactly what was planted was found, with the planted severities."""
        return not (self.missed or self.unexpected or self.wrong_severity)


def score(key: AnswerKey, findings: Iterable[Found], analyzers: Iterable[str]) -> list[Score]:
    """Compare findings with the key, for ``analyzers`` only and in their order; other findings are not looked at."""
    wanted = list(dict.fromkeys(analyzers))
    by_analyzer: dict[str, list[Found]] = {name: [] for name in wanted}
    for finding in findings:
        if finding.analyzer in by_analyzer:
            by_analyzer[finding.analyzer].append(finding)
    return [_score(key, name, by_analyzer[name]) for name in wanted]


def _score(key: AnswerKey, analyzer: str, findings: list[Found]) -> Score:
    open_plants: defaultdict[_Place, list[Planted]] = defaultdict(list)
    for planted in key.planted:
        if planted.analyzer == analyzer:
            open_plants[_place(planted)].append(planted)
    total = sum(map(len, open_plants.values()))
    decoys: defaultdict[_Place, list[Decoy]] = defaultdict(list)
    for decoy in key.decoys:
        if decoy.analyzer == analyzer:
            decoys[_place(decoy)].append(decoy)
    unexpected = 0
    wrong: list[Planted] = []
    tempted: dict[Decoy, None] = {}
    for finding in findings:
        match = _best(finding, open_plants[_place(finding)])
        if match is None:
            unexpected += 1
            tempted.update((decoy, None) for decoy in decoys[_place(finding)] if _dates_agree(finding, decoy))
            continue
        open_plants[_place(finding)].remove(match)
        if finding.severity not in (None, match.severity):
            wrong.append(match)
    missed = tuple(planted for left in open_plants.values() for planted in left)
    return Score(analyzer, total, total - len(missed), missed, unexpected, tuple(wrong), tuple(tempted))


def _place(item: Planted | Decoy | Found) -> _Place:
    subject = "" if item.analyzer == "burn_rate" else vendor_key(item.subject)
    return (item.organization, item.analyzer, item.month, subject)


def _best(finding: Found, plants: list[Planted]) -> Planted | None:
    """Return the plant the finding is about: the one with its very dates, else one that shares a date with it."""
    exact = (planted for planted in plants if sorted(planted.dates) == sorted(finding.dates))
    near = (planted for planted in plants if _dates_agree(finding, planted))
    return next(exact, None) or next(near, None)


def _dates_agree(finding: Found, item: Planted | Decoy) -> bool:
    return not finding.dates or not item.dates or not set(finding.dates).isdisjoint(item.dates)
