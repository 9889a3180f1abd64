"""An inbox that is a prefix of an object store which speaks S3. Two requests are all it makes: ListObjectsV2 and GetObject.

Credentials, region and endpoint are boto3's business (environment, profile files, the machine's role). boto3 is imported when
the store is first asked, and not before. What the store answers is told in our words, without keys, tokens or signed addresses.
"""

from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from ledgerwatch_pipeline.importing.receive.archive import READERS_ELSEWHERE
from ledgerwatch_pipeline.importing.receive.source import CHUNK, UnreadableError
from ledgerwatch_pipeline.model.errors import InboxUnavailableError, LedgerWatchError, UsageError
from ledgerwatch_pipeline.model.inbox import FileStamp, Sight
from ledgerwatch_pipeline.model.object_address import ObjectAddress

if TYPE_CHECKING:
    from botocore.exceptions import BotoCoreError, ClientError

_PATIENT: Mapping[str, Any] = {"connect_timeout": 5, "read_timeout": 30}
"""How long the store may be silent. What is tried again, and how often, is boto3's (AWS_RETRY_MODE, AWS_MAX_ATTEMPTS)."""
_HURRIED: Mapping[str, Any] = {"connect_timeout": 5, "read_timeout": 10, "retries": {"total_max_attempts": 2}}
"""For a sensor's tick, which Dagster cuts off after a minute: it knows nothing of the failure then, and ticks again at once."""
_RESUMED = 3
"""How often in a row an object is read on after its connection broke, without a byte in between."""
_LOOK_EVERY_SECONDS = 30.0
"""A look lists all keys, a thousand a request, and stores charge for requests."""


