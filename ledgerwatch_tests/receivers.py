"""Real receivers of notifications on this machine: an HTTP server for webhooks, an SMTP server for mail; and a silent one."""

import email
import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

HOST = "127.0.0.1"


@dataclass
class Webhook:
    """What came in: bodies as they were posted. status: what the server answers. refused: titles with this are answered 400."""

    url: str = ""
    status: int = 200
    refused: str | None = None
    posted: list[dict[str, str]] = field(default_factory=list)

    @property
    def titles(self) -> list[str]:
        return [each["title"] for each in self.posted]


@contextmanager
def webhook() -> Iterator[Webhook]:
    """A server that takes JSON at any path."""
    received = Webhook()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            status = 400 if received.refused and received.refused in body["title"] else received.status
            if status == 200:
                received.posted.append(body)
            self.send_response(status)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # its own would write to standard error
            pass

    server = ThreadingHTTPServer((HOST, 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    received.url = f"json://{HOST}:{server.server_port}/hook"
    try:
        yield received
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@dataclass
class Mailbox:
    """The mails that came in."""

    url: str = ""
    mails: list[Message] = field(default_factory=list)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: ARG002, N802 aiosmtpd's
        assert isinstance(envelope.content, bytes)
        self.mails.append(email.message_from_bytes(envelope.content))
        return "250 OK"


@contextmanager
def mailbox() -> Iterator[Mailbox]:
    """An SMTP server that takes every mail, without encryption or password."""
    received = Mailbox()
    with socket.socket() as reserved:
        reserved.bind((HOST, 0))
        port = reserved.getsockname()[1]
    controller = Controller(received, hostname=HOST, port=port)
    controller.start()
    received.url = f"mailto://{HOST}:{port}/?from=ledgerwatch@example.com&to=auditor@example.com"
    try:
        yield received
    finally:
        controller.stop()


@contextmanager
def silent() -> Iterator[str]:
    """The address of a server that takes connections and never answers; a URL whose own timeouts are longer than a test's."""
    with socket.create_server((HOST, 0)) as listening:
        yield f"json://{HOST}:{listening.getsockname()[1]}/hook?cto=300&rto=300"
