"""What the pages of replay show: a run in words, its flips, and the first row that differs, then and now."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import g, url_for
from flask_babel import gettext as _

from core.data.models import Letter, ReplayAnswer, ReplayFlip, ReplayRun, Role
from core.data.queries import people
from core.data.queries import replays as reads
from core.data.queries.places import operators
from core.extensions import db
from core.policy import Card
from core.policy.registry import UnknownPolicy
from core.services import replays
from core.services.replays import Kept
from core.web import formats
from core.web.listing import Column, Filter, Option
from core.web.replay_words import ANSWERS
from core.web.templating import bilingual, language
from core.web.views.case_page import both, policy_titles, registry
from core.web.views.lists import Shown, Table, address_of, as_is

READERS = (Role.AUDITOR, Role.DISTRICT_ADMIN)
EARLIER = 10  # runs of the same on a page


def card_of(key: str) -> Card | None:
    """What the policy says of itself, where it is here at all."""
    try:
        return registry().card(key)
    except UnknownPolicy:
        return None


def rules_word(run: ReplayRun) -> str:
    """By which rules."""
    if run.rules_on is None:
        return _("按当时的规则和参数")
    return _("按%(day)s的规则和参数", day=formats.day(run.rules_on, language()))


def selection_word(run: ReplayRun) -> str:
    """What it was asked for, in words."""
    said = run.selection
    parts = []
    if said.get("letters"):
        parts.append(_("所选通知书%(n)s份", n=len(said["letters"])))
    if said.get("policy"):
        parts.append(policy_titles().get(said["policy"], said["policy"]))
    if said.get("operator"):
        names = dict(operators(db.session))
        parts.append(names.get(said["operator"], str(said["operator"])))
    since, until = (said.get(name) and formats.day(said[name], language()) for name in ("since", "until"))
    if since or until:
        parts.append(_("%(since)s至%(until)s作出的决定", since=since or _("最早"), until=until or _("现在")))
    return " · ".join(parts) or _("全区所有决定")


def shown(run: ReplayRun) -> dict[str, Any]:
    """A run as a row of the history."""
    return {
        "run": run,
        "title": selection_word(run),
        "rules": rules_word(run),
        "flips": run.flips,
        "mark": f"{run.state}-{run.done}",
    }


def history(count: int) -> dict[str, Any]:
    """The newest runs, and what those are called who asked for them."""
    runs = reads.recent(db.session, count)
    return {
        "runs": [shown(run) for run in runs],
        "people": people.names(db.session, {run.asked_by_id for run in runs if run.asked_by_id}),
        "mark": "-".join(f"{run.id}{run.state}{run.done}" for run in runs[:3]),
        "waiting": any(run.ended_at is None for run in runs),
    }


def page(run: ReplayRun) -> dict[str, Any]:
    """All that the page of a run shows beside its flips."""
    earlier = reads.before(db.session, run, EARLIER)
    asked = {it.asked_by_id for it in (run, *earlier) if it.asked_by_id}
    return {
        **shown(run),
        "answers": [(answer, run.answers[answer]) for answer in ANSWERS if run.answers.get(answer)],
        "earlier": [shown(it) for it in earlier],
        "people": people.names(db.session, asked),
    }


def table(run: ReplayRun) -> Table:
    """The flips of a run."""
    titles = policy_titles()
    words = {answer: str(word) for answer, word in ANSWERS.items()}
    cards: dict[str, Card | None] = {}

    def row(r: Any) -> Shown:
        if r.policy_key not in cards:
            cards[r.policy_key] = card_of(r.policy_key)
        return as_is(r) | {
            "letter": r.letter or _("未发文"),
            "policy": titles.get(r.policy_key, r.policy_key),
            "answer_word": words[r.answer],
            "first": label_of(cards[r.policy_key], r.first_check, r.first_line),
        }

    there = [answer for answer in ANSWERS if answer != ReplayAnswer.SAME and run.answers.get(answer)]
    return Table(
        "replay_flips",
        _("重算不一致"),
        reads.flips(run.id),
        (
            Column("case", _("申请编号"), "code", sortable=True, primary=True),
            Column("letter", _("通知书"), "code"),
            Column("tenant", _("单位"), sortable=True),
            Column("operator", _("运营机构"), default=False),
            Column("policy", _("政策"), phone=False),
            Column("answer", _("结果"), sortable=True),
            Column("recorded_fen", _("原核定（元）"), "money", sortable=True),
            Column("amount_fen", _("重算（元）"), "money"),
            Column("difference_fen", _("差额（元）"), "money", sortable=True),
            Column("first", _("第一处不同")),
            Column("decided_at", _("决定时间"), "moment", sortable=True, default=False),
        ),
        (
            Filter("answer", _("结果"), [Option(str(it), words[it], run.answers[it]) for it in there]),
            Filter("policy", _("政策"), [Option(key, title) for key, title in titles.items()]),
        ),
        sort="answer",
        search=_("文号、单位、申请编号"),
        row=row,
        written=lambda r: r | {"answer": r["answer_word"], "decided_at": r["decided_at"].isoformat(timespec="seconds")},
        href=address_of("replays.flip", "flip_id"),
        export="replays.export",
        within={"replay_id": run.id},
    )


def label_of(card: Card | None, check: str | None, line: str | None) -> str:
    """The first check, or line, that differs, in words."""
    if check is not None:
        return bilingual(card.checks[check].label) if card and check in card.checks else check
    if line is not None:
        label = bilingual(card.lines[line].label) if card and line in card.lines else line
        return _("核算：%(line)s", line=label)
    return ""


def sides(
    card: Card | None,
    check: str | None,
    line: str | None,
    expected: Mapping[str, Any] | None,
    got: Mapping[str, Any] | None,
) -> dict[str, Any] | None:
    """The first row that differs, in the capsule and as computed now, one thing a row."""
    if check is None and line is None:
        return None
    describe = _check if check is not None else _line
    then, now = describe(expected), describe(got)
    return {
        "title": label_of(card, check, line),
        "rows": [
            (label, then.get(label, "—"), now.get(label, "—"), then.get(label) != now.get(label))
            for label in {**then, **now}
        ],
    }


def _check(row: Mapping[str, Any] | None) -> dict[str, str]:
    if row is None:
        return {_("结果"): _("没有这一项")}
    passed = {True: _("符合"), False: _("不符合"), None: _("无法判断")}[row.get("passed")]
    observed, required = both(row.get("observed"), row.get("relation", ""), row.get("required"), row.get("unit") or "")
    return {
        _("结果"): passed,
        _("核对到"): observed,
        _("要求"): required,
        _("依据"): str(row.get("clause") or "—"),
    }


def _line(row: Mapping[str, Any] | None) -> dict[str, str]:
    if row is None:
        return {_("金额（元）"): _("没有这一行")}
    return {
        _("说明"): str(row.get("note") or "—"),
        _("数量"): str(row.get("quantity")),
        _("单价（元）"): formats.money_figure(row.get("unit_fen")),
        _("金额（元）"): formats.money_figure(row.get("amount_fen")),
    }


def flip(it: ReplayFlip, key: str) -> dict[str, Any]:
    """A flip in full."""
    return {"sides": sides(card_of(key), it.first_check, it.first_line, it.expected, it.got), "it": it}


def of_letter(letter: Letter) -> list[dict[str, Any]] | None:
    """A letter's decision replayed just now, as recorded and by today's rules; None for whoever does not replay."""
    if not g.asker.may(*READERS):
        return None
    decision, key = letter.decision, letter.case.policy_key
    kept = Kept(
        letter.case.number,
        decision.id,
        letter.district_id,
        key,
        decision.capsule_digest,
        decision.capsule,
        letter.capsule_digest,
        letter.id,
    )
    found = []
    for title, on in ((_("按当时的规则和参数"), None), (_("按今日的规则和参数"), g.today)):
        asked = replays.asked_of(db.session, registry(), on, [(letter.district_id, key)])
        told = replays.one(kept, asked, registry())
        found.append(
            {
                "title": title,
                "told": told,
                "answer": ReplayAnswer(told.status),
                "sides": sides(card_of(key), told.first_check, told.first_line, told.expected, told.got),
            }
        )
    return found


def letter_href(letter_id: int | None) -> str | None:
    return url_for("letters.show", letter_id=letter_id) if letter_id is not None else None
