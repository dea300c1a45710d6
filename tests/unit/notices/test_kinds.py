"""Every kind says something whole in both languages; every move and every state was thought of."""

from __future__ import annotations

import smtplib

import pytest

from core.data.models import CaseState, MailMode, NoticeGroup, PaperKind, Role
from core.services import mail
from core.services.notices.cases import ASIDE, NOBODYS, OWN_KINDS, SILENT, YOURS, applicant_kind, turn_roles
from core.services.notices.kinds import GROUPS, KINDS, Kind, path_of, say
from core.services.phases import Phase
from core.services.workflow import FINAL, MOVES, STATES, Preset

SAMPLE = {
    "case": "RS2026-000001", "tenant": "青禾公司", "policy": {"zh": "租金补贴", "en": "Rent subsidy"},
    "state": "accepted", "standing": "returned", "move": "return", "due": "2026-03-05", "on": "2026-12-31",
    "at": "2026-12-03T14:00+08:00", "amount": 1_234_567, "letter": "示人才〔2026〕1号", "paper": "示人才受〔2026〕1号",
    "round": "春季", "run": 2,
    "matched": 3, "left": 1, "mentor": "程远", "event": "路演", "people": 2, "bill": "ZD-1", "number": "2500",
    "key": "rent_subsidy", "recovery": "ZH2026-00001", "finding": "SJ2026-00001", "about": "参保人数不一致",
    "what": "revoke", "size": 4711, "key_name": "示例区人才服务中心",
}  # fmt: skip


@pytest.mark.parametrize("kind", KINDS.values(), ids=lambda kind: kind.code)
@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_kind_says_something_whole(kind: Kind, language: str) -> None:
    said = say(kind, SAMPLE, str, language)
    assert said.title
    assert said.text
    assert "%" not in said.title + said.text
    assert "None" not in path_of(kind, 7, SAMPLE)
    assert kind.fields <= set(SAMPLE)


def test_words_are_those_of_the_reader() -> None:
    def english(text: str) -> str:
        return {"待受理": "to be admitted"}.get(text, text)

    kind = KINDS["case_turn"]
    values = SAMPLE | {"state": "submitted"}
    assert say(kind, values, english, "en").title.endswith("to be admitted")
    assert "Rent subsidy" in say(kind, values, english, "en").text
    assert "5 Mar 2026" in say(kind, values, english, "en").text
    assert "2026年3月5日" in say(kind, values, str, "zh").text
    assert "前办理" not in say(kind, values | {"due": None}, str, "zh").text
    assert "12,345.67元" in say(KINDS["tax_invoice_requested"], SAMPLE, str, "zh").text
    assert "2026年12月3日 14:00" in say(KINDS["event_seated"], SAMPLE, str, "zh").text


def test_every_move_is_told_to_the_applicant_or_said_to_be_silent() -> None:
    forgotten = {code for code, move in MOVES.items() if applicant_kind(move) is None} - set(SILENT)
    assert forgotten == set(), "give the move words for the applicant, or a reason in SILENT"
    assert {*SILENT, *ASIDE, *OWN_KINDS} <= set(MOVES)
    assert {*OWN_KINDS.values(), *YOURS.values()} <= set(KINDS)


def test_every_paper_of_the_procedure_is_told_of() -> None:
    assert {f"paper_{kind}" for kind in PaperKind} <= set(KINDS)
    assert path_of(KINDS["letter_job_failed"], 5, {"key": "issue_letter:5:2"}) == "/admin/jobs/issue_letter:5:2"


# Whose turn it is: a new move that changes this is looked at here, and put into `ASIDE` if it is nobody's turn.
TURNS = {
    Preset.STANDARD: {
        "submitted": {Role.WINDOW}, "accepted": {Role.FIRST_REVIEWER}, "first_review": {Role.SECOND_REVIEWER},
        "second_review": {Role.SECOND_REVIEWER}, "published": {Role.APPROVER}, "objected": {Role.SECOND_REVIEWER},
        "issued": {Role.PAYER}, "paid": {Role.PAYER, Role.WINDOW},
        "appealed": {Role.SECOND_REVIEWER, Role.APPROVER}, "revoking": {Role.APPROVER},
    },
    Preset.ALLOCATION: {
        "submitted": {Role.OPERATOR_MANAGER, Role.OPERATOR_STAFF},
        "issued": {Role.OPERATOR_MANAGER, Role.OPERATOR_STAFF},
    },
}  # fmt: skip


@pytest.mark.parametrize("preset", Preset)
def test_whose_turn_it_is(preset: Preset) -> None:
    found = {state.value: set(turn_roles(state, preset)) for state in STATES}
    assert {state: roles for state, roles in found.items() if roles} == TURNS[preset]
    for state in (*FINAL, *NOBODYS):
        assert not found[state.value]
    unfunded = {state for state in STATES if turn_roles(state, preset, funded=False) != found[state.value]}
    assert {state.value for state in unfunded} == ({"published"} if preset is Preset.STANDARD else set())
    assert not turn_roles(CaseState.SECOND_REVIEW, preset, Phase.UNNOTICED, funded=False)


def test_whose_turn_it_is_where_the_notice_is_elsewhere_on_the_road() -> None:
    for state, phase, roles in (
        (CaseState.SECOND_REVIEW, Phase.UNNOTICED, {Role.APPROVER}),
        (CaseState.ISSUED, Phase.TO_ANNOUNCE, {Role.SECOND_REVIEWER}),
        (CaseState.ISSUED, Phase.ANNOUNCED, set()),
        (CaseState.ISSUED, Phase.OVER, {Role.PAYER}),
        (CaseState.OBJECTED, Phase.AWARDED, {Role.SECOND_REVIEWER}),
    ):
        assert turn_roles(state, Preset.STANDARD, phase) == roles
    names = {state: say(KINDS["case_turn"], named(state), str, "zh").title for state in ("issued", "issued:announced")}
    assert names == {"issued": "申请件A-1：已发文，待拨付", "issued:announced": "申请件A-1：已发文，公示中"}


def named(state: str) -> dict[str, str]:
    return {"case": "A-1", "state": state, "tenant": "青禾", "policy": "补贴", "due": ""}


def test_everybody_is_in_the_groups_that_concern_them() -> None:
    assert set(GROUPS) == set(NoticeGroup)
    assert all(group.mail is MailMode.AT_ONCE for group in GROUPS.values())
    told = frozenset().union(*(group.roles for group in GROUPS.values()))
    assert told == set(Role)


@pytest.mark.parametrize(
    ("error", "final", "of_one"),
    [
        (smtplib.SMTPRecipientsRefused({"a@b.c": (550, b"no such user")}), True, True),
        (smtplib.SMTPRecipientsRefused({"a@b.c": (451, b"later")}), False, True),
        (smtplib.SMTPDataError(552, b"too large"), True, True),
        (smtplib.SMTPDataError(452, b"full"), False, True),
        (smtplib.SMTPAuthenticationError(535, b"who are you"), False, False),
        (smtplib.SMTPServerDisconnected("gone"), False, False),
        (TimeoutError(), False, False),
    ],
)
def test_what_a_mail_server_says(error: OSError, final: bool, of_one: bool) -> None:
    assert (mail.is_final(error), mail.is_of_one(error)) == (final, of_one)
