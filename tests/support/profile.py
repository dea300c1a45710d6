"""How much this run tries: `make nightly` everything, on both engines; `make test` what two cores do in 20 minutes."""

from __future__ import annotations

import os

NIGHTLY = os.environ.get("HYPOTHESIS_PROFILE") == "nightly"
