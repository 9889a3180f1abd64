"""An inbox in an object store, against a real one: by the command and by the sensor, what goes wrong, and that it is left as it was."""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import BytesIO
from itertools import count
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from boto3.s3.transfer import TransferConfig
from dagster._core.definitions.sensor_definition import SensorExecutionData

from ledgerwatch_pipeline.cli.main import run
from ledgerwatch_pipeline.dagster_runtime.instance import instance_of
from ledgerwatch_pipeline.defs.assembly import build_definitions
from ledgerwatch_pipeline.defs.sensors import due_work_sensor, inbox_sensor
from ledgerwatch_pipeline.home import Home
from ledgerwatch_pipeline.importing.receive.archive import ArchivedBytes, ToArchive, Unreached, Unreadable, store
from ledgerwatch_pipeline.importing.receive.files import receive
from ledgerwatch_pipeline.importing.receive.objects import ObjectInbox, ObjectSource
from ledgerwatch_pipeline.importing.receive.places import inbox_at
from ledgerwatch_pipeline.importing.receive.watch import look
from ledgerwatch_pipeline.model.errors import InboxUnavailableError
from ledgerwatch_pipeline.model.inbox import Sight
from ledgerwatch_pipeline.model.load import ImportOptions, LoadFilter
from ledgerwatch_pipeline.model.object_address import ObjectAddress
from ledgerwatch_pipeline.model.progress import no_progress
from ledgerwatch_pipeline.settings import Settings
from ledgerwatch_pipeline.stores.postgres import audit, inbox_files, loads
from ledgerwatch_tests.conftest import TESTER, Tenant, rows
from ledgerwatch_tests.object_store import LISTER, READER, ObjectStore, object_store
from ledgerwatch_tests.template import make_home

GOOD = rows("2024-03-01,Acme,1.00,Office,x")
OTHER = rows("2024-03-02,Acme,2.00,Office,x")
BAD = rows("2024-03-01,,1.00,Office,x")
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def objects(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ObjectStore]:
    with object_store(tmp_path_factory.mktemp("s3") / "store") as started:
        yield started


class Drop:
    """A prefix of its own in the store, and commands on the home that have the credentials of somebody who may only read."""

    numbers = count(1)

    def __init__(self, store: ObjectStore, home: Home, call: Callable[..., tuple[int, str, str]]) -> None:
        self.store = store
        self.home = home
        self.prefix = f"in/{next(self.numbers)}"
        self.address = f"s3://{store.bucket}/{self.prefix}"
        self.call = call

    @property
    def inbox(self) -> ObjectInbox:
        return ObjectInbox(ObjectAddress.parse(self.address))

    def put(self, path: str, content: str | bytes = GOOD) -> None:
        self.store.put(f"{self.prefix}/{path}", content)

    def run(self, *options: str) -> tuple[int, dict[str, dict[str, Any]]]:
        """Exit code, and what became of each file by ``organization/file``."""
        code, output, _ = self.call("import", "--inbox", self.address, "--json", "--no-analyze", *options)
        return code, {f"{each['organization']}/{each['file']}": each for each in json.loads(output)["loads"]}

    def states(self, home: Home | None = None) -> dict[str, str]:
        with (home or self.home).database.transaction() as connection:
            found = inbox_files.of_inbox(connection, self.address)
        return {path: each.state.value for path, each in found.items()}


@pytest.fixture
def credentials(objects: ObjectStore, monkeypatch: pytest.MonkeyPatch) -> Callable[[Mapping[str, str]], None]:
    """What this process has of them from now on; at first those of somebody who may list and read."""

    def have(environment: Mapping[str, str]) -> None:
        for name, value in environment.items():
            monkeypatch.setenv(name, value)

    have(objects.environment(READER))
    return have


