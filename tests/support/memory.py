"""Where tests keep what need not outlive them: in memory if the machine has plenty, because thousands of databases are
made and thrown away, and a disk that others use as well makes each of them wait."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

SHM = Path("/dev/shm")  # Linux keeps it in memory
ROOM = 2 * 1024**3  # bytes that a run may take at one time, with room to spare: databases go as soon as a test is over


def folder() -> Path:
    """For temporary files; the system's own where there is too little memory for them."""
    try:
        fits = os.access(SHM, os.W_OK) and shutil.disk_usage(SHM).free > ROOM and _available() > 3 * ROOM
    except OSError:
        fits = False
    return SHM if fits else Path(tempfile.gettempdir())


def _available() -> int:
    """Bytes of memory that programs may still take; 0 where the system does not say."""
    for line in Path("/proc/meminfo").read_text().splitlines():
        if line.startswith("MemAvailable:"):
            return int(line.split()[1]) * 1024
    return 0
