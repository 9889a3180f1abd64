#!/usr/bin/env bash
# Builds the wheel, installs it with the pinned versions of its dependencies into an environment of its own, and runs the demo
# from it in an empty folder. Fails unless the demo finds what was planted and all code comes from the wheel.
set -euo pipefail
project=$(cd "$(dirname "$0")/.." && pwd)
python=$project/.venv/bin/python
work=$(mktemp -d "${TMPDIR:-/tmp}/lw-wheel.XXXXXX")
trap 'rm -rf "$work"' EXIT

echo "wheel: build"
(cd "$project" && "$python" -m hatchling build -t wheel -d "$work/dist")
wheel=$(echo "$work"/dist/*.whl)
"$python" - "$wheel" <<'END'
import sys
import zipfile

names = set(zipfile.ZipFile(sys.argv[1]).namelist())
wanted = {
    "ledgerwatch_pipeline/py.typed",
    "ledgerwatch_demo/py.typed",
    "ledgerwatch_pipeline/dagster.yaml",
    "ledgerwatch_pipeline/workspace.yaml",
    "ledgerwatch_pipeline/sql/importing/stage.sql",
    "ledgerwatch_pipeline/importing/profiles/ledgerwatch.toml",
}
if missing := wanted - names:
    sys.exit(f"not in the wheel: {', '.join(sorted(missing))}")
tops = {name.split("/")[0] for name in names if not name.split("/")[0].endswith(".dist-info")}
if others := tops - {"ledgerwatch_pipeline", "ledgerwatch_demo"}:
    sys.exit(f"does not belong in the wheel: {', '.join(sorted(others))}")
END

echo "wheel: install"
"$python" -m venv "$work/venv"
# As the Dockerfile does.
pip=("$work/venv/bin/python" -m pip --disable-pip-version-check)
"${pip[@]}" install --quiet --require-hashes -r "$project/requirements-run.lock"
"${pip[@]}" install --quiet --no-deps "$wheel"
"${pip[@]}" check

echo "wheel: demo"
mkdir "$work/empty"
cd "$work/empty"
unset PYTHONPATH LEDGERWATCH_HOME LEDGERWATCH_DATABASE_URL
"$work/venv/bin/ledgerwatch" demo
"$work/venv/bin/python" - "$work/venv" <<'END'
import sys
from pathlib import Path

import ledgerwatch_demo
import ledgerwatch_pipeline
from ledgerwatch_pipeline.defs.assembly import build_definitions
from ledgerwatch_pipeline.packaged import packaged

assets = build_definitions().resolve_asset_graph().asset_nodes
linked = [each.file_path for node in assets for each in node.metadata["dagster/code_references"].code_references]
if absent := [each for each in linked if not Path(each).is_file()]:
    sys.exit(f"linked from an asset's page, and not in the wheel: {', '.join(absent)}")
for found in (ledgerwatch_pipeline.__file__, ledgerwatch_demo.__file__, packaged("workspace.yaml"), *linked):
    if not Path(found).resolve().is_relative_to(Path(sys.argv[1]).resolve()):
        sys.exit(f"not from the wheel: {found}")
END
echo "wheel: the demo ran from $(basename "$wheel")"
