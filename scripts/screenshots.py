"""Makes the pictures of docs/pictures anew: Dagster's UI as `ledgerwatch dev` opens it, on the invented data of the demo.

    make screenshots        or some of them: python -m scripts.screenshots lineage checks

Playwright drives the browser, which is the machine's own Chromium (Debian: apt install chromium). Everything happens in a
temporary folder. Look at each picture before you commit it.
"""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests
from playwright.sync_api import Page, sync_playwright

PICTURES = Path(__file__).parents[1] / "docs" / "pictures"
_BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_FLAGS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update"
    " --disable-sync"
).split()
_WIDTH, _HEIGHT = 1360, 820
_MOST_BYTES = 250_000
_PATIENCE = 180
"""Seconds for what takes some ten on a machine that does nothing else."""
_LATE = """date,vendor,amount,category,description
2024-12-03,Castle Vehicle Leasing,18400.00,Transport,Lease of December
2024-12-04,,120.00,Transport,Toll
"""
"""A file that comes late, with a row without a vendor."""


@dataclass(frozen=True)
class Picture:
    """A page of the UI: its address, what to do there, a text that shows that it is complete, and how high it is."""

    name: str
    address: str
    shows: str
    prepare: Callable[[Page], None] = lambda _: None
    height: int = _HEIGHT


def _whole_graph(page: Page) -> None:
    """All groups open, and nothing beside them."""
    page.get_by_text("Hide navigation").click()
    page.locator("foreignObject").first.wait_for()
    page.keyboard.press("Alt+e")


def _plots(page: Page) -> None:
    """The figures of the months as plots, at the top of the window."""
    page.get_by_role("button", name="Plots").click()
    page.get_by_text("findings_high").first.wait_for()
    page.get_by_text("Metadata", exact=True).first.evaluate("heading => heading.scrollIntoView(true)")


PICTURE_PAGES = (
    Picture("lineage", "/asset-groups", "large_transaction", _whole_graph, height=960),
    Picture("month", "/assets/ledger?view=partitions&partition=2024-12", "top_vendors", height=1_000),
    Picture("plots", "/assets/findings/large_transaction", "Latest materialization", _plots),
    Picture("alerts", "/assets/alerts?view=partitions&partition=2024-12", "northgate-clinic-11"),
    Picture("checks", "/assets/validated_transactions?view=checks&checkDetail=vendor_present", "samples_in_run"),
    Picture("backfill", "/runs/b/BACKFILL", "Succeeded", height=520),
    Picture("automation", "/automation", "monthly_close", height=640),
)


def main(names: list[str]) -> None:
    """Make the pictures of these names; of none: all."""
    unknown = set(names) - {each.name for each in PICTURE_PAGES}
    if unknown:
        sys.exit(
            f"no picture is called {', '.join(sorted(unknown))}; there are {', '.join(e.name for e in PICTURE_PAGES)}"
        )
    browser = next(filter(None, map(shutil.which, _BROWSERS)), None)
    if browser is None:
        sys.exit("no Chromium on this machine (Debian: apt install chromium); looked for " + ", ".join(_BROWSERS))
    with tempfile.TemporaryDirectory(prefix="lw-", ignore_cleanup_errors=True) as folder:
        home = Path(folder) / "h"
        _ledgerwatch(home, "demo")
        late = Path(folder) / "late.csv"
        late.write_text(_LATE, encoding="utf-8")
        _ledgerwatch(home, "import", str(late), "--org", "harbor-foods", "--on-invalid", "quarantine")
        with _dev(home) as address:
            backfill = _backfill(address)
            _wait(lambda: _rests(home, address), "what is due is never done")
            wanted = [each for each in PICTURE_PAGES if not names or each.name in names]
            _take(browser, address, wanted, backfill)


