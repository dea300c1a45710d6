"""No job runs by itself here: what is asked for is only noted, and the tests make the pieces."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask

from core.services import jobs


@pytest.fixture(autouse=True)
def _noted(app: Flask) -> Iterator[None]:
    before = jobs.bind(jobs.Recorder())
    yield
    jobs.bind(before)