@pytest.fixture
def drop(
    objects: ObjectStore,
    home: Home,
    credentials: object,  # noqa: ARG001 they are in the environment
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> Drop:
    monkeypatch.setenv("LEDGERWATCH_HOME", str(home.settings.home))

    def call(*arguments: str) -> tuple[int, str, str]:
        code = run(arguments)
        return code, *capfd.readouterr()

    return Drop(objects, home, call)


def statuses(found: dict[str, dict[str, Any]]) -> dict[str, str]:
    return {name: each["status"] for name, each in found.items()}


def test_objects_of_all_organizations_are_imported_in_one_run_and_left_as_they_are(
    drop: Drop, new_tenant: Callable[[], Tenant]
) -> None:
    one, two = new_tenant().slug, new_tenant().slug
    for slug in (one, two):
        for number in range(20):
            drop.put(f"{slug}/2024/{number:02}.csv", rows(f"2024-03-01,Acme,{number + 1}.00,Office,x"))
    drop.put(f"{one}/a b%20c+d=é.csv", OTHER)
    drop.put(f"{one}/empty.csv", b"")
    drop.put(f"{one}/folder/", b"")
    drop.put(f"{one}/.half.csv")
    drop.put(f"{two}/bad.csv", BAD)
    drop.put("nobody/a.csv")
    drop.put("stray.csv")
    before = drop.store.keys(drop.prefix)

    code, found = drop.run()
    assert code == 5
    good = [f"{slug}/2024/{number:02}.csv" for slug in (one, two) for number in range(20)]
    assert statuses(found) == {
        **dict.fromkeys([*good, f"{one}/a b%20c+d=é.csv"], "ACCEPTED"),
        **dict.fromkeys([f"{one}/empty.csv", f"{two}/bad.csv", "nobody/a.csv", "None/stray.csv"], "REJECTED"),
    }
    assert "unknown organization 'nobody'" in found["nobody/a.csv"]["reason"]
    assert f"move it to {drop.address}/<organization>/" in found["None/stray.csv"]["reason"]
    assert drop.store.keys(drop.prefix) == before

    load = found[f"{one}/a b%20c+d=é.csv"]["load_id"]
    shown = json.loads(drop.call("loads", "show", load, "--json")[1])["load"]
    assert (shown["file"], shown["places"]) == ("a b%20c+d=é.csv", [f"{drop.address}/{one}/a b%20c+d=é.csv"])
    with drop.home.database.transaction() as connection:
        events = audit.list_recent(connection, audit.AuditFilter(), TESTER, limit=200, after=None)
        received = {each.subject_id: each.metadata for each in events if each.event_type == "LOAD_RECEIVED"}
    assert received[load]["object"] == f"{drop.address}/{one}/a b%20c+d=é.csv"


def test_what_was_received_is_not_fetched_again_but_what_was_replaced_or_renamed_is_taken(
    drop: Drop, tenant: Tenant, credentials: Callable[[Mapping[str, str]], None]
) -> None:
    path = f"{tenant.slug}/a.csv"
    drop.put(path)
    assert drop.run()[0] == 0
    credentials(drop.store.environment(LISTER))  # who could read nothing
    code, found = drop.run()
    assert (code, statuses(found)) == (3, {path: "ALREADY_IMPORTED"})

    credentials(drop.store.environment(READER))
    drop.put(path, GOOD.replace("1.00", "3.00"))  # of the same size
    drop.put(f"{tenant.slug}/renamed.csv")
    code, found = drop.run()
    assert (code, statuses(found)) == (0, {path: "ACCEPTED", f"{tenant.slug}/renamed.csv": "ALREADY_IMPORTED"})
    assert "already imported as a.csv" in found[f"{tenant.slug}/renamed.csv"]["reason"]


def test_a_rejected_object_is_tried_again_with_other_options(drop: Drop, tenant: Tenant) -> None:
    drop.put(f"{tenant.slug}/a.csv", GOOD + "2024-03-02,,1.00,Office,x\n")
    assert [drop.run()[0], drop.run()[0], drop.run("--on-invalid", "quarantine")[0]] == [5, 3, 0]


def test_a_dry_run_says_what_the_import_would_do_and_keeps_nothing(drop: Drop, tenant: Tenant) -> None:
    drop.put(f"{tenant.slug}/a.csv")
    drop.put(f"{tenant.slug}/b.csv", BAD)
    code, found = drop.run("--dry-run")
    assert (code, list(statuses(found).values())) == (5, ["WOULD_BE_ACCEPTED", "WOULD_BE_REJECTED"])
    assert list(drop.home.settings.scratch.glob("dry-run-*")) == []
    assert drop.states() == {}


WRONG = {
    "wrong secret": (READER, "hunter2", 1, "does not accept the credentials for the inbox s3://drop/in"),
    "unknown key": ("nobody", "hunter2", 1, "does not accept the credentials for the inbox s3://drop/in"),
}


@pytest.mark.parametrize("what", WRONG)
def test_credentials_that_are_not_accepted_are_told(
    drop: Drop, credentials: Callable[[Mapping[str, str]], None], what: str
) -> None:
    who, secret, code, message = WRONG[what]
    credentials(drop.store.environment(who, secret))
    found, output, errors = drop.call("import", "--inbox", drop.address)
    assert (found, output) == (code, "")
    assert message in errors
    assert secret not in errors
    assert len(errors.splitlines()) == 1


def test_credentials_and_the_server_may_stand_in_a_profile(
    drop: Drop, tenant: Tenant, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drop.put(f"{tenant.slug}/a.csv")
    for name in ("AWS_ENDPOINT_URL_S3", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    (tmp_path / "config").write_text(f"[profile watcher]\nendpoint_url = {drop.store.endpoint}\n")
    (tmp_path / "credentials").write_text(
        f"[watcher]\naws_access_key_id = {READER}\naws_secret_access_key = {READER}-secret\n"
    )
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.setenv("AWS_PROFILE", "watcher")
    assert only(drop).file == "a.csv"


def test_the_etag_of_an_object_in_parts_is_no_hash_and_is_taken_for_none(
    drop: Drop, tenant: Tenant, tmp_path: Path
) -> None:
    content = LARGE[: 12 * 1024 * 1024]
    drop.store.client.upload_fileobj(
        BytesIO(content),
        drop.store.bucket,
        f"{drop.prefix}/{tenant.slug}/parts.csv",
        Config=TransferConfig(multipart_threshold=5 * 1024 * 1024, multipart_chunksize=5 * 1024 * 1024),
    )
    sight = only(drop)
    assert (sight.stamp.etag or "").strip('"').endswith("-3")
    (found,) = archived(tmp_path, drop.inbox.source(sight))
    assert found == ArchivedBytes(hashlib.sha256(content).hexdigest(), len(content))


def test_a_bucket_that_is_not_there_and_a_server_that_is_away_are_told(
    drop: Drop, monkeypatch: pytest.MonkeyPatch
) -> None:
    code, _, errors = drop.call("import", "--inbox", "s3://no-such-bucket/in")
    assert (code, "there is no bucket no-such-bucket" in errors) == (2, True)
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:9")
    code, _, errors = drop.call("import", "--inbox", drop.address)
    assert (code, "cannot be reached: http://127.0.0.1:9 does not answer" in errors) == (1, True)


def test_where_nothing_may_be_read_everything_waits_until_it_may(
    drop: Drop, tenant: Tenant, credentials: Callable[[Mapping[str, str]], None]
) -> None:
    drop.put(f"{tenant.slug}/a.csv")
    drop.put(f"{tenant.slug}/b.csv", OTHER)
    credentials(drop.store.environment(LISTER))
    code, _, errors = drop.call("import", "--inbox", drop.address)
    assert code == 1
    assert "none of the 2 files" in errors
    assert "s3:GetObject" in errors
    assert drop.states() == {}
    credentials(drop.store.environment(READER))
    assert drop.run()[0] == 0


def test_the_status_counts_by_its_address(drop: Drop, tenant: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    drop.put(f"{tenant.slug}/a.csv")
    drop.put("stray.csv")
    for seconds in (0, 10):
        look(drop.home, drop.inbox, NOON + timedelta(seconds=seconds), timedelta(seconds=5))
    monkeypatch.setenv("LEDGERWATCH_INBOX", f"{drop.address}/")
    said = json.loads(drop.call("status", "--json")[1])
    assert said["places"]["inbox"] == drop.address
    assert said["counts"]["inbox"] == {"SETTLED": 1, "MISPLACED": 1}


def test_a_look_lists_more_than_one_page(drop: Drop, tenant: Tenant) -> None:
    drop.store.put_all((f"{drop.prefix}/{tenant.slug}/{number}.csv" for number in range(2_500)), GOOD)
    assert look(drop.home, drop.inbox, NOON, timedelta(seconds=5)).settling == 2_500
    assert look(drop.home, drop.inbox, NOON + timedelta(seconds=10), timedelta(seconds=5)).settled == 2_500


def archived(folder: Path, *sources: ObjectSource) -> list[ArchivedBytes | Unreadable | Unreached]:
    return store(folder / "archive", [ToArchive(each) for each in sources])


def only(drop: Drop) -> Sight:
    (sight,) = drop.inbox.list()
    return sight


def test_an_object_that_is_gone_or_replaced_after_it_was_listed_is_told_and_the_others_are_read(
    drop: Drop, tenant: Tenant, tmp_path: Path
) -> None:
    for name in ("gone", "replaced", "good"):
        drop.put(f"{tenant.slug}/{name}.csv")
    inbox = drop.inbox
    found = {each.file: inbox.source(each) for each in inbox.list()}
    drop.store.client.delete_object(Bucket=drop.store.bucket, Key=f"{drop.prefix}/{tenant.slug}/gone.csv")
    drop.put(f"{tenant.slug}/replaced.csv", GOOD.replace("1.00", "3.00"))
    gone, replaced, good = archived(tmp_path, *(found[f"{each}.csv"] for each in ("gone", "replaced", "good")))
    assert isinstance(gone, Unreadable)
    assert gone.reason == f"{drop.address}/{tenant.slug}/gone.csv is not there any more"
    assert isinstance(replaced, Unreadable)
    assert "was changed after it was listed" in replaced.reason
    assert isinstance(good, ArchivedBytes)


LARGE = bytes(range(256)) * 256 * 1024
"""64 MiB: more than the connection holds ahead."""


class KilledWhileRead:
    """An object whose store is killed when the first of its bytes have come; and started again at once, if it is so said."""

    def __init__(self, source: ObjectSource, objects: ObjectStore, *, restarted: bool) -> None:
        self.source = source
        self.objects = objects
        self.restarted = restarted
        self.shown, self.path = source.shown, source.path

    def chunks(self) -> Iterator[bytes]:
        for number, chunk in enumerate(self.source.chunks()):
            yield chunk
            if number == 0:
                self.objects.kill()
                if self.restarted:
                    self.objects.start()


def test_a_store_that_is_killed_while_it_is_read_leaves_nothing_half_and_is_read_when_it_is_back(
    drop: Drop, tenant: Tenant, tmp_path: Path
) -> None:
    drop.put(f"{tenant.slug}/large.csv", LARGE)
    source = drop.inbox.source(only(drop))
    try:
        (unreached,) = store(tmp_path / "archive", [ToArchive(KilledWhileRead(source, drop.store, restarted=False))])
    finally:
        drop.store.start()
    assert isinstance(unreached, Unreached)
    assert "cannot be reached" in str(unreached.error)
    assert list((tmp_path / "archive").rglob("*")) == []
    (whole,) = archived(tmp_path, source)
    assert isinstance(whole, ArchivedBytes)
    assert whole.size == len(LARGE)


def test_a_connection_that_breaks_is_made_anew_and_reads_on(drop: Drop, tenant: Tenant, tmp_path: Path) -> None:
    drop.put(f"{tenant.slug}/large.csv", LARGE)
    source = drop.inbox.source(only(drop))
    (whole,) = archived(tmp_path, source)
    (resumed,) = store(tmp_path / "other", [ToArchive(KilledWhileRead(source, drop.store, restarted=True))])
    assert resumed == whole


@pytest.fixture
def cut(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """From now on no file that is among the named can be read, for a reason that is not its own; none: all can."""
    read = ObjectSource.chunks

    def cut_off(*files: str) -> None:
        def chunks(source: ObjectSource) -> Iterator[bytes]:
            if source.sight.file in files:
                raise InboxUnavailableError("the line is cut")
            return read(source)

        monkeypatch.setattr(ObjectSource, "chunks", chunks)

    return cut_off


def test_what_had_come_before_the_store_failed_is_imported_and_the_rest_waits(
    drop: Drop, tenant: Tenant, cut: Callable[..., None]
) -> None:
    files = [f"{number:02}.csv" for number in range(60)]
    for number, file in enumerate(files):
        drop.put(f"{tenant.slug}/{file}", rows(f"2024-03-01,Acme,{number + 1}.00,Office,x"))
    cut(*files[20:])
    code, output, errors = drop.call("import", "--inbox", drop.address, "--json", "--no-analyze")
    assert code == 1
    assert [each["file"] for each in json.loads(output)["loads"] if each["status"] == "ACCEPTED"] == files[:20]
    assert "40 of 60 files were not read, and wait for the next import: the line is cut" in errors
    cut()
    code, found = drop.run()
    assert (code, len(found)) == (0, 60)
    assert [file for file in files if found[f"{tenant.slug}/{file}"]["status"] == "ACCEPTED"] == files[20:]


def test_an_object_that_alone_cannot_be_read_keeps_no_other_waiting(
    drop: Drop, tenant: Tenant, cut: Callable[..., None]
) -> None:
    for name in ("a", "b", "c"):
        drop.put(f"{tenant.slug}/{name}.csv", rows(f"2024-03-01,{name},1.00,Office,x"))
    cut("a.csv")
    code, found = drop.run()
    assert (code, list(found)) == (1, [f"{tenant.slug}/b.csv", f"{tenant.slug}/c.csv"])


class Watched:
    """A home of its own whose inbox is in the store, and its instance."""

    def __init__(self, home: Home, folder: Path, drop: Drop) -> None:
        self.home = home
        self.drop = drop
        self.cursor: str | None = None
        self.instance = instance_of(home)
        self.definitions = build_definitions(home=home, progress=no_progress)
        self.acme, self.beta = Tenant(home, folder), Tenant(home, folder)

    def tick(self, sensor: dg.SensorDefinition = inbox_sensor) -> SensorExecutionData:
        with dg.build_sensor_context(
            instance=self.instance,
            resources={"home": self.home},
            definitions=self.definitions,
            cursor=self.cursor if sensor is inbox_sensor else None,
        ) as context:
            result = sensor.evaluate_tick(context)
        if sensor is inbox_sensor:
            self.cursor = result.cursor
        return result

    def later(self) -> None:
        """The pause between looks is over; how many failed is remembered."""
        failed, _, name = (self.cursor or "0 0 ").split(" ", 2)
        self.cursor = f"{failed} 0 {name}"

    def pause(self) -> float:
        return float((self.cursor or "").split(" ")[1]) - datetime.now(UTC).timestamp()

    def imported(self) -> dict[str, str]:
        """Two looks, the run they ask for, and what is in the registry then."""
        assert self.execute(self.asked()).success
        return self.loads()

    def asked(self) -> dg.RunRequest:
        """The run that two looks ask for."""
        self.tick()
        with self.home.database.transaction() as connection:  # as if that had been a while ago
            standing = inbox_files.of_inbox(connection, self.drop.address)
            long_ago = [replace(each, since=each.since - timedelta(minutes=1)) for each in standing.values()]
            inbox_files.write(connection, self.drop.address, long_ago)
        self.later()
        (request,) = self.tick().run_requests or ()
        return request

    def execute(self, request: dg.RunRequest) -> dg.ExecuteInProcessResult:
        return self.definitions.resolve_job_def("import_files").execute_in_process(
            instance=self.instance, run_config=request.run_config, raise_on_error=False
        )

    def loads(self) -> dict[str, str]:
        with self.home.database.transaction() as connection:
            found = loads.list_recent(connection, LoadFilter(), TESTER, limit=50)
            return {f"{each.organization}/{each.file}": each.status.value for each in found}


@pytest.fixture
def watched(drop: Drop, tmp_path: Path) -> Iterator[Watched]:
    make_home(tmp_path / "h")
    settings = Settings(home=tmp_path / "h", inbox_settle_seconds=1, inbox_elsewhere=drop.address)
    home = Home(settings)
    yield Watched(home, tmp_path, drop)
    home.close()


def test_the_sensor_imports_what_is_there_and_what_is_replaced(watched: Watched) -> None:
    acme, beta = watched.acme.slug, watched.beta.slug
    watched.drop.put(f"{acme}/a.csv")
    watched.drop.put(f"{acme}/bad.csv", BAD)
    watched.drop.put(f"{beta}/2024/b.csv")
    watched.drop.put("nobody/a.csv")
    expected = {f"{acme}/a.csv": "ACCEPTED", f"{acme}/bad.csv": "REJECTED", f"{beta}/2024/b.csv": "ACCEPTED"}
    assert watched.imported() == expected
    watched.later()
    assert "no file waits" in (watched.tick().skip_message or "")
    assert "is looked at again in" in (watched.tick().skip_message or "")
    assert 25 < watched.pause() <= 30

    watched.drop.put(f"{acme}/a.csv", OTHER)
    watched.later()
    watched.imported()
    with watched.home.database.transaction() as connection:
        assert len(list(loads.list_recent(connection, LoadFilter(), TESTER, limit=50))) == 4


def test_an_inbox_that_is_away_is_told_once_with_pauses_and_keeps_nothing_else_waiting(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    endpoint = watched.drop.store.endpoint
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:9")
    (told,) = watched.tick().asset_events
    assert told.asset_key == dg.AssetKey("raw_loads")
    assert "cannot be reached" in str(told.metadata["reason"].value)
    for pause in (60, 120, 240, 480, 600, 600):
        assert "is looked at again in" in (watched.tick().skip_message or "")
        watched.later()
        again = watched.tick()
        assert ("cannot be reached" in (again.skip_message or ""), list(again.asset_events)) == (True, [])
        assert pause - 10 < watched.pause() <= pause + 1  # the cursor has whole seconds

    file = watched.acme.write(GOOD, "by-hand.csv")
    receive(watched.home, [file], watched.acme.slug, ImportOptions(), TESTER)
    (request,) = watched.tick().run_requests or ()
    assert watched.execute(request).success
    assert watched.loads() == {f"{watched.acme.slug}/by-hand.csv": "ACCEPTED"}
    assert watched.tick(due_work_sensor).run_requests

    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", endpoint)
    watched.drop.put(f"{watched.beta.slug}/a.csv")
    watched.later()
    assert f"{watched.beta.slug}/a.csv" in watched.imported()


def test_a_run_that_may_read_nothing_fails_and_what_waits_is_taken_when_it_may(
    watched: Watched, credentials: Callable[[Mapping[str, str]], None]
) -> None:
    watched.drop.put(f"{watched.acme.slug}/a.csv")
    credentials(watched.drop.store.environment(LISTER))
    request = watched.asked()
    assert not watched.execute(request).success
    assert watched.loads() == {}
    watched.later()
    assert "the last run of import_files failed; the next is in" in (watched.tick().skip_message or "")
    credentials(watched.drop.store.environment(READER))
    assert watched.execute(request).success
    assert watched.loads() == {f"{watched.acme.slug}/a.csv": "ACCEPTED"}


def test_a_run_imports_what_came_before_the_store_failed(watched: Watched, cut: Callable[..., None]) -> None:
    acme = watched.acme.slug
    watched.drop.put(f"{acme}/a.csv")
    watched.drop.put(f"{acme}/b.csv", OTHER)
    request = watched.asked()
    cut("a.csv")
    assert watched.execute(request).success
    assert watched.loads() == {f"{acme}/b.csv": "ACCEPTED"}
    assert watched.drop.states(watched.home) == {f"{acme}/a.csv": "SETTLED", f"{acme}/b.csv": "RECEIVED"}
    assert not watched.execute(request).success  # nothing else came: the sensor waits longer each time
    cut()
    assert watched.execute(request).success
    assert watched.loads() == dict.fromkeys((f"{acme}/a.csv", f"{acme}/b.csv"), "ACCEPTED")


def test_an_address_is_opened_without_asking_the_store() -> None:
    assert inbox_at("s3://drop/in").name == "s3://drop/in"
