"""An inbox in an object store, as far as no store is asked: its address, what a key makes of an object, errors in our words."""

import re
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from botocore import exceptions as boto
from botocore.exceptions import ClientError

from ledgerwatch_pipeline.importing.receive.folder import FolderInbox
from ledgerwatch_pipeline.importing.receive.objects import ObjectInbox
from ledgerwatch_pipeline.importing.receive.places import inbox_at
from ledgerwatch_pipeline.model.errors import InboxUnavailableError, UsageError
from ledgerwatch_pipeline.model.inbox import Sight
from ledgerwatch_pipeline.model.object_address import ObjectAddress
from ledgerwatch_pipeline.settings import Settings
from ledgerwatch_tests.object_store import NOTHING_ELSE

ADDRESSES = {
    "s3://drop": ("drop", "", "s3://drop"),
    "s3://drop/": ("drop", "", "s3://drop"),
    "S3://drop/in": ("drop", "in/", "s3://drop/in"),
    "s3://drop/in/2024//": ("drop", "in/2024/", "s3://drop/in/2024"),
    "s3://drop/a%20b/c d?e#f": ("drop", "a%20b/c d?e#f/", "s3://drop/a%20b/c d?e#f"),
}


@pytest.mark.parametrize("text", ADDRESSES)
def test_an_address_is_a_bucket_and_a_prefix_as_they_are_written(text: str) -> None:
    address = ObjectAddress.parse(text)
    assert (address.bucket, address.prefix, str(address)) == ADDRESSES[text]
    assert ObjectAddress.parse(str(address)) == address


@pytest.mark.parametrize("text", ["s3://", "s3:///in", "s3://key:hunter2@drop/in", "s3://x", "s3://drop:9000/in"])
def test_what_can_be_no_bucket_is_refused_and_not_repeated(text: str) -> None:
    with pytest.raises(UsageError, match="s3://BUCKET/PREFIX") as refused:
        inbox_at(text)
    assert "hunter2" not in str(refused.value)


def test_another_scheme_is_told_what_is_known() -> None:
    with pytest.raises(UsageError, match="gs:// is not known.*AWS_ENDPOINT_URL_S3"):
        inbox_at("gs://drop/in")