class ObjectInbox:
    """Objects below ``s3://bucket/prefix``: ``<organization>/.../file``. hurried: a store that is silent soon counts as away."""

    def __init__(self, address: ObjectAddress, *, hurried: bool = False) -> None:
        self.address = address
        self._waiting = _HURRIED if hurried else _PATIENT

    @property
    def name(self) -> str:
        """Its address."""
        return str(self.address)

    @property
    def seconds_between_looks(self) -> float:
        """Half a minute."""
        return _LOOK_EVERY_SECONDS

    @cached_property
    def client(self) -> Any:
        """boto3's, which has no types. Raises UsageError when boto3 is not installed, or its configuration is wrong."""
        try:
            import boto3
            from botocore.config import Config
        except ImportError:
            raise UsageError(f"the inbox {self.name} needs the package boto3: pip install 'ledgerwatch[s3]'") from None
        config = Config(max_pool_connections=READERS_ELSEWHERE, **self._waiting)
        with self._told():
            try:
                return boto3.session.Session().client("s3", config=config)
            except ValueError:
                raise UsageError(
                    f"{self.name}: AWS_ENDPOINT_URL_S3 or AWS_ENDPOINT_URL is no address of a server; write https://HOST:PORT"
                ) from None

    def list(self) -> Iterator[Sight]:
        """Every object below the prefix, by key, without those that stand for a folder, and names that begin with a dot."""
        pages = self.client.get_paginator("list_objects_v2").paginate(
            Bucket=self.address.bucket, Prefix=self.address.prefix
        )
        with self._told():
            for page in pages:
                for each in page.get("Contents", ()):
                    sight = self._sight(each)
                    if sight is not None:
                        yield sight

    @property
    def made(self) -> bool:
        """A store is asked only by a look."""
        return True

    def written_to(self, sight: Sight) -> bool | None:  # noqa: ARG002 the same of all
        """Never: an object appears as a whole."""
        return False

    def source(self, sight: Sight) -> "ObjectSource":
        """The object that was found."""
        return ObjectSource(self, sight)

    def opened(self, sight: Sight, offset: int) -> Mapping[str, Any]:
        """The store's answer with the bytes from ``offset`` on; raises UnreadableError where it is this object that cannot be had."""
        from botocore.exceptions import ClientError

        wanted = {"Bucket": self.address.bucket, "Key": self.address.prefix + sight.path}
        if sight.stamp.etag is not None:
            wanted["IfMatch"] = sight.stamp.etag
        if offset:
            wanted["Range"] = f"bytes={offset}-"
        with self._told():
            try:
                answer: Mapping[str, Any] = self.client.get_object(**wanted)
            except ClientError as error:
                raise _unreadable(self.address.of(sight.path), error) or error from None
        if sight.stamp.etag not in (None, answer.get("ETag")):  # of a store that does not know IfMatch
            raise _changed(self.address.of(sight.path))
        return answer

    def _sight(self, found: Mapping[str, Any]) -> Sight | None:
        path = str(found["Key"])[len(self.address.prefix) :]
        if path.endswith("/") and not found["Size"] or path == "":
            return None  # what a console makes for an empty folder
        steps = path.split("/")
        if any(step.startswith(".") and step not in (".", "..") for step in steps):
            return None
        etag = found.get("ETag")
        stamp = FileStamp(found["Size"], _nanoseconds(found["LastModified"]), None if etag is None else str(etag))
        organization = steps[0] if len(steps) > 1 and steps[0] else None
        misplaced = _misplaced(path, self.name)
        return Sight(path.replace("\0", "\\x00"), organization, stamp, misplaced)

    @contextmanager
    def _told(self) -> Iterator[None]:
        """What boto3 raises in our words."""
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            yield
        except (BotoCoreError, ClientError) as error:
            raise self.unavailable(error) from None

    def unavailable(self, error: "BotoCoreError | ClientError") -> LedgerWatchError:
        """Why the inbox cannot be used, and what to do. boto3's own texts are left out: there may be keys in them."""
        from botocore import exceptions as boto

        inbox, bucket = f"the inbox {self.name}", self.address.bucket
        match error:
            case boto.ClientError():
                return _refused(inbox, bucket, error)
            case boto.ProfileNotFound() | boto.ConfigParseError() | boto.ConfigNotFound() | boto.InvalidConfigError():
                return UsageError(
                    f"{inbox}: the AWS configuration is wrong ({type(error).__name__}); look at AWS_PROFILE, AWS_CONFIG_FILE and "
                    "~/.aws/config"
                )
            case boto.NoCredentialsError() | boto.PartialCredentialsError():
                return UsageError(
                    f"there are no credentials for {inbox}: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE, or give "
                    "this machine a role"
                )
            case boto.SSOError() | boto.LoginError() | boto.CredentialRetrievalError() | boto.TokenRetrievalError():
                return InboxUnavailableError(
                    f"the credentials for {inbox} could not be had ({type(error).__name__}); log in again, or look at the AWS "
                    "configuration"
                )
            case boto.ValidationError() | boto.ParamValidationError() | boto.EndpointProviderError():
                return UsageError(
                    f"{inbox}: the region, the store or the bucket is named in a way that cannot be ({type(error).__name__})"
                )
            case boto.SSLError():
                return InboxUnavailableError(
                    f"{inbox}: {self._server} shows no certificate that is trusted here; name the authority's in AWS_CA_BUNDLE"
                )
            case boto.HTTPClientError() | boto.ConnectionError() | boto.IncompleteReadError():
                return InboxUnavailableError(
                    f"{inbox} cannot be reached: {self._server} does not answer, or breaks off ({type(error).__name__}); look at the "
                    "network and AWS_ENDPOINT_URL_S3, and try again"
                )
        return InboxUnavailableError(f"{inbox} cannot be used: {type(error).__name__}")

    @property
    def _server(self) -> str:
        """Scheme, host and port: an address may hold a password."""
        parts = urlsplit(self.client.meta.endpoint_url)
        return f"{parts.scheme}://{parts.hostname}" + (f":{parts.port}" if parts.port else "")


@dataclass(frozen=True, slots=True)
class ObjectSource:
    """An object as it was found: its bytes are of that ETag, or not read at all."""

    inbox: ObjectInbox
    sight: Sight

    @property
    def shown(self) -> str:
        """Its address."""
        return self.inbox.address.of(self.sight.path)

    @property
    def path(self) -> Path | None:
        """None: it lies elsewhere."""
        return None

    def chunks(self) -> Iterator[bytes]:
        """All bytes. A connection that breaks is made anew, and reads on where it was."""
        from botocore.exceptions import BotoCoreError, FlexibleChecksumError

        offset = broken = 0
        while offset < self.sight.stamp.bytes or not offset:
            answer = self.inbox.opened(self.sight, offset)
            try:
                with closing(answer["Body"]) as body:
                    while chunk := body.read(CHUNK):
                        offset, broken = offset + len(chunk), 0
                        yield chunk
                break
            except FlexibleChecksumError:  # raised at the end: all came, and it is not what was put there
                raise UnreadableError(
                    f"{self.shown} came damaged: its checksum is not the one it was stored with"
                ) from None
            except BotoCoreError as error:
                broken += 1
                if broken > _RESUMED:
                    raise self.inbox.unavailable(error) from None
        if offset != self.sight.stamp.bytes:
            raise _changed(self.shown)


