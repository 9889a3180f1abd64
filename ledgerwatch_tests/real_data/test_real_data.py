"""Real files with known answers (Devon, Scottsdale). They are not in the repository; absent, the tests skip and say so."""

import gzip
import tarfile
from decimal import Decimal
from pathlib import Path

import pytest

from ledgerwatch_pipeline.importing import importer, receiving
from ledgerwatch_pipeline.model.load import OnInvalid
from ledgerwatch_tests.conftest import Tenant

PROJECT = Path(__file__).parents[2]
DATA = PROJECT.parent / "shared" / "data"


def real_file(name: str) -> Path:
    path = DATA / name
    if not path.exists():
        pytest.skip(f"{name} is not at hand")
    return path


def test_devon_gives_the_known_figures(tenant: Tenant, tmp_path: Path) -> None:
    with tarfile.open(real_file("devon_raw_183_csv.tar.gz")) as archive:
        archive.extractall(tmp_path, filter="data")
    files = sorted(tmp_path.rglob("*.csv"))
    receipts = receiving.receive(
        tenant.home, files, tenant.slug, profile_name=str(PROJECT / "examples/profiles/devon.toml"),
        on_invalid=OnInvalid.QUARANTINE, actor="test",
    )  # fmt: skip
    finished = importer.import_these(tenant.home, [receipt.load_id for receipt in receipts], "test").loads
    total = {
        name: sum(load[name] for load in finished)
        for name in ("rows", "accepted", "rejected", "blank", "expense", "refund")
    }
    assert total == {
        "rows": 1_529_542, "accepted": 1_510_646, "rejected": 400, "blank": 18_496,
        "expense": Decimal("9658016544.07"), "refund": Decimal("170724183.74"),
    }  # fmt: skip
    assert sum(load["rejected"] > 0 for load in finished) == 77
    assert len({month for load in finished for month in load["months"]}) == 183


def test_scottsdales_repeats_are_found(tenant: Tenant) -> None:
    with gzip.open(real_file("scottsdale_ct_VendorPayments.csv.gz")) as file:
        content = file.read()
    load = tenant.deliver(content, profile=str(PROJECT / "examples/profiles/scottsdale.toml"), on_invalid="quarantine")
    assert (load["rows"], load["accepted"], load["rejected"]) == (23_612, 23_606, 6)
    tenant.analyze()
    shi = [a for a in tenant.alerts("duplicate") if a["evidence"]["amount"] == "822.58"]
    assert [a["subject"] for a in shi] == ["SHI INTERNATIONAL CORP"]
    assert shi[0]["evidence"]["count"] >= 8
