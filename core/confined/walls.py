"""What keeps a worker in: limits of the system, a hook in the interpreter, and on Linux two walls in its kernel.

The first two are everywhere and hold faults. The hook is a hurdle to malice, not a wall: who may run C code in the
process can step over it. Landlock (which files) and seccomp (no sockets, no programs, no other processes) are walls, as
high as the kernel that has them; where it has not, `raise_walls` leaves them out and says so.
"""

from __future__ import annotations

import _thread
import ctypes
import os
import platform
import resource
import struct
import sys
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, NoReturn

CPU_SECONDS = 600  # in all of a process's life; this side takes a new one long before
FILES = 64


def limit(memory: int) -> None:
    """Limits that the system enforces: memory in bytes, processor time, open files; no file grows, no core is dumped.
    A limit that this system has not is left out."""
    limits = {
        "RLIMIT_AS": memory,
        "RLIMIT_CPU": CPU_SECONDS,
        "RLIMIT_NOFILE": FILES,
        "RLIMIT_FSIZE": 0,
        "RLIMIT_CORE": 0,
        "RLIMIT_NPROC": 1,  # of the whole user, so with this process there can be no other; root is not held to it
    }
    for name, value in limits.items():
        with suppress(AttributeError, ValueError, OSError):
            resource.setrlimit(getattr(resource, name), (value, value))


def raise_walls(readable: Sequence[Path]) -> list[str]:
    """Close in another's code, which runs from now on and may read beneath `readable`. Returns which walls stand."""
    standing = ["limits", "audit", *close_in(readable)]
    sys.addaudithook(_refuser(readable))
    _thread.start_new_thread = threading._start_new_thread = _no_thread  # type: ignore[attr-defined]
    return standing


def close_in(readable: Sequence[Path]) -> list[str]:
    """The kernel's two walls alone, for our own code over bytes that nobody trusts. Returns which of them stand."""
    standing = []
    with suppress(OSError, AttributeError):
        _landlock(readable)
        standing.append("landlock")
    with suppress(OSError, AttributeError):
        _seccomp()
        standing.append("seccomp")
    return standing


def _no_thread(*_: object) -> NoReturn:
    raise PermissionError("a plugin may not start threads")  # it would go on when the case is answered


# ── the interpreter ─────────────────────────────────────────────────────────────────────────────────────────────────

_REFUSED = (
    *("socket.", "subprocess.", "shutil.", "sqlite3.", "ctypes.", "urllib.", "ftplib.", "pty.", "resource."),
    *("signal.pthread_kill", "os.fork", "os.exec", "os.posix_spawn", "os.spawn", "os.system"),
    *("os.kill", "os.remove", "os.rename", "os.mkdir", "os.rmdir", "os.ch", "os.link", "os.symlink", "os.truncate"),
    *("os.utime", "os.setxattr", "os.removexattr", "fcntl.", "mmap.", "syslog.", "tempfile."),
)
_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


def _refuser(readable: Sequence[Path]) -> Callable[[str, tuple[Any, ...]], None]:
    """The hook, with all it needs in its own hand: what a plugin changes in modules does not reach it."""
    roots = tuple({str(path) + os.sep for path in readable} | {os.path.realpath(path) + os.sep for path in readable})
    refused, writes, absolute, text, decode = _REFUSED, _WRITES, os.path.abspath, str, os.fsdecode
    refuse = PermissionError

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        if event == "open":
            path, mode, flags = arguments
            if (flags or 0) & writes or (mode and set(mode) & set("wax+")):
                raise refuse("a plugin may not write files")
            if isinstance(path, int) or not absolute(decode(path)).startswith(roots):
                raise refuse(f"a plugin may not read {text(path)[:80]}")
        elif event.startswith(refused):
            raise refuse(f"a plugin may not use {event}")

    return hook


# ── Landlock: https://docs.kernel.org/userspace-api/landlock.html ───────────────────────────────────────────────────

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446  # the same numbers on every architecture
_READ_FILE, _READ_DIR = 1 << 2, 1 << 3
_FS_RIGHTS = {1: 13, 2: 14, 3: 15, 4: 15, 5: 16}  # by version of the interface, how many there are; later ones as 5
_NO_NEW_PRIVILEGES = 38
_LIBRARIES = ("/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib", "/etc/ld.so.cache")  # the linker reads them


def _call(libc: Any, *arguments: Any) -> int:
    result: int = libc.syscall(*arguments)
    if result < 0:
        raise OSError(ctypes.get_errno(), "a wall cannot be raised")
    return result


def _libc() -> Any:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0):
        raise OSError(ctypes.get_errno(), "no_new_privs")
    return libc


