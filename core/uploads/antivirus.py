"""A scanner for malware, where an instance has one: clamd's INSTREAM. What it cannot be asked about is not taken."""

from __future__ import annotations

import socket
import struct
from pathlib import Path

TIMEOUT = 15  # seconds for each step
_CHUNK = 1 << 20


class NoScanner(Exception):
    """It does not answer, or not as it should."""


def infected(address: str, body: bytes) -> str | None:
    """What clamd at `address` (a socket's path, or host:port) finds in these bytes, None for nothing."""
    parts = [struct.pack(">I", len(part)) + part for part in _chunks(body)]
    answer = _asked(address, [b"zINSTREAM\0", *parts, struct.pack(">I", 0)])
    if answer == "stream: OK":
        return None
    if answer.startswith("stream: ") and answer.endswith(" FOUND"):
        return answer.removeprefix("stream: ").removesuffix(" FOUND")
    raise NoScanner(answer[:200] or "it answered nothing")


def answers(address: str) -> str:
    """Its version. Raises `NoScanner`."""
    return _asked(address, [b"zVERSION\0"])


def _chunks(body: bytes) -> list[bytes]:
    return [body[at : at + _CHUNK] for at in range(0, len(body), _CHUNK)]


def _asked(address: str, parts: list[bytes]) -> str:
    try:
        with _connected(address) as clamd:
            for part in parts:
                clamd.sendall(part)
            answer = b""
            while part := clamd.recv(4096):
                answer += part
                if answer.endswith(b"\0") or len(answer) > 4096:
                    break
    except (OSError, ValueError) as error:
        raise NoScanner(f"{type(error).__name__}: {error}") from error
    return answer.rstrip(b"\0\n").decode("utf-8", "replace")


def _connected(address: str) -> socket.socket:
    if address.startswith("/"):
        if not Path(address).exists():
            raise OSError(f"there is no socket {address}")
        made = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        made.settimeout(TIMEOUT)
        try:
            made.connect(address)
        except OSError:
            made.close()
            raise
        return made
    host, _, port = address.rpartition(":")
    return socket.create_connection((host, int(port)), timeout=TIMEOUT)
