"""Sends messages by the library Apprise, in a process of its own: both ends of the pipe live here.

In a process, because a send must end: a server that answers one byte a minute defies every timeout of a socket, a process can
be killed. Apprise is imported there alone, and what it writes goes nowhere: it may hold secrets. URLs travel by the pipe.
"""

import json
import logging
import os
import re
import select
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote, unquote_plus

from ledgerwatch_pipeline.model.notification import Message
from ledgerwatch_pipeline.model.text import visible

if TYPE_CHECKING:
    from apprise import NotifyBase

SECONDS = 30.0
"""How long one send may take."""
_LONGEST_REASON = 300
_LONGEST_LINE = 1_000_000
_SETTINGS = "LEDGERWATCH_"
_HIDDEN = "***"
_SHOWN_HOSTS = {"form", "forms", "json", "jsons", "mailto", "mailtos", "xml", "xmls"}
"""Schemes after which a host stands. After others it may be a part of the secret."""
_SHORT = 4
"""Characters of a part of a URL that is hidden only where it stands alone: hiding every "a" would leave nothing to read."""
UNUSABLE = "no URL that Apprise can use"
_GAVE_NO_REASON = "the service refused it and gave no reason"


class Sender:
    """Sends one message after the other; the process starts with the first, and anew after one that took too long."""

    def __init__(self, seconds: float = SECONDS) -> None:
        self._seconds = seconds
        self._process: _Process | None = None

    def check(self, url: str) -> str | None:
        """Why Apprise cannot use the URL, without its secrets; None if it can. Nothing is sent."""
        return self._ask(url, None)

    def send(self, url: str, message: Message) -> str | None:
        """Why the message was not sent, without secrets; None if it was."""
        return self._ask(url, message)

    def close(self) -> None:
        """End the process."""
        if self._process is not None:
            self._process.end()
            self._process = None

    def __enter__(self) -> "Sender":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _ask(self, url: str, message: Message | None) -> str | None:
        if self._process is None:
            self._process = _Process()
        request = {"url": url, "title": message and message.title, "body": message and message.body}
        try:
            reason = self._process.answer(json.dumps(request), self._seconds)
        except TimeoutError:
            self.close()
            return f"it took longer than {self._seconds:g} seconds and was given up"
        except (EOFError, ConnectionError):
            code = self._process.end()
            self._process = None
            return f"the process that sends ended by itself (exit code {code})"
        return None if reason is None else without_secrets(reason, url)


def without_secrets(reason: str, url: str) -> str:
    """The reason as it may be shown: of the URL only the scheme is left, and the host where one must stand."""
    scheme, _, rest = url.partition("://")
    parts = set(_parts(rest))
    if scheme.lower() in _SHOWN_HOSTS:
        address = re.split(r"[/?#]", rest, maxsplit=1)[0].rpartition("@")[2]
        host, _, port = address.partition(":")
        parts -= {host, unquote(host), quote(host, safe=""), port}
    shown = reason.replace(url, f"{scheme}://{_HIDDEN}")
    for part in sorted(parts, key=len, reverse=True):
        alone = (r"(?<![^\W_])", r"(?![^\W_])") if len(part) < _SHORT else ("", "")
        shown = re.sub(f"{alone[0]}{re.escape(part)}{alone[1]}", _HIDDEN, shown, flags=re.IGNORECASE)
    shown = visible(" ".join(shown.split()))
    return shown if len(shown) <= _LONGEST_REASON else shown[: _LONGEST_REASON - 1] + "…"


def _parts(text: str) -> Iterator[str]:
    """What a URL is made of behind its scheme, in every form in which it may be repeated."""
    for part in (text, *re.split(r"[/?#&=@:,;]", text)):
        for form in (part, unquote(part), unquote_plus(part), quote(part, safe="")):
            if form.strip():
                yield form


@dataclass(frozen=True, slots=True)
class _Request:
    """What the process is asked: to send the message, or whether the URL could be used."""

    url: str
    title: str | None
    body: str | None


class _Process:
    """The process, for one thread at a time. Requests and replies are lines of JSON."""

    def __init__(self) -> None:
        self._pipe, theirs = socket.socketpair()
        with theirs:
            kept = {name: value for name, value in os.environ.items() if not name.startswith(_SETTINGS)}
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", __name__, str(theirs.fileno())],
                env={**kept, "PYTHONPATH": os.pathsep.join(map(os.path.abspath, sys.path))},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
                start_new_session=True,  # Ctrl-C is for those who can say something about it
            )

    def answer(self, request: str, seconds: float) -> str | None:
        """The reply; raises TimeoutError, and EOFError or ConnectionError when the process has ended."""
        until = time.monotonic() + seconds
        self._pipe.settimeout(seconds)
        self._pipe.sendall(request.encode() + b"\n")
        line = b""
        while not line.endswith(b"\n"):
            self._pipe.settimeout(max(until - time.monotonic(), 0.001))
            part = self._pipe.recv(65_536)
            if not part or len(line) > _LONGEST_LINE:
                raise EOFError
            line += part
        reply = json.loads(line)
        return None if reply is None else str(reply)

    def end(self) -> int:
        """Kill it, whatever it does; the exit code, its own if it had ended."""
        if self._process.poll() is None:
            with suppress(subprocess.TimeoutExpired):
                self._pipe.shutdown(socket.SHUT_RDWR)
                self._process.wait(timeout=0.2)
        self._process.kill()
        self._pipe.close()
        return self._process.wait()


# ---- the other end of the pipe


class _Complaints(logging.Handler):
    """Keeps what Apprise complains of; what it logs below a warning may hold secrets and is not looked at."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.texts: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.texts.append(record.getMessage())


def _reply_to(request: _Request, complaints: _Complaints) -> str | None:
    from apprise import Apprise, NotifyFormat

    complaints.texts.clear()
    plugin: NotifyBase | None = Apprise.instantiate(request.url)
    if plugin is None:
        return f"{UNUSABLE}: {'; '.join(complaints.texts) or 'unknown service, or a part is missing'}"
    if request.body is None:
        return None
    plugin.notify_format = NotifyFormat.TEXT  # mail would be HTML, some chats Markdown
    services = Apprise()
    services.add(plugin)
    if services.notify(body=request.body, title=request.title or "", body_format=NotifyFormat.TEXT):
        return None
    return "; ".join(dict.fromkeys(complaints.texts)) or _GAVE_NO_REASON


def _end_with_the_other_side(pipe: int) -> None:
    """Wait until nobody holds the other end, and end then, whatever is being sent: nobody would record it."""
    watching = select.poll()
    watching.register(pipe, 0)
    while not watching.poll():
        pass
    os._exit(0)


def _serve(pipe: int) -> None:
    threading.Thread(target=_end_with_the_other_side, args=(pipe,), daemon=True).start()
    complaints = _Complaints()
    logging.getLogger("apprise").addHandler(complaints)
    with socket.socket(fileno=pipe) as connection, connection.makefile("rwb") as lines:
        for line in lines:
            reply = _reply_to(_Request(**json.loads(line)), complaints)
            lines.write(json.dumps(reply).encode() + b"\n")
            lines.flush()


if __name__ == "__main__":
    _serve(int(sys.argv[1]))
