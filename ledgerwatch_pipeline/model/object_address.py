"""The address of an inbox in an object store: ``s3://bucket/prefix``. Nothing is asked of the store here."""

import re
from dataclasses import dataclass

from ledgerwatch_pipeline.model.errors import UsageError

_SCHEME = "s3"


@dataclass(frozen=True, slots=True)
class ObjectAddress:
    """A bucket, and what the keys of its objects begin with: nothing, or a text that ends with a slash."""

    bucket: str
    prefix: str

    @classmethod
    def parse(cls, text: str) -> "ObjectAddress":
        """Read ``s3://bucket/prefix``, with or without slashes at its end; raises UsageError.

        The prefix is taken as it is written: %20 in it are three characters. An address that somebody put a password into is
        not repeated.
        """
        scheme, _, rest = text.partition("://")
        if scheme.lower() != _SCHEME:
            raise UsageError(
                f"an inbox is a folder, or s3://BUCKET/PREFIX; {scheme}:// is not known. Other stores that speak S3 are named by "
                "AWS_ENDPOINT_URL_S3"
            )
        bucket, _, prefix = rest.partition("/")
        if not re.fullmatch("[A-Za-z0-9][A-Za-z0-9._-]{1,254}", bucket):
            raise UsageError(
                "the address of an inbox is s3://BUCKET/PREFIX: what stands for the bucket can be none. Keys and passwords belong into "
                "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, a server into AWS_ENDPOINT_URL_S3"
            )
        steps = prefix.rstrip("/")
        return cls(bucket, f"{steps}/" if steps else "")

    def __str__(self) -> str:
        return f"{_SCHEME}://{self.bucket}/{self.prefix}".rstrip("/")

    def of(self, path: str) -> str:
        """The address of the object at ``path`` below the prefix."""
        return f"{_SCHEME}://{self.bucket}/{self.prefix}{path}"


def is_address(text: str) -> bool:
    """Whether it names a place in a store rather than a folder."""
    return re.match("[A-Za-z][A-Za-z0-9+.-]*://", text) is not None
