"""One worker process, seen from this side: started clean, spoken to within a deadline, ended with all it started."""

from __future__ import annotations

import os
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from core.confined.frames import HEAD, Died, dump

ROOT = Path(__file__).resolve().parents[2]
_BOOT = """import sys; from importlib import import_module
sys.path.insert(0, sys.argv[1]); import_module(sys.argv[2]).main(sys.argv[3])"""


class Process:
    """A worker, which runs `main` of a module of ours. Any failure in speaking to it raises Died; then, and in the end,
    `kill` it. `largest`: bytes of an answer."""

    def __init__(self, module: str, *, largest: int, hash_seed: str = "0") -> None:
        ours, theirs = socket.socketpair()
        self._socket, self._largest = ours, largest
        folder = tempfile.mkdtemp(prefix="hongcai-worker-")
        try:
            self._popen = subprocess.Popen(  # noqa: S603 - this interpreter, with a fixed script
                [sys.executable, "-s", "-P", "-B", "-c", _BOOT, str(ROOT), module, str(theirs.fileno())],
                # No secret of ours is in it. Libraries start no threads; the order of sets is the same at every start.
                env={
                    "PYTHONHASHSEED": hash_seed,
                    "PYTHONUTF8": "1",
                    "OPENBLAS_NUM_THREADS": "1",
                    "OMP_NUM_THREADS": "1",
                },
                cwd=folder,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,  # whatever it prints, nobody has to keep it
                stderr=subprocess.DEVNULL,
                pass_fds=(theirs.fileno(),),
                start_new_session=True,  # a group of its own, so that all it starts can be ended with it
            )
        except BaseException:
            ours.close()
            raise
        finally:
            theirs.close()
            Path(folder).rmdir()  # its working folder from now on: empty, and nothing can be put there
        self.cpu_seconds = 0

    @property
    def pid(self) -> int:
        return self._popen.pid

    @property
    def resident(self) -> int:
        """Bytes of memory it holds, where the system tells (Linux)."""
        try:
            return int(Path(f"/proc/{self.pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
        except (OSError, ValueError, IndexError):
            return 0

    @property
    def alive(self) -> bool:
        return self._popen.poll() is None

    def send(self, message: Any, deadline: float) -> bytes:
        """Hand over a message, until `deadline` (of `time.monotonic`). Returns the turn that its answer must repeat."""
        body = message if isinstance(message, bytes) else dump(message)
        turn = secrets.token_bytes(16)  # so that an answer written ahead answers nothing
        try:
            self._within(deadline)
            self._socket.sendall(HEAD.pack(len(body), turn, 0) + body)
        except TimeoutError:
            raise Died("it took too long to take what it was asked") from None
        except OSError:
            raise Died(self._ended()) from None
        return turn

    def receive(self, turn: bytes, deadline: float) -> bytes:
        """The body of the answer."""
        length, repeated, self.cpu_seconds = HEAD.unpack(self._read(HEAD.size, deadline))
        if repeated != turn:
            raise Died("its process wrote something that is no answer")
        if length > self._largest:
            raise Died(f"its answer is of {length} bytes, more than the {self._largest} that one may have")
        return self._read(length, deadline)

    def _read(self, size: int, deadline: float) -> bytes:
        data = bytearray()
        while len(data) < size:
            try:
                self._within(deadline)
                part = self._socket.recv(min(size - len(data), 1 << 20))
            except TimeoutError:
                raise Died("it did not answer in time") from None
            except OSError:
                part = b""
            if not part:
                raise Died(self._ended())
            data += part
        return bytes(data)

    def _within(self, deadline: float) -> None:
        left = deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        self._socket.settimeout(left)

    def _ended(self) -> str:
        self.kill()
        status = self._popen.returncode
        if status == -signal.SIGKILL:
            return "its process closed its connection, or the system ended it (out of memory, or of processor time)"
        if status < 0:
            return f"its process was ended by {signal.Signals(-status).name}"
        return f"its process ended by itself, with exit status {status}"

    def kill(self) -> None:
        """End it and all it started. Harmless to repeat."""
        self._socket.close()
        if self._popen.returncode is None:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self._popen.pid, signal.SIGKILL)
            self._popen.wait()  # one that is ending by itself already keeps its own status

    def forget(self) -> None:
        """In a fork of the process that started it: let go of what is not ours."""
        self._socket.close()
        self._popen.returncode = 0  # not our child: nobody here may wait for it
