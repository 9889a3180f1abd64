"""Another process commits into an organization's ledger while a batch of it is judged."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import pytest

from ledgerwatch_pipeline.home import Home
from ledgerwatch_pipeline.importing import accept, judge
from ledgerwatch_pipeline.importing.decide.external_ids import Replaced
from ledgerwatch_pipeline.importing.judge import Judgement
from ledgerwatch_pipeline.importing.receive.files import receive
from ledgerwatch_pipeline.importing.stage import LoadFile
from ledgerwatch_pipeline.model.load import ImportOptions
from ledgerwatch_tests.conftest import TESTER, Tenant
from ledgerwatch_tests.steps import import_these


@contextmanager
def another_imports(tenant: Tenant, monkeypatch: pytest.MonkeyPatch, text: str) -> Iterator[list[Judgement]]:
    """In the block, another home imports a file of this ``text`` once the tenant's first batch is judged and before it is
    accepted; yields the judgements of the tenant's home as they are made."""
    other = Home(tenant.home.settings)
    judgements: list[Judgement] = []

    @contextmanager
    def interrupted(home: Home, files: Sequence[LoadFile], replaced: Sequence[Replaced]) -> Iterator[Judgement]:
        with judge.judged(home, files, replaced) as judgement:
            if home is tenant.home:
                judgements.append(judgement)
                if len(judgements) == 1:
                    (receipt,) = receive(other, [tenant.write(text, "first.csv")], tenant.slug, ImportOptions(), TESTER)
                    import_these(other, TESTER, [receipt.load_id])
            yield judgement

    monkeypatch.setattr(accept, "judged", interrupted)
    yield judgements
    other.close()
