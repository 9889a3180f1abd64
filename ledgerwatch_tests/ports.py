"""A port of this machine that nothing listens on."""

import socket


def free_port() -> int:
    """It is free now; whoever is given it takes it soon."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