def _misplaced(path: str, inbox: str) -> str | None:
    """Why an object with this path can be no load. A store takes any text for a key; a folder has no such names."""
    steps = path.split("/")
    if path.endswith("/"):
        return f"the key of {path} ends with a slash, as if it were a folder; rename it"
    if len(steps) == 1:
        return f"{path} lies in no organization's folder; move it to {inbox}/<organization>/"
    if not {"", ".", ".."}.isdisjoint(steps):
        return f"the key of {path} has a step between slashes that is empty, . or ..; rename it"
    if "\0" in path:
        return "its key has a NUL in it; rename it"
    return None


def _nanoseconds(moment: datetime) -> int:
    return int(moment.timestamp()) * 1_000_000_000 + moment.microsecond * 1_000


def _changed(shown: str) -> UnreadableError:
    return UnreadableError(f"{shown} was changed after it was listed; it is taken in as it is now by the next look")


def _code(error: "ClientError") -> str:
    return str(error.response.get("Error", {}).get("Code", ""))


def _unreadable(shown: str, error: "ClientError") -> UnreadableError | None:
    """What is this object's trouble and no other's; None: it may be everybody's."""
    match _code(error):
        case "NoSuchKey" | "404" | "NoSuchVersion":
            return UnreadableError(f"{shown} is not there any more")
        case "PreconditionFailed" | "412" | "InvalidRange" | "416":
            return _changed(shown)
        case "InvalidObjectState":
            return UnreadableError(f"{shown} is kept in a class of storage that cannot be read at once; restore it")
        case "AccessDenied" | "403" | "Forbidden" | "AllAccessDisabled":
            return UnreadableError(
                f"{shown} may not be read: allow the credentials s3:GetObject on it, and kms:Decrypt if it is encrypted by a key of yours",
                denied=True,
            )
    return None


def _refused(inbox: str, bucket: str, error: "ClientError") -> LedgerWatchError:
    """The store's own answer, by its code."""
    match code := _code(error):
        case "NoSuchBucket":
            return UsageError(f"{inbox}: there is no bucket {bucket}; make it, or name another")
        case "AccessDenied" | "403" | "Forbidden" | "AllAccessDisabled":
            return InboxUnavailableError(
                f"{inbox} may not be listed: allow the credentials s3:ListBucket on the bucket {bucket}"
            )
        case "InvalidAccessKeyId" | "SignatureDoesNotMatch" | "InvalidToken" | "InvalidClientTokenId":
            return InboxUnavailableError(
                f"the store does not accept the credentials for {inbox} ({code}); look at AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, "
                "AWS_SESSION_TOKEN or AWS_PROFILE"
            )
        case "ExpiredToken" | "ExpiredTokenException" | "TokenRefreshRequired" | "RequestExpired":
            return InboxUnavailableError(f"the credentials for {inbox} have expired ({code}); renew them")
        case "RequestTimeTooSkewed":
            return InboxUnavailableError(
                f"{inbox}: the clock of this machine is wrong, so the store refuses it; set it"
            )
        case "PermanentRedirect" | "AuthorizationHeaderMalformed" | "IllegalLocationConstraintException" | "301":
            return UsageError(
                f"{inbox}: the bucket {bucket} lies in another region; name it in AWS_DEFAULT_REGION ({code})"
            )
        case "SlowDown" | "Throttling" | "ThrottlingException" | "RequestLimitExceeded" | "ServiceUnavailable" | "503":
            return InboxUnavailableError(f"{inbox}: the store has too much to do ({code}); try again later")
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode")
    return InboxUnavailableError(f"{inbox} cannot be used: the store answers {code or 'an error'} (HTTP {status})")