def _take(browser: str, address: str, wanted: list[Picture], backfill: str) -> None:
    PICTURES.mkdir(exist_ok=True)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=browser, args=_FLAGS)
        context = chromium.new_context(timezone_id="UTC", locale="en-GB")
        context.set_default_timeout(_PATIENCE * 1_000)
        for each in wanted:
            page = context.new_page()
            page.set_viewport_size({"width": _WIDTH, "height": each.height})
            page.goto(address + each.address.replace("BACKFILL", backfill))
            page.wait_for_load_state("networkidle")
            each.prepare(page)
            page.get_by_text(each.shows).first.wait_for()
            page.wait_for_load_state("networkidle")
            page.wait_for_timeout(3_000)  # plots that grow, a graph that moves into place
            file = PICTURES / f"{each.name}.png"
            page.screenshot(path=file, animations="disabled", caret="hide")
            page.close()
            size = file.stat().st_size
            print(f"{file.name}: {size:,} bytes")
            if size > _MOST_BYTES:
                sys.exit(f"{file} has more than {_MOST_BYTES:,} bytes: show less of the page")
        chromium.close()


def _environment(home: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("LEDGERWATCH_")}
    return {**kept, "LEDGERWATCH_HOME": str(home), "LEDGERWATCH_FIRST_MONTH": "2024-01"}


def _ledgerwatch(home: Path, *arguments: str) -> bytes:
    command = [sys.executable, "-m", "ledgerwatch_pipeline.cli.main", *arguments]
    return subprocess.run(command, env=_environment(home), stdout=subprocess.PIPE, check=True).stdout


@contextmanager
def _dev(home: Path) -> Iterator[str]:
    """`ledgerwatch dev` on the home, once it answers; its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "ledgerwatch_pipeline.cli.main", "dev", "--port", str(port)]
    with (home / "dev.log").open("wb") as log:
        dev = subprocess.Popen(command, env=_environment(home), stdout=log, stderr=subprocess.STDOUT)
        address = f"http://127.0.0.1:{port}"
        try:
            _wait(lambda: dev.poll() is None and _answers(address), "`ledgerwatch dev` serves nothing")
            yield address
        finally:
            dev.send_signal(signal.SIGINT)
            dev.wait()


def _answers(address: str) -> bool:
    try:
        return bool(_ask(address, "{assetNodes{id}}")["assetNodes"])
    except requests.ConnectionError:
        return False


def _ask(address: str, query: str) -> Any:
    answer = requests.post(f"{address}/graphql", json={"query": query}, timeout=_PATIENCE).json()
    if "errors" in answer:
        raise RuntimeError(f"GraphQL refuses {query}: {answer['errors']}")
    return answer["data"]


def _backfill(address: str) -> str:
    """A backfill of two analyzers over half a year, once it is done; its id."""
    keys = ",".join(
        f'{{path:["{kind}","{name}"]}}' for kind in ("findings", "alerts") for name in ("duplicate", "vendor_spike")
    )
    months = ",".join(f'"2024-{number:02}"' for number in range(1, 7))
    asked = f"mutation{{launchPartitionBackfill(backfillParams:{{assetSelection:[{keys}],partitionNames:[{months}]}})"
    launched = _ask(address, f"{asked}{{... on LaunchBackfillSuccess{{backfillId}}}}}}")
    backfill = str(launched["launchPartitionBackfill"]["backfillId"])
    status = f'{{partitionBackfillOrError(backfillId:"{backfill}"){{... on PartitionBackfill{{status}}}}}}'
    _wait(
        lambda: _ask(address, status)["partitionBackfillOrError"]["status"] == "COMPLETED_SUCCESS",
        "the backfill does not end",
    )
    return backfill


def _rests(home: Path, address: str) -> bool:
    """Whether nothing is due (a backfill makes later months due), and no run goes on."""
    unfinished = "{runsOrError(filter:{statuses:[QUEUED,NOT_STARTED,STARTING,STARTED]}){... on Runs{results{id}}}}"
    due = json.loads(_ledgerwatch(home, "status", "--json"))["counts"]["analyses_due"]
    return not due and not _ask(address, unfinished)["runsOrError"]["results"]


def _wait(condition: Callable[[], bool], otherwise: str) -> None:
    end = time.monotonic() + _PATIENCE
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError(otherwise)
        time.sleep(1)


if __name__ == "__main__":
    main(sys.argv[1:])
