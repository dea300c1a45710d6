"""Whatever a third party's rule does, its case alone gets no answer: this process, and other cases, go on (row i)."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.confined.process import Process
from core.policy import AssessmentFailed, LoadedPolicy, Registry, evaluate_json
from core.policy.confined.confine import REST_AFTER
from tests.faults.plugins.faulty import LIMITS, assess, confined, faulty_plugin
from tests.unit.policy.build import case
from tests.unit.policy.plugins import plugin_folder

FAULTS = {
    "raise": "its rule raised ZeroDivisionError: ",
    "raise what cannot be shown": "its rule raised Unshowable",
    "SystemExit": "its rule raised SystemExit: 0",
    "exit": "its process ended by itself, with exit status 3",
    "abort": "ended by SIG",
    "segfault": "its process was ended by SIGSEGV",
    "sleep": "its rule did not answer within 0.5 seconds",
    "busy": "its rule did not answer within 0.5 seconds",
    "memory": "its rule raised MemoryError",
    "recursion": "its rule raised RecursionError",
    "deep": "its rule raised RecursionError",
    "nothing": "its rule returned NoneType instead of an Assessment",
    "garbage": "its rule returned dict instead of an Assessment",
    "list": "checks must be a tuple of Check",
    "foreign check": "the checks are friend",
    "object": "checks hold a object, which is not a plain value",
    "float": "amounts that are not whole fen: 3000.0",
    "NaN": "amounts that are not whole fen: nan",
    "infinity": "amounts that are not whole fen: inf",
    "truth value": "amounts that are not whole fen: True",
    "text": "amounts that are not whole fen: '5'",
    "odd": "lines hold a Odd, which is not a plain value",
    "half a character": "note that is not text",
    "negative": "its lines sum to -1 fen",
    "over the cap": "100001 fen exceeds a cap of 100000",
    "over every number": "Exceeds the limit",
    "spends": "names no stacking group",
    "set order": "two answers to one case: does it depend on the order of a set?",
    "time": "two answers to one case",
    "counter": "two answers to one case",
    "chance": "two answers to one case",
    "process": "two answers to one case",
    "huge answer": "more than the 8388608 that one may have",
    "closes": "its process closed its connection",
    "speaks nonsense": "wrote something that is no answer",
    "speaks an empty answer": "wrote something that is no answer",
    "forks": "a plugin may not use os.fork",
    "threads": "a plugin may not start threads",
    "runs a program": "a plugin may not",
    "writes": "a plugin may not write files",
    "removes": "a plugin may not use os.remove",
    "reads secrets": "a plugin may not read /etc/passwd",
    "connects": "a plugin may not use socket.",
    "kills the site": "a plugin may not use os.kill",
    "loads a library": "a plugin may not use ctypes.dlopen",
    "reads a parameter there is not": "parameter friends is not in policy.yaml",
}
HARMLESS = ("prints without end", "replaces stdout", "reads its own")


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    into = tmp_path_factory.mktemp("plugins")
    faulty_plugin(into / "third")
    plugin_folder(into / "third", "sound")
    registry = confined(into)
    yield registry
    registry.close()


@pytest.fixture
def faulty(registry: Registry, monkeypatch: pytest.MonkeyPatch) -> LoadedPolicy:
    monkeypatch.setattr("core.policy.confined.confine.REST_AFTER", 1000)
    return registry.get("faulty")


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_told_and_the_next_case_is_assessed(faulty: LoadedPolicy, fault: str) -> None:
    with pytest.raises(AssessmentFailed) as failed:
        assess(faulty, fault)
    assert FAULTS[fault] in failed.value.reason
    assert len(failed.value.reason) < 400
    assert assess(faulty, "good").amount_fen == 5


@pytest.mark.parametrize("fault", HARMLESS)
def test_what_harms_nobody_is_let_be(faulty: LoadedPolicy, fault: str) -> None:
    assert assess(faulty, fault).outcome == "eligible"


def test_it_has_no_secret_of_ours_and_no_file_of_ours(faulty: LoadedPolicy, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HONGCAI_SECRET_KEY", "00" * 32)
    assert faulty.confined is not None
    faulty.confined.close()
    note = assess(faulty, "environment").lines[0].note
    assert note == "LC_CTYPE,OMP_NUM_THREADS,OPENBLAS_NUM_THREADS,PYTHONHASHSEED,PYTHONUTF8"
    for pid in faulty.confined.standing.pids:
        opened = {str(link.readlink()).partition(":")[0] for link in Path(f"/proc/{pid}/fd").iterdir()}
        assert opened == {"/dev/null", "socket"}
        assert str(Path(f"/proc/{pid}/cwd").readlink()).endswith(" (deleted)")


def test_its_code_is_never_in_this_process(registry: Registry) -> None:
    there = [name for name, module in sys.modules.items() if "third/" in str(getattr(module, "__file__", ""))]
    assert there == []


# ── many threads, and what is left behind ───────────────────────────────────────────────────────────────────────────


def test_eight_threads_on_a_rule_that_hangs_wait_no_longer_than_the_limit(
    registry: Registry, faulty: LoadedPolicy
) -> None:
    took: list[float] = []
    sound: list[float] = []
    assess(faulty, "good"), assess(registry.get("sound"), "good")
    hanging = True

    def hang() -> None:
        start = time.monotonic()
        with pytest.raises(AssessmentFailed):
            assess(faulty, "sleep")
        took.append(time.monotonic() - start)

    def go_on() -> None:
        while hanging:
            start = time.monotonic()
            assert assess(registry.get("sound"), "").amount_fen == 100_000
            sound.append(time.monotonic() - start)

    threads = [threading.Thread(target=hang) for _ in range(8)]
    other = threading.Thread(target=go_on)
    for thread in [other, *threads]:
        thread.start()
    for thread in threads:
        thread.join()
    hanging = False
    other.join()
    assert len(took) == 8
    assert max(took) < LIMITS.seconds * 2  # and not eight times
    assert len(sound) > 20
    assert max(sound) < LIMITS.seconds / 2


def test_threads_that_assess_at_once_each_get_their_own_answer(registry: Registry) -> None:
    loaded, found = registry.get("sound"), {}

    def ask(day: int) -> None:
        value = case(applied_on=f"2026-06-{day:02}", dossier__company__registered_on="2026-03-01")
        found[day] = [evaluate_json(loaded, value).checks[3].observed.day for _ in range(5)]  # type: ignore[union-attr]

    threads = [threading.Thread(target=ask, args=(day,)) for day in range(1, 9)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {day: [day] * 5 for day in range(1, 9)}


def test_nothing_is_left_behind(faulty: LoadedPolicy) -> None:
    def mine() -> tuple[int, int]:
        children = Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()
        return len(children), len([*Path("/proc/self/fd").iterdir()])

    assess(faulty, "good")
    before = mine()
    for fault in ("exit", "segfault", "closes", "speaks nonsense", "forks"):
        with pytest.raises(AssessmentFailed):
            assess(faulty, fault)
    assert assess(faulty, "good")
    assert mine() == before
    assert faulty.confined is not None
    pids = faulty.confined.standing.pids
    faulty.confined.close()
    assert not any(Path(f"/proc/{pid}").exists() for pid in pids)


def test_a_fork_starts_processes_of_its_own(faulty: LoadedPolicy) -> None:
    assess(faulty, "good")
    assert faulty.confined is not None
    pids = faulty.confined.standing.pids
    child = os.fork()
    if child == 0:
        try:
            good = assess(faulty, "good").amount_fen == 5 and not set(pids) & {*faulty.confined.standing.pids}
            faulty.confined.close()
        except BaseException:  # noqa: BLE001 - a test's child must not go on as a second pytest
            good = False
        os._exit(0 if good else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert assess(faulty, "good").amount_fen == 5
    assert faulty.confined.standing.pids == pids


def test_a_process_whose_parent_is_gone_ends(tmp_path: Path) -> None:
    process = Process("core.policy.confined.worker", largest=1 << 20)
    process._socket.close()
    assert process._popen.wait(timeout=10) == 0


def test_a_plugin_that_always_fails_rests(registry: Registry) -> None:
    loaded = registry.get("faulty")
    assert loaded.confined is not None
    for _ in range(REST_AFTER):
        with pytest.raises(AssessmentFailed):
            assess(loaded, "exit")
    start = time.monotonic()
    with pytest.raises(AssessmentFailed, match=r"it rests for \d+ seconds more; the last: its process ended by itself"):
        assess(loaded, "good")
    assert time.monotonic() - start < 0.05
    assert loaded.confined.standing.resting > 0
    registry.reload("faulty")  # a person asks for it
    assert assess(registry.get("faulty"), "good").amount_fen == 5
