"""The kinds of signals, in the order in which they are computed. A new kind is a module, a SQL text, and its name here."""

from ledgerwatch_pipeline.model.errors import UnknownThingError
from ledgerwatch_pipeline.ranking.contract import SignalKind
from ledgerwatch_pipeline.ranking.signals.batch import BATCH
from ledgerwatch_pipeline.ranking.signals.dormant import DORMANT
from ledgerwatch_pipeline.ranking.signals.near import NEAR
from ledgerwatch_pipeline.ranking.signals.new import NEW
from ledgerwatch_pipeline.ranking.signals.repeat import REPEAT
from ledgerwatch_pipeline.ranking.signals.same_ref import SAME_DESC, SAME_REF
from ledgerwatch_pipeline.ranking.signals.size import SIZE
from ledgerwatch_pipeline.ranking.signals.slip import SLIP
from ledgerwatch_pipeline.ranking.signals.spike import SPIKE
from ledgerwatch_pipeline.ranking.signals.split import SPLIT
from ledgerwatch_pipeline.ranking.signals.twin import TWIN

KINDS: tuple[SignalKind, ...] = (SAME_REF, SAME_DESC, BATCH, REPEAT, NEAR, SIZE, SLIP, NEW, DORMANT, SPIKE, SPLIT, TWIN)
"""``batch`` reads what ``same_ref`` and ``same_desc`` found, and what it explains is left to it: these come first."""
VERSION = 1
"""The version of the score, which is kept with each case. It counts up when a kind, or how cases are ranked, changes."""
BY_NAME = {kind.name: kind for kind in KINDS}


def named(name: str) -> SignalKind:
    """The kind called ``name``; raises UnknownThingError naming the close ones."""
    if name not in BY_NAME:
        raise UnknownThingError("kind of signals", name, BY_NAME)
    return BY_NAME[name]
