"""A process that can be killed often: it imports everything once, and each life is a fork of it.

    python -m tests.support.zygote <<< '{"run": "jobs" | "inline", "seconds": 0.4}' …

One JSON object a line on stdin, one answer a line on stdout. A life runs jobs (or issues what is due inline) on the
instance that the environment names; after `seconds` it is killed with SIGKILL, null lets it finish by itself. `piece`:
how many leases the monthly run bills in one transaction, and how many decisions a run of replay computes between two.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
import traceback

from flask import Flask

from core import create_app
from core.config import Settings
from core.extensions import db
from core.services.billing import runs
from core.services.replays import runs as replays


def live(app: Flask, run: str) -> None:
    """What a worker (or `hongcai letters issue`) does, until nothing is left to do."""
    from core.commands.letters import _due
    from core.jobs import Jobs, backlog, issuing, papers

    if run == "inline":
        decisions, called_for = _due(app)
        for decision_id in decisions:
            issuing.issue(app, decision_id)
        for paper_id in called_for:
            papers.issue(app, paper_id)
        return
    jobs = Jobs(app)
    jobs.launch(poll_seconds=0.05, sweep_seconds=0.2)
    while True:
        with app.app_context(), db.engine.connect() as connection:
            left = backlog(connection)
        if left is not None and not left.waiting and not left.running:
            break
        time.sleep(0.1)
    jobs.destroy(wait_seconds=5)


def main() -> None:
    app = create_app(Settings.load())
    with app.app_context():
        from core.letters.render import _press

        _press()  # fonts and stylesheet, as a worker has them after its first letter
    for line in sys.stdin:
        order = json.loads(line)
        started = time.monotonic()
        child = os.fork()
        if child == 0:
            code = 1
            try:
                with app.app_context():
                    db.engine.dispose(close=False)
                runs.PIECE = order.get("piece", runs.PIECE)
                replays.PIECE = order.get("piece", replays.PIECE)
                live(app, order["run"])
                code = 0
            except BaseException:
                traceback.print_exc()
                raise
            finally:
                os._exit(code)
        if order["seconds"] is not None:
            time.sleep(order["seconds"])
            os.kill(child, signal.SIGKILL)
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        print(json.dumps({"status": status, "seconds": time.monotonic() - started}), flush=True)


if __name__ == "__main__":
    main()
