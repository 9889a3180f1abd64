#!/usr/bin/env bash
# Runs the demo and the golden cases with every supported Python on this machine, or those named in VERSIONS, each in an
# environment of its own (.venv-3.12, from the lock, made once). Says which are not here. Arguments are for pytest instead of
# the golden cases.
set -euo pipefail
cd "$(dirname "$0")/.."
[ $# -gt 0 ] || set -- -n auto --dist worksteal -m "not slow" ledgerwatch_tests/golden

# The first Python $1 (3.12) that runs: on PATH (where pyenv's shims may lie that run nothing), or a version that pyenv keeps.
find_python() {
    local candidate
    for candidate in "python$1" "${PYENV_ROOT:-$HOME/.pyenv}"/versions/"$1".*/bin/python; do
        if [ "$("$candidate" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null)" = "$1" ]; then
            echo "$candidate"
            return
        fi
    done
}

absent=()
for version in ${VERSIONS:-3.11 3.12 3.13}; do
    if [ "$(.venv/bin/python -c 'import sys; print("%d.%d" % sys.version_info[:2])')" = "$version" ]; then
        echo "Python $version: .venv, what \`make test\` runs"
        continue
    fi
    python=$(find_python "$version")
    if [ -z "$python" ]; then
        absent+=("$version")
        continue
    fi
    venv=.venv-$version
    if [ ! "$venv/installed" -nt requirements.lock ]; then
        echo "Python $version: install"
        "$python" -m venv --clear "$venv"
        "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
        "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
        touch "$venv/installed"
    fi
    echo "Python $version: demo"
    home=$(mktemp -d "${TMPDIR:-/tmp}/lw-python.XXXXXX")
    env -u LEDGERWATCH_DATABASE_URL LEDGERWATCH_HOME="$home" "$venv/bin/ledgerwatch" demo > "$home.txt" || {
        cat "$home.txt"
        exit 1
    }
    rm -rf "$home" "$home.txt"
    echo "Python $version: tests"
    PATH="$PWD/$venv/bin:$PATH" "$venv/bin/python" -m pytest "$@"
done
[ ${#absent[@]} -eq 0 ] || echo "not on this machine: Python ${absent[*]}"
