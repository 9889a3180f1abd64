"""From what a person or a setting calls an inbox to the inbox: a folder, or a prefix of an object store."""

from pathlib import Path

from ledgerwatch_pipeline.importing.receive.folder import FolderInbox
from ledgerwatch_pipeline.importing.receive.objects import ObjectInbox
from ledgerwatch_pipeline.importing.receive.source import Inbox
from ledgerwatch_pipeline.model.object_address import ObjectAddress, is_address


def inbox_at(location: str, *, hurried: bool = False) -> Inbox:
    """The inbox of that folder or address; nothing is looked at yet. hurried: who asks cannot wait a minute for a silent store.

    Raises UsageError for an address that cannot be one.
    """
    if is_address(location):
        return ObjectInbox(ObjectAddress.parse(location), hurried=hurried)
    return FolderInbox(Path(location))
