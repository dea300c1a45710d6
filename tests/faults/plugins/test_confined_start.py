"""Starting a third party's plugin: what goes wrong at import, what is refused, what the walls hold."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from core.policy import AssessmentFailed, Limits, LoadedPolicy, PluginError, evaluate_json
from core.policy.contract import check_folder
from core.policy.golden import read_golden
from core.policy.loaded import BUILT_IN
from core.policy.registry import load_plugin
from tests.faults.plugins.faulty import LIMITS, assess, confined, faulty_plugin
from tests.unit.policy.plugins import plugin_folder

AT_IMPORT = {
    "import os; os._exit(0)": "it cannot be imported: its process ended by itself, with exit status 0",
    "import faulthandler; faulthandler._sigsegv()": "it cannot be imported: its process was ended by SIGSEGV",
    "import time; time.sleep(60)": "it cannot be imported: it did not answer in time",
    "raise SystemExit(3)": "it cannot be imported: SystemExit: 3",
    "open('/etc/passwd')": "it cannot be imported: PermissionError: a plugin may not read /etc/passwd",
    "import pathlib; pathlib.Path(__file__).with_name('x').write_text('x')": "a plugin may not write files",
}


@pytest.mark.parametrize("code", AT_IMPORT)
def test_at_import_it_is_quarantined_until_it_is_mended(tmp_path: Path, code: str) -> None:
    folder = faulty_plugin(tmp_path / "third", rules=code)
    limits = Limits(seconds=0.5, start_seconds=1 if "sleep" in code else 20)
    registry = confined(tmp_path, limits=limits, strict=False)
    assert AT_IMPORT[code] in registry.quarantined["faulty"]
    assert registry.card("faulty").title.en == "New policy faulty"
    registry._limits = LIMITS
    (folder / "rules.py").write_text("def assess(case, params):\n    return 5\n")
    registry.reload("faulty")
    assert (not registry.quarantined, "faulty" in registry) == (True, True)
    registry.close()


def test_pages_are_refused_and_no_template_of_theirs_is_used(tmp_path: Path) -> None:
    pages = "\n\n@hookimpl\ndef register_blueprint():\n    return None\n"
    plugin = plugin_folder(tmp_path / "third", "with_pages")
    hooks = (plugin / "plugin.py").read_text()
    (plugin / "plugin.py").write_text(hooks + pages)
    with pytest.raises(PluginError, match=r"with_pages: .*may bring no pages"):
        confined(tmp_path)
    (plugin / "plugin.py").write_text(hooks)
    (plugin / "templates" / "letter.html").write_text("{% for a in range(99999) %}{% endfor %}")
    assert load_plugin(plugin, confined=True).policy.letter_template is None
    findings = {finding.rule: finding for finding in check_folder(plugin)}
    assert "templates/letter.html is not used" in findings["the letter renders, awarded and refused"].message


def test_the_contract_tells_of_a_rule_that_crashes(tmp_path: Path) -> None:
    folder = plugin_folder(tmp_path, rules=("", "import os\n\n\ndef assess(case, params):\n    os._exit(3)\n"))
    broken = [finding for finding in check_folder(folder) if not finding.passed]
    assert "its process ended by itself, with exit status 3" in broken[0].message
    assert any("imports os" in finding.message for finding in broken)


def test_changed_files_are_not_run_as_the_rules_they_were(tmp_path: Path) -> None:
    folder = plugin_folder(tmp_path / "third", "sound")
    registry = confined(tmp_path)
    loaded = registry.get("sound")
    assert loaded.confined is not None
    rules = (folder / "rules.py").read_text()
    (folder / "rules.py").write_text(rules.replace("limit, ", "limit,  "))
    assert assess(loaded, "").amount_fen == 100_000  # by the process that has the rules as they were
    loaded.confined.close()
    with pytest.raises(AssessmentFailed, match="its files have changed since it was read in"):
        assess(loaded, "")
    registry.reload("sound")
    assert assess(registry.get("sound"), "").amount_fen == 100_000
    assert registry.get("sound").rules_digest != loaded.rules_digest
    registry.close()


# ── the walls ───────────────────────────────────────────────────────────────────────────────────────────────────────

BY_C = {
    "socket": ("socket", 2, 1, 0),
    "execve": ("execv", b"/bin/true", None),
    "fork": ("fork",),
    "open": ("open", b"/etc/passwd", 0),
    "creat": ("creat", b"/tmp/hongcai-escaped", 0o600),
    "kill": ("kill", os.getpid(), 0),
    "ptrace": ("ptrace", 16, os.getpid(), 0, 0),
}


@pytest.mark.parametrize("what", BY_C)
def test_on_linux_c_code_does_not_get_out_either(what: str) -> None:
    """Without the hook in the interpreter, which C code would pass by."""
    script = (
        "import ctypes, sys\nfrom pathlib import Path\nfrom core.confined import walls\n"
        "libc = ctypes.CDLL(None, use_errno=True)\n"
        f"name, *arguments = {BY_C[what]!r}\n"
        "walls._landlock([Path(sys.prefix), Path(sys.base_prefix)])\nwalls._seccomp()\n"
        "print(getattr(libc, name)(*arguments), ctypes.get_errno())\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    if "OSError" in done.stderr:
        pytest.skip(f"this system has not both walls: {done.stderr}")
    assert done.stdout.strip() in ("-1 1", "-1 13"), done.stderr  # EPERM, EACCES


def test_confined_answers_are_those_of_the_same_rules_here(tmp_path: Path) -> None:
    """Every golden case of a built-in policy, once here and once as a third party's: the same to the byte."""
    shutil.copytree(BUILT_IN / "rent_subsidy", tmp_path / "third" / "rent_subsidy")
    here, apart = load_plugin(BUILT_IN / "rent_subsidy"), confined(tmp_path).get("rent_subsidy")

    def answer(loaded: LoadedPolicy, golden: Any) -> Any:
        try:
            return evaluate_json(loaded, golden.case, on=golden.on, params=golden.params, spent=golden.spent).to_json()
        except Exception as error:  # noqa: BLE001 - whatever the one raises, so must the other
            return str(error)

    for golden in read_golden(BUILT_IN / "rent_subsidy" / "cases.yaml"):
        assert answer(apart, golden) == answer(here, golden), golden.name
    assert apart.confined is not None
    apart.confined.close()
