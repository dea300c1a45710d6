"""A third party's plugin that does wrong in every way we could think of; `answers.fault` of a case says which."""

from __future__ import annotations

from pathlib import Path

from core.policy import Decision, Limits, LoadedPolicy, Registry, evaluate_json
from tests.unit.policy.build import case
from tests.unit.policy.plugins import plugin_folder

RULES = '''
import ctypes, faulthandler, itertools, os, socket, subprocess, sys, threading, time
from core.policy import Assessment, Check, Line, Use

GOOD = (
    Check("organisation", True, "company", "company", "is"),
    Check("region", True, "310109", "310109", "is"),
    Check("trust", True, False, False, "is"),
    Check("young", True, 1, 1, "<="),
)
COUNT = itertools.count(1)
PLUGIN = os.path.dirname(__file__)

class Odd(int):
    def __repr__(self): os._exit(7)

class Unshowable(Exception):
    def __str__(self): raise ValueError("not even that")

def line(amount, **more): return Assessment(GOOD, (Line("grant", "1", amount, amount, **more),))
def bomb():
    while True: os.fork()
def threads():
    while True: threading.Thread(target=time.sleep, args=(60,)).start()
def segfault(): faulthandler._sigsegv()
def closes():
    os.closerange(0, 256)
    return line(5)
def speaks(data):
    for descriptor in range(3, 64):
        try: os.write(descriptor, data)
        except OSError: pass
    return line(5)
def prints():
    for _ in range(20): print("x" * 1_000_000); sys.stderr.write("y" * 1_000_000)
    return line(5)
def replaces():
    sys.stdout = sys.stderr = sys.__stdout__ = None
    return line(5)
def reads(path):
    with open(path, "rb") as file: return line(len(file.read()))
def by_ctypes(name, *arguments):
    """What C code does that no hook in Python sees."""
    return getattr(ctypes._hidden, name)(*arguments)
def of_a_set():
    return line(5, note="".join({chr(number) for number in range(97, 123)}))
def deep():
    value = "x"
    for _ in range(100_000): value = (value,)
    return Assessment((*GOOD[:3], Check("young", True, value, 1, "is")))

FAULTS = {
    "good": lambda: line(5),
    "raise": lambda: 1 // 0,
    "raise what cannot be shown": lambda: (_ for _ in ()).throw(Unshowable()),
    "SystemExit": lambda: sys.exit(0),
    "exit": lambda: os._exit(3),
    "abort": lambda: os.abort(),
    "segfault": segfault,
    "sleep": lambda: time.sleep(60),
    "busy": lambda: [None for _ in iter(int, 1)],
    "memory": lambda: bytearray(1 << 32),
    "recursion": lambda: FAULTS["recursion"](),
    "deep": deep,
    "nothing": lambda: None,
    "garbage": lambda: {"eligible": True},
    "list": lambda: Assessment(list(GOOD)),
    "foreign check": lambda: Assessment((Check("friend", True, 1, 1, "is"),)),
    "object": lambda: Assessment((*GOOD[:3], Check("young", True, object(), 1, "is"))),
    "float": lambda: line(3000.0),
    "NaN": lambda: line(float("nan")),
    "infinity": lambda: line(float("inf")),
    "truth value": lambda: line(True),
    "text": lambda: line("5"),
    "odd": lambda: line(Odd(5)),
    "half a character": lambda: line(5, note="\\ud800"),
    "negative": lambda: line(-1),
    "over the cap": lambda: line(100_001),
    "over every number": lambda: line(10**5000),
    "spends": lambda: Assessment(GOOD, (Line("grant", "1", 5, 5),), (Use("R-1", 5),)),
    "set order": of_a_set,
    "time": lambda: line(5, note=str(time.monotonic_ns())),
    "counter": lambda: line(next(COUNT)),
    "chance": lambda: line(5, note=os.urandom(8).hex()),
    "process": lambda: line(5, note=str(os.getpid())),
    "huge answer": lambda: line(5, note="x" * (9 << 20)),
    "prints without end": prints,
    "replaces stdout": replaces,
    "closes": closes,
    "speaks nonsense": lambda: speaks(b"x" * 64),
    "speaks an empty answer": lambda: speaks(bytes(24)),
    "forks": bomb,
    "threads": threads,
    "runs a program": lambda: subprocess.run(["true"]),
    "writes": lambda: open(os.path.join(PLUGIN, "note.txt"), "w"),
    "removes": lambda: os.remove(os.path.join(PLUGIN, "policy.yaml")),
    "reads secrets": lambda: reads("/etc/passwd"),
    "reads its own": lambda: reads(os.path.join(PLUGIN, "__init__.py")),
    "connects": lambda: socket.create_connection(("127.0.0.1", 9), 1),
    "kills the site": lambda: os.kill(os.getppid(), 9),
    "loads a library": lambda: ctypes.CDLL("libc.so.6"),
    "reads a parameter there is not": None,
    "environment": lambda: line(5, note=",".join(sorted(os.environ))),
}

def assess(case, params):
    fault = case.answers.get("fault", "good")
    if fault == "reads a parameter there is not": return line(params["friends"])
    return FAULTS[fault]()
'''


def faulty_plugin(into: Path, key: str = "faulty", rules: str = RULES) -> Path:
    return plugin_folder(
        into, key, rules=("", rules), policy=("  - applied_on\n", "  - applied_on\n  - answers.fault\n")
    )


LIMITS = Limits(seconds=0.5, memory=1 << 29)


def assess(loaded: LoadedPolicy, fault: str) -> Decision:
    on = {"applied_on": "2026-06-01", "dossier__company__registered_on": "2026-03-01"}
    return evaluate_json(loaded, case(**on, answers={"fault": fault}))


def confined(into: Path, *, limits: Limits = LIMITS, strict: bool = True) -> Registry:
    """A registry of the third parties' plugins in the folder `third`, and no others."""
    (into / "none").mkdir()
    return Registry.load(strict, into / "none", installed=False, extra=[into / "third"], limits=limits)
