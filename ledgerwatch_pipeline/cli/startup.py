"""How a command starts and leaves: with as little garbage collection as loading some thousand modules needs.

What loading and leaving cost otherwise was measured (docs/architecture.md, "What was measured"). Which modules a command
loads is its own business. Called by ``main``, once a process.
"""

import atexit
import gc
from functools import cache

_COLLECT_AFTER = 1_000_000
"""New objects after which Python looks for garbage, instead of 700: loading all modules makes fewer, and they all stay. It
is not switched off: an import of many files lasts hours, and what that leaves in cycles must be found."""


@cache
def start_lightly() -> None:
    """Collect rarely from now on, and not when the interpreter ends: the objects of all modules go with the process.

    Registered before anything else that runs at exit, so run after it: stores are closed and the embedded server is
    stopped as ever.
    """
    gc.set_threshold(_COLLECT_AFTER)
    atexit.register(gc.freeze)
