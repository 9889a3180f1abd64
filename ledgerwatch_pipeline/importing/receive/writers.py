"""Whether somebody is writing to a file: what Linux knows of a file of a local file system, asked for by a lease.

A read lease is given only while nobody has the file open for writing (fcntl(2), F_SETLEASE), and is given back at once. Other
systems, network file systems and files of other users say nothing; then only time tells.
"""

import fcntl
import os
import signal
from contextlib import suppress
from errno import EAGAIN
from pathlib import Path


def written_to(path: Path) -> bool | None:
    """Whether some process has the file open for writing; None: that cannot be known. Raises nothing: whoever reads a file that
    cannot be opened says why."""
    if not hasattr(fcntl, "F_SETLEASE"):
        return None
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        # Who opens the file between the next two calls has this process told by SIGIO, which would end it; SIGURG is ignored.
        fcntl.fcntl(descriptor, fcntl.F_SETSIG, signal.SIGURG)
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_RDLCK)
    except OSError as error:
        return True if error.errno == EAGAIN else None
    else:
        with suppress(OSError):  # closing gives it back as well
            fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_UNLCK)
        return False
    finally:
        os.close(descriptor)