def _landlock(readable: Sequence[Path]) -> None:
    """Read beneath these folders, and nothing else of the file system; no TCP; no signal to anybody outside."""
    libc = _libc()
    version = _call(libc, _CREATE_RULESET, None, 0, 1)
    files = (1 << _FS_RIGHTS.get(version, 16)) - 1
    # struct landlock_ruleset_attr: files; network from version 4; scopes (abstract sockets, signals) from version 6
    attributes = struct.pack("=Q", files)
    attributes += struct.pack("=Q", 3) if version >= 4 else b""
    attributes += struct.pack("=Q", 3) if version >= 6 else b""
    rules = _call(libc, _CREATE_RULESET, attributes, len(attributes), 0)
    try:
        for path in [*readable, *filter(Path.exists, map(Path, _LIBRARIES))]:
            parent = os.open(path, os.O_PATH | os.O_CLOEXEC)
            rights = _READ_FILE | (_READ_DIR if path.is_dir() else 0)
            try:
                _call(libc, _ADD_RULE, rules, 1, struct.pack("=Qi", rights, parent), 0)
            finally:
                os.close(parent)
        _call(libc, _RESTRICT_SELF, rules, 0)
    finally:
        os.close(rules)


# ── seccomp: https://docs.kernel.org/userspace-api/seccomp_filter.html ──────────────────────────────────────────────

_PR_SET_SECCOMP, _MODE_FILTER = 22, 2
_ALLOW, _EPERM, _ENOSYS = 0x7FFF0000, 0x00050000 | 1, 0x00050000 | 38
_CLONE_THREAD = 0x00010000
_LOAD, _EQUAL, _ANY_BIT, _RETURN = 0x20, 0x15, 0x45, 0x06

# socket socketpair connect bind listen accept accept4 sendto · execve execveat · kill tkill pidfd_send_signal · ptrace
# process_vm_readv process_vm_writev · unshare setns mount · bpf perf_event_open userfaultfd io_uring_setup keyctl
_DENIED = {
    "x86_64": (
        0xC000003E,
        *((41, 53, 42, 49, 50, 43, 288, 44), (59, 322), (62, 200, 424), (101, 310, 311), (272, 308, 165)),
        (321, 298, 323, 425, 250, 57, 58),  # and fork, vfork
    ),
    "aarch64": (
        0xC00000B7,
        *((198, 199, 203, 200, 201, 202, 242, 206), (221, 281), (129, 130, 424), (117, 270, 271), (97, 268, 40)),
        (280, 241, 282, 425, 219),
    ),
}
_CLONE = {"x86_64": 56, "aarch64": 220}
_TGKILL = {"x86_64": 234, "aarch64": 131}
_CLONE3 = 435


def _seccomp() -> None:
    """No socket, no program, no other process (threads may be, libraries need them), no signal to another process."""
    machine = platform.machine()
    if machine not in _DENIED:
        raise OSError(f"no filter for {machine}")
    architecture, *groups = _DENIED[machine]
    program = [(_LOAD, 0, 0, 4), (_EQUAL, 1, 0, architecture), (_RETURN, 0, 0, _EPERM), (_LOAD, 0, 0, 0)]
    if machine == "x86_64":  # the second set of numbers, of x32
        program += [(_ANY_BIT, 0, 1, 0x40000000), (_RETURN, 0, 0, _EPERM)]
    for number in (number for group in groups for number in group):
        program += [(_EQUAL, 0, 1, number), (_RETURN, 0, 0, _EPERM)]
    program += [(_EQUAL, 0, 1, _CLONE3), (_RETURN, 0, 0, _ENOSYS)]  # whose flags no filter can see: clone is tried then
    program += [(_EQUAL, 0, 4, _CLONE[machine]), (_LOAD, 0, 0, 16), (_ANY_BIT, 1, 0, _CLONE_THREAD)]
    program += [(_RETURN, 0, 0, _EPERM), (_RETURN, 0, 0, _ALLOW)]
    program += [(_EQUAL, 0, 4, _TGKILL[machine]), (_LOAD, 0, 0, 16), (_EQUAL, 1, 0, os.getpid())]
    program += [(_RETURN, 0, 0, _EPERM), (_RETURN, 0, 0, _ALLOW), (_RETURN, 0, 0, _ALLOW)]
    code = ctypes.create_string_buffer(b"".join(struct.pack("=HBBI", *step) for step in program))
    filters = struct.pack("@HP", len(program), ctypes.addressof(code))
    if _libc().prctl(_PR_SET_SECCOMP, _MODE_FILTER, filters, 0, 0):
        raise OSError(ctypes.get_errno(), "seccomp")
