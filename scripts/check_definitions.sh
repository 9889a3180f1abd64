#!/usr/bin/env bash
# Has Dagster load the code location and its instance as a person's checkout gives them, on a home of its own that is thrown away:
# what no test sees, such as a name in pyproject.toml, workspace.yaml or dagster.yaml that leads nowhere, fails here.
set -euo pipefail
cd "$(dirname "$0")/.."
dg=.venv/bin/dg
[ -x "$dg" ] || dg=dg
home=$(mktemp -d "${TMPDIR:-/tmp}/lw-defs.XXXXXX")
trap 'rm -rf "$home"' EXIT
mkdir "$home/dagster"
cp dagster.yaml "$home/dagster"  # its telemetry is off
env -u LEDGERWATCH_DATABASE_URL LEDGERWATCH_HOME="$home/h" DAGSTER_HOME="$home/dagster" "$dg" check defs
