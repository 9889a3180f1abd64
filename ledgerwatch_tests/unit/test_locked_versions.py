"""The two lock files agree: what an image is built from is what was tested, without what only tests need."""

import re
import tomllib

from ledgerwatch_tests.processes import PROJECT


def locked(name: str) -> set[str]:
    text = (PROJECT / name).read_text(encoding="utf-8")
    return set(re.findall(r"^([A-Za-z0-9_.\[\]-]+==[^\s;\\]+)", text, re.MULTILINE))


def test_an_image_has_the_versions_that_were_tested() -> None:
    run = locked("requirements-run.lock")
    assert run < locked("requirements.lock")
    names = {re.split(r"[\[=]", each)[0] for each in run}
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    needed = {re.split(r"[\[<>=;]", each)[0] for each in project["dependencies"]}
    assert needed | {"boto3"} <= names
    assert not {"pytest", "mypy", "ruff"} & names
