"""The process that opens files: replaced when it hangs or dies, kept in by walls; and the scanner that may be asked."""

from __future__ import annotations

import os
import signal
import socketserver
import struct
import threading
from collections.abc import Iterator

import pytest

from core.confined.frames import Died
from core.errors import Invalid, Unavailable
from core.services import files
from core.uploads.desk import WORKER, Desk
from core.uploads.kinds import Refused
from tests.support.malformed import EICAR
from tests.support.wellformed import pdf

GOOD = pdf()


@pytest.fixture
def desk() -> Iterator[Desk]:
    made = Desk(WORKER, seconds=1)
    made.ask("check", GOOD)
    yield made
    made.close()


def test_one_process_answers_again_and_again(desk: Desk) -> None:
    first = desk.pid
    with pytest.raises(Refused, match="other_kind"):
        desk.ask("check", b"MZ")
    assert (desk.ask("check", GOOD)[0]["pages"], desk.pid) == (1, first)


@pytest.mark.parametrize("sign", [signal.SIGSTOP, signal.SIGKILL, signal.SIGSEGV])
def test_one_that_hangs_or_dies_is_replaced(desk: Desk, sign: signal.Signals) -> None:
    before = desk.pid
    assert before is not None
    os.kill(before, sign)
    if sign is signal.SIGSTOP:  # who hangs is found out by the time that goes by
        with pytest.raises(Died):
            desk.ask("check", GOOD)
    else:
        assert desk._process is not None
        desk._process._popen.wait(5)
    assert desk.ask("check", GOOD)[0]["pages"] == 1
    assert desk.pid != before
    with pytest.raises(ProcessLookupError):
        os.kill(before, 0)


def test_what_takes_the_process_down_is_refused_with_a_reason(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    os.kill(desk.pid or 0, signal.SIGSTOP)
    monkeypatch.setattr(files, "CHECKING", desk)
    with pytest.raises(Invalid, match="用时过长或中途出错"):
        files.check("a.pdf", GOOD)


def test_its_walls_stand_where_the_kernel_has_them(desk: Desk) -> None:
    assert set(desk.walls) <= {"limits", "landlock", "seccomp"}
    assert "limits" in desk.walls


class Clamd(socketserver.StreamRequestHandler):
    """Speaks enough of clamd's protocol, and knows one signature."""

    def handle(self) -> None:
        if self.rfile.read(10) != b"zINSTREAM\0":
            return
        body = b""
        while size := struct.unpack(">I", self.rfile.read(4))[0]:
            body += self.rfile.read(size)
        self.wfile.write(b"stream: Eicar-Test-Signature FOUND\0" if EICAR in body else b"stream: OK\0")


def test_a_scanner_that_is_named_must_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    infected = GOOD + EICAR
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Clamd) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.setattr(files, "_limits", files.Limits(clamd=f"127.0.0.1:{server.server_address[1]}"))
        files.refuse_infected(GOOD)
        with pytest.raises(Invalid, match="Eicar-Test-Signature"):
            files.refuse_infected(infected)
        server.shutdown()
    with pytest.raises(Unavailable, match="没有应答"):  # it is gone: nothing is taken
        files.check("a.pdf", GOOD)
    monkeypatch.setattr(files, "_limits", files.Limits(clamd="/nowhere/clamd.ctl"))
    with pytest.raises(Unavailable, match="没有应答"):
        files.check("a.pdf", GOOD)