def test_the_setting_is_a_folder_or_an_address(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    home = {"LEDGERWATCH_HOME": str(tmp_path / "h")}
    assert Settings.from_environment(home).inbox_location == str(tmp_path / "h" / "inbox")
    assert Settings.from_environment({**home, "LEDGERWATCH_INBOX": "in"}).inbox_location == str(tmp_path / "in")
    elsewhere = Settings.from_environment({**home, "LEDGERWATCH_INBOX": "s3://drop/in/"}).inbox_location
    assert elsewhere == "s3://drop/in"
    assert inbox_at(elsewhere).name == "s3://drop/in"
    assert isinstance(inbox_at("in"), FolderInbox)
    with pytest.raises(UsageError, match="LEDGERWATCH_INBOX: an inbox is a folder, or s3://"):
        Settings.from_environment({**home, "LEDGERWATCH_INBOX": "ftp://drop"})


def seen(path: str, size: int = 3) -> Sight | None:
    """What is made of an object of that key below the prefix."""
    found = {"Key": f"in/{path}", "Size": size, "LastModified": datetime(2026, 3, 1, tzinfo=UTC), "ETag": '"x-2"'}
    return ObjectInbox(ObjectAddress("drop", "in/"))._sight(found)


@pytest.mark.parametrize("path", ["", "acme/", "nobody/2024/", "acme/.half.csv", ".tmp/a.csv", "acme/.git/a.csv"])
def test_what_stands_for_a_folder_and_names_with_a_dot_before_them_are_not_looked_at(path: str) -> None:
    assert seen(path, 0) is None


@pytest.mark.parametrize("path", ["acme/a.csv", "acme/2024/a b%20c+d.csv", "acme/caf\u00e9\n\x1b.csv", "acme/0.csv"])
def test_a_key_is_a_name_as_it_is_written(path: str) -> None:
    sight = seen(path, 0)
    assert sight is not None
    assert (sight.path, sight.organization, sight.file, sight.misplaced) == (path, "acme", path[5:], None)
    assert (sight.stamp.bytes, sight.stamp.changed_ns, sight.stamp.etag) == (0, 1772323200 * 10**9, '"x-2"')


MISPLACED = {
    "stray.csv": (None, "stray.csv lies in no organization's folder; move it to s3://drop/in/<organization>/"),
    "acme//a.csv": ("acme", "has a step between slashes that is empty, . or ..; rename it"),
    "acme/../b/a.csv": ("acme", "has a step between slashes that is empty, . or ..; rename it"),
    "./a.csv": (".", "has a step between slashes that is empty, . or ..; rename it"),
    "/acme/a.csv": (None, "has a step between slashes that is empty, . or ..; rename it"),
    "acme/folder/": ("acme", "ends with a slash, as if it were a folder; rename it"),
    "acme/a\0.csv": ("acme", "its key has a NUL in it"),
}


@pytest.mark.parametrize("path", MISPLACED)
def test_a_key_that_no_file_could_have_is_told(path: str) -> None:
    sight = seen(path)
    assert sight is not None
    organization, reason = MISPLACED[path]
    assert (sight.organization, reason in (sight.misplaced or "")) == (organization, True)
    assert "\0" not in sight.path  # PostgreSQL keeps none


def answer(code: str, message: str = "hunter2") -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": message}, "ResponseMetadata": {"HTTPStatusCode": 400}}, "X")  # type: ignore[typeddict-item,unused-ignore]


TOLD: dict[str, tuple[Any, type[Exception], str]] = {
    "no bucket": (answer("NoSuchBucket"), UsageError, "there is no bucket drop; make it, or name another"),
    "denied": (answer("AccessDenied"), InboxUnavailableError, "allow the credentials s3:ListBucket on the bucket drop"),
    "unknown key": (answer("InvalidAccessKeyId"), InboxUnavailableError, "does not accept the credentials"),
    "wrong secret": (answer("SignatureDoesNotMatch"), InboxUnavailableError, "does not accept the credentials"),
    "expired": (answer("ExpiredToken"), InboxUnavailableError, "have expired (ExpiredToken); renew them"),
    "region": (answer("PermanentRedirect"), UsageError, "in another region; name it in AWS_DEFAULT_REGION"),
    "throttled": (answer("SlowDown"), InboxUnavailableError, "has too much to do (SlowDown); try again later"),
    "clock": (answer("RequestTimeTooSkewed"), InboxUnavailableError, "the clock of this machine is wrong"),
    "something else": (answer("Teapot"), InboxUnavailableError, "the store answers Teapot (HTTP 400)"),
    "no credentials": (boto.NoCredentialsError(), UsageError, "there are no credentials for the inbox s3://drop/in"),
    "login": (boto.UnauthorizedSSOTokenError(), InboxUnavailableError, "(UnauthorizedSSOTokenError); log in again"),
    "profile": (boto.ProfileNotFound(profile="hunter2"), UsageError, "look at AWS_PROFILE"),
    "away": (
        boto.EndpointConnectionError(endpoint_url="https://me:hunter2@store:9000/?q"),
        InboxUnavailableError,
        "cannot be reached: https://store:9000 does not answer, or breaks off (EndpointConnectionError)",
    ),
    "certificate": (boto.SSLError(endpoint_url="x", error="hunter2"), InboxUnavailableError, "AWS_CA_BUNDLE"),
    "damaged": (boto.FlexibleChecksumError(error_msg="hunter2"), InboxUnavailableError, "FlexibleChecksumError"),
}


@pytest.fixture
def inbox(monkeypatch: pytest.MonkeyPatch) -> ObjectInbox:
    environment = {
        **NOTHING_ELSE,
        "AWS_ENDPOINT_URL_S3": "https://me:hunter2@store:9000",
        "AWS_ACCESS_KEY_ID": "me",
        "AWS_SECRET_ACCESS_KEY": "hunter2",
        "AWS_DEFAULT_REGION": "us-east-1",
    }
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    return ObjectInbox(ObjectAddress("drop", "in/"))


@pytest.mark.parametrize("what", TOLD)
def test_an_error_says_which_inbox_and_what_to_do_and_no_secret(inbox: ObjectInbox, what: str) -> None:
    error, kind, message = TOLD[what]
    told = inbox.unavailable(error)
    assert type(told) is kind
    assert message in str(told)
    assert "s3://drop/in" in str(told)
    assert "hunter2" not in str(told)


def test_a_store_that_cannot_be_reached_is_told(inbox: ObjectInbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:9")
    with pytest.raises(InboxUnavailableError, match="cannot be reached: http://127.0.0.1:9 does not answer"):
        list(inbox.list())


def test_a_wrong_configuration_is_told(inbox: ObjectInbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "hunter2")
    with pytest.raises(UsageError, match="AWS_ENDPOINT_URL_S3 or AWS_ENDPOINT_URL is no address"):
        list(inbox.list())
    monkeypatch.delenv("AWS_ENDPOINT_URL_S3")
    monkeypatch.setenv("AWS_PROFILE", "nobody")
    with pytest.raises(UsageError, match="look at AWS_PROFILE"):
        list(inbox.list())
    monkeypatch.delenv("AWS_PROFILE")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    with pytest.raises(UsageError, match="set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE"):
        list(inbox.list())


def test_without_boto3_it_says_what_to_install(inbox: ObjectInbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "boto3", None)
    with pytest.raises(UsageError, match=re.escape("pip install 'ledgerwatch[s3]'")):
        list(inbox.list())
