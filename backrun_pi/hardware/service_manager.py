"""Messages to the service manager (sd_notify)."""

from __future__ import annotations

import os
import socket


def notify(state: str) -> None:
    """Send a state such as READY=1; without a service manager there is nobody to tell.

    Source: sd_notify(3); a leading @ means an abstract socket.

    Raises:
        OSError: The manager gave a socket that cannot be used.
    """
    address = os.environ.get("NOTIFY_SOCKET")
    if not address:
        return
    if address.startswith("@"):
        address = "\0" + address[1:]
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as line:
        line.connect(address)
        line.send(state.encode())
