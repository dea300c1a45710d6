"""`hongcai policies …`: answers on stdout, one a line, in order; errors in their place; exit statuses."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from core.cli import hongcai
from core.commands import assessing
from core.policy import Registry
from tests.unit.policy.build import case, rent, staff
from tests.unit.policy.plugins import plugin_folder

ROOT = Path(__file__).parents[3]
ASSESS = [sys.executable, "-m", "core.cli", "policies", "assess", "rent_subsidy", "--json", "--case"]
DATED = "from: 2018-12-01, source: x, status: verified, checked_on: 2026-11-24"


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(hongcai, ["policies", *map(str, arguments)])


def assess(*arguments: str | Path) -> tuple[list[dict[str, Any]], int]:
    done = run("assess", "rent_subsidy", *arguments, "--json")
    return [json.loads(line) for line in done.stdout.splitlines()], done.exit_code


def write(path: Path, *cases: Any) -> Path:
    """A .json file of one case, or a .jsonl file of several; text goes in as it is."""
    lines = [item if isinstance(item, str) else json.dumps(item, ensure_ascii=False) for item in cases]
    path.write_text("\n".join(lines), encoding="utf-8", errors="surrogatepass")
    return path


# ── assess ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_one_answer_a_case_in_order(tmp_path: Path) -> None:
    first = write(tmp_path / "a.json", case())
    many = write(tmp_path / "b.jsonl", case(dossier__leases=[]), "", case(dossier__leases=None), "  ")
    last = write(tmp_path / "c.json", case(applied_on="2018-11-30"))
    answers, status = assess("--case", first, "--case", many, "--case", last)
    assert [answer["outcome"] for answer in answers] == ["eligible", "ineligible", "needs_information", "not_in_force"]
    assert status == 0  # any outcome is a success
    assert answers[0]["amount_fen"] == 300_000


def test_a_case_in_error_stands_in_its_place_and_the_rest_is_assessed(tmp_path: Path) -> None:
    bad_amount = case()
    bad_amount["dossier"]["rent"][3]["paid_fen"] = -1
    path = write(
        tmp_path / "x.jsonl",
        case(),
        bad_amount,
        '{"schema": "1.0", "schema": "1.0"}',
        json.dumps(case())[:-5],
        "[]",
        "null",
        '{"period": {"from": "2025-03", "to": "2025-04", "from": "2025-01"}}',
        json.dumps(case()).replace("1000000", "NaN", 1),
        json.dumps(case()).replace("1000000", "1e6", 1),
        json.dumps(case()).replace("1000000", "1" + "0" * 5000, 1),
        json.dumps(case()).replace("1000000", "1" + "0" * 4000, 1),
        '{"answers": ' + "[" * 100_000 + "]" * 100_000 + "}",
        json.dumps(case(answers={"x": "\ud83d"})),
        case(),
    )
    answers, status = assess("--case", path)
    assert status == 2
    assert [answer.get("field", answer.get("outcome")) for answer in answers] == [
        "eligible", "dossier.rent[3].paid_fen", "schema", "", "", "", "period.from", "dossier.rent[0].paid_fen",
        "dossier.rent[0].paid_fen", "", "dossier.rent[0].paid_fen", "", "answers.x", "eligible",
    ]  # fmt: skip
    for answer in answers[1:-1]:
        assert set(answer) == {"error", "field"}
        assert answer["error"]


def test_a_file_that_cannot_be_read_is_an_error_in_its_place(tmp_path: Path) -> None:
    (tmp_path / "latin.json").write_bytes("é".encode("latin-1"))
    (tmp_path / "half.jsonl").write_bytes(b'{"a": "\xff"}\n' + json.dumps(case()).encode())
    good = write(tmp_path / "good.json", case())
    answers, status = assess(
        "--case", tmp_path / "none.json", "--case", tmp_path / "latin.json", "--case", tmp_path,
        "--case", tmp_path / "half.jsonl", "--case", good,
    )  # fmt: skip
    assert status == 2
    assert ["outcome" in answer for answer in answers] == [False, False, False, False, True, True]
    assert "No such file" in answers[0]["error"]
    assert "not UTF-8" in answers[1]["error"]


def test_a_byte_order_mark_and_windows_line_ends_do_no_harm(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    text = json.dumps(case(), ensure_ascii=False)
    path.write_bytes(b"\xef\xbb\xbf" + f"{text}\r\n{text}\r\n".encode())
    answers, status = assess("--case", path)
    assert ([answer["outcome"] for answer in answers], status) == (["eligible", "eligible"], 0)


def test_on_and_params(tmp_path: Path) -> None:
    path = write(
        tmp_path / "a.json", case(dossier__employment=[*staff("P1"), *staff("P2"), *staff("P3"), *staff("P4")])
    )
    ((answer,), _) = assess("--case", path, "--on", "2022-12-31")
    assert answer["rule_from"] == "2018-12-01"
    params = tmp_path / "district.yaml"
    params.write_text(
        "cap_per_head_year_fen:\n  values:\n"
        "    - {from: 2018-12-01, value: 280000, source: 区公布, status: verified, checked_on: 2026-11-24}\n"
    )
    ((answer,), status) = assess("--case", path, "--params", params)
    assert (answer["amount_fen"], status) == (1_120_000, 0)  # 4 heads × 2,800 元 = 11,200 元
    cap = next(row for row in answer["parameters"] if row["name"] == "cap_per_head_year_fen")
    assert (cap["value"], cap["from"], cap["source"], cap["status"]) == (280_000, "2018-12-01", "区公布", "verified")
    row = {"from": "2018-12-01", "value": 280_000, "source": "x", "status": "verified", "checked_on": "2026-11-24"}
    with_heading = {"parameters": {"cap_per_head_year_fen": {"values": [row]}}}
    as_json = write(tmp_path / "district.json", with_heading)
    assert assess("--case", path, "--params", as_json)[0][0]["amount_fen"] == 1_120_000


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("assess", "rent_subsidi", "--case", "x"), "there is no policy 'rent_subsidi'; there are: "),
        (("assess", "rent_subsidy"), "Missing option '--case'"),
        (("assess", "rent_subsidy", "--case", "x", "--on", "2026-13-01"), "--on 2026-13-01 is not a date"),
        (("assess", "rent_subsidy", "--case", "x", "--on", "20260101"), "--on 20260101 is not a date"),
        (("assess", "rent_subsidy", "--case", "x", "--params", "nowhere.yaml"), "nowhere.yaml cannot be read"),
        (("check", "nowhere"), "does not exist"),
        (("new", "Bad-Key"), "'Bad-Key' is not a key"),
        (("new", "rent_subsidy"), "is already there"),
    ],
)
def test_a_wrong_command_says_what_why_and_what_to_do_and_prints_nothing(arguments: tuple[str, ...], says: str) -> None:
    done = run(*arguments)
    assert done.exit_code == 2
    assert done.stdout == ""
    assert says in " ".join(done.stderr.replace("│", " ").split())


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("cap: 1", "cap must be a mapping"),
        ("cap_of: {values: []}", "cap_of is not one of this policy's"),
        (f"cap_per_head_year_fen: {{values: [{{value: 2800.0, {DATED}}}]}}", "decimal 2800.0"),
        ("a: [", "p.yaml line "),
    ],
)  # fmt: skip
def test_a_wrong_parameter_file_stops_everything(tmp_path: Path, text: str, says: str) -> None:
    (tmp_path / "p.yaml").write_text(text)
    done = run("assess", "rent_subsidy", "--case", write(tmp_path / "a.json", case()), "--params", tmp_path / "p.yaml")
    assert (done.exit_code, done.stdout) == (2, "")
    assert says in done.stderr


def test_a_rule_that_fails_is_an_error_row_and_its_noise_stays_off_stdout(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plugin_folder(tmp_path / "p", "loud", rules=("    amount = params", "    print('hello')\n    amount = params"))
    plugin_folder(
        tmp_path / "p", "bad", rules=("    amount = params", "    raise ValueError('x')\n    amount = params")
    )
    plugin_folder(tmp_path / "p", "gap", rules=("    amount = params", "    params['rate']\n    amount = params"))
    plugin_folder(tmp_path / "p", "gone", plugin=("", "raise RuntimeError"))
    monkeypatch.setattr(assessing, "registry", lambda: Registry.load(False, tmp_path / "p", installed=False))
    path = write(tmp_path / "a.json", case())
    loud = run("assess", "loud", "--case", path, "--json")
    assert (loud.exit_code, json.loads(loud.stdout)["amount_fen"]) == (0, 100_000)
    assert "hello" in loud.stderr
    for key, field in (("bad", ""), ("gap", "parameters.rate")):
        done = run("assess", key, "--case", path, "--json")
        assert done.exit_code == 2
        assert json.loads(done.stdout)["field"] == field
    assert "gone is quarantined" in run("assess", "gone", "--case", path).stderr


def test_several_processes_give_the_same_lines_in_the_same_order(tmp_path: Path) -> None:
    cases = [case(applied_on=f"2026-0{1 + n % 9}-10") for n in range(250)]
    path = write(tmp_path / "a.jsonl", *cases[:120], '{"schema": 7}', "no json", *cases[120:])
    one, two = (run("assess", "rent_subsidy", "--case", path, "--json", "--jobs", jobs) for jobs in ("1", "2"))
    assert (two.stdout, two.exit_code) == (one.stdout, one.exit_code) == (one.stdout, 2)
    assert "line 122" in json.loads(two.stdout.splitlines()[121])["error"]
    assert "there is no policy 'x'" in run("assess", "x", "--case", path, "--jobs", "2").stderr


def test_readable_answers_name_each_check_in_either_language(tmp_path: Path) -> None:
    path = write(tmp_path / "a.json", case(dossier__leases=None, dossier__rent=rent(paid_fen=0)))
    chinese = run("assess", "rent_subsidy", "--case", path).stdout
    english = run("assess", "rent_subsidy", "--case", path, "--language", "en").stdout
    assert "创业场地房租补贴: ineligible, 0.00 CNY" in chinese
    assert "NO   本区内已付房租" in chinese
    assert " ?   Independent, lawful premises" in english
    assert "Hand in the leases" in english  # what to do


# ── list, check, new ────────────────────────────────────────────────────────────────────────────────────────────────


def test_list(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plugin_folder(tmp_path, "gone", plugin=("", "raise RuntimeError('x')"))
    plugin_folder(tmp_path, "here")
    monkeypatch.setattr(assessing, "registry", lambda: Registry.load(False, tmp_path, installed=False))
    rows = [json.loads(line) for line in run("list", "--json").stdout.splitlines()]
    assert [(row["key"], row["status"]) for row in rows] == [("here", "ready"), ("gone", "quarantined")]
    assert "gone  QUARANTINED: it cannot be imported: RuntimeError: x" in run("list").stdout


def test_new_and_check(tmp_path: Path) -> None:
    made = run("new", "brand_new", "--into", tmp_path)
    assert made.exit_code == 0
    done = run("check", tmp_path / "brand_new", "--json")
    findings = [json.loads(line) for line in done.stdout.splitlines()]
    assert all(finding["passed"] for finding in findings), findings
    assert done.exit_code == 0
    cases = tmp_path / "brand_new" / "cases.yaml"
    cases.write_text(cases.read_text().replace("amount_fen: 100000", "amount_fen: 100001"))
    broken = run("check", tmp_path)  # a folder of plugins
    assert broken.exit_code == 1
    assert (
        "brand_new  FAIL  golden cases come out as written: the first day of the rule: amount_fen should be 100001"
        in broken.stdout
    )
    assert run("check", tmp_path / "brand_new" / "templates").exit_code == 2


# ── as a process ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_it_needs_neither_flask_nor_a_database(tmp_path: Path) -> None:
    path = write(tmp_path / "a.json", case())
    script = (
        "import sys; from core.cli import hongcai\n"
        f"arguments = ['policies', 'assess', 'rent_subsidy', '--json', '--case', {str(path)!r}]\n"
        "hongcai.main(arguments, standalone_mode=False)\n"
        "heavy = {'flask', 'sqlalchemy', 'weasyprint', 'dbos'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["outcome"] == "eligible"


@pytest.mark.parametrize("locale", ["C", "POSIX", "C.UTF-8"])
def test_answers_are_utf_8_in_any_locale(tmp_path: Path, locale: str) -> None:
    path = write(
        tmp_path / "a.json",
        case(
            dossier__rent=[{"line": "房租-1", "month": "2025-03", "paid_fen": 1, "region": "310109", "payer": "tenant"}]
        ),
    )
    environment = {**os.environ, "LC_ALL": locale, "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    command_line = [
        sys.executable,
        "-m",
        "core.cli",
        "policies",
        "assess",
        "rent_subsidy",
        "--case",
        str(path),
        "--json",
    ]
    done = subprocess.run(command_line, cwd=ROOT, capture_output=True, env=environment, check=False)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.decode("utf-8"))["uses"] == [{"line": "房租-1", "amount_fen": 1}]


def test_the_command_gives_its_exit_status(tmp_path: Path) -> None:
    bad = write(tmp_path / "a.json", {})
    done = subprocess.run([*ASSESS, str(bad)], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, json.loads(done.stdout)["field"]) == (2, "applied_on")
