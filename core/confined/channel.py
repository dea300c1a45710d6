"""The worker's end: what is asked of it, its answers, and the alarm that ends it when nobody else would."""

from __future__ import annotations

import os
import signal
import time

from core.confined.frames import HEAD

GRACE = 5  # seconds after the limit: if the other side is gone by then, nobody else would end what hangs


class Channel:
    """Frames over the one descriptor that a worker has. Ends the process when the other side is gone."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def receive(self) -> tuple[bytes, bytes]:
        """The turn and the body of the next question."""
        signal.setitimer(signal.ITIMER_REAL, 0)
        length, turn, _ = HEAD.unpack(self._read(HEAD.size))
        return turn, self._read(length)

    def send(self, turn: bytes, body: bytes) -> None:
        left = memoryview(HEAD.pack(len(body), turn, int(time.process_time())) + body)
        while left:
            left = left[os.write(self._descriptor, left) :]

    def answer_by(self, seconds: int) -> None:
        signal.setitimer(signal.ITIMER_REAL, seconds + GRACE)  # SIGALRM ends the process

    def _read(self, size: int) -> bytes:
        data = bytearray()
        while len(data) < size:
            part = os.read(self._descriptor, min(size - len(data), 1 << 20))
            if not part:
                os._exit(0)  # nobody is there any more
            data += part
        return bytes(data)
