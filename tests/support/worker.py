"""One of several workers on one database, slow enough to be killed in the middle of its jobs.

    python -m tests.support.worker 0.3        # pressing a letter takes 0.3 s longer than it does

Prints its name once it runs jobs, and ends with its standard input.
"""

from __future__ import annotations

import sys
import time
from typing import Any

from core import create_app
from core.config import Settings
from core.jobs import Jobs, issuing


def main(slower: float) -> None:
    real = issuing.press

    def press(*given: Any) -> issuing.Pressed:
        time.sleep(slower)
        return real(*given)

    issuing.press = press
    jobs = Jobs(create_app(Settings.load()))
    print(jobs.launch(poll_seconds=0.1, sweep_seconds=0.5), flush=True)
    sys.stdin.read()
    jobs.destroy(wait_seconds=5)


if __name__ == "__main__":
    main(float(sys.argv[1]))
