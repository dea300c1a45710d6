"""docs/workflow.md, made from the workflow's own table, so that the page can't say anything else.

    .venv/bin/python scripts/workflow_doc.py        write it again, after a change of core/services/workflow.py

The sentences about needs and effects are here; a need or an effect without one is an error, and a unit test compares
the page with what this makes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from babel.messages.pofile import read_po

from core.data.models import CaseState, Role
from core.services.reasons import REFUSAL, RETURN, REVOCATION
from core.services.workflow import FINAL, MOVES, ROAD, STATES, Move, Need, Preset
from core.web.catalogues import TRANSLATIONS
from core.web.menus import ROLE_NAMES

PAGE = Path(__file__).resolve().parent.parent / "docs" / "workflow.md"

INTRODUCTION = """\
# The workflow

Made by `scripts/workflow_doc.py` from `core/services/workflow.py`. Change that table, then run the script.

A case changes its state only by `core.services.moves.move()`, which asks in this order: may this role make the move;
is the case in a state it leads from; is the content still what the page showed; does everything hold that the move
needs. Then it writes the act, the new state, the time limit, the effects and the audit event in one transaction. Staff
and applicants read different names, and an applicant reads the institution that acted, not the person.

What a policy sets for itself (`workflow` in its policy.yaml): the institution and the limit of each state in working
days, how many working days a public notice lasts and whether it comes before the decision or after the letter
(publications.md), and its *preset*, the kind of road its cases go. `standard` ends in a payment. `allocation` is for
policies that give a place and no money: the operator admits its tenants' cases, and a round (mentors.md) decides on
many at once; who adopts its result is another person than who ran it.
"""

AFTER_MOVES = """\
*In the applicant's words* is what the applicant's history says; a dash means that the applicant is not shown the step.
A move that needs `other_person` is refused to whoever did the earlier step: `core.services.needs` says so in a
sentence, and a constraint of the table `cases` stands behind it.
"""

AFTER_NEEDS = """
They are checked in this order, so a person whose evidence was spent meanwhile reads which award has it.
"""

NEEDS = {
    Need.ON_ROAD: "it is a step of this case: its policy gives notice before the approval, after the letter"
    " (`workflow.publication.order`), or not at all; an objection to what is intended leads back to the review, one to"
    " what was granted to a revocation",
    Need.CONFIRMED: "it is confirmed once more, because it cannot be taken back",
    Need.REASONS: "at least one reason of the list below is given",
    Need.OPINION: "an opinion is written; the parties and the auditors will read it",
    Need.FIRST_RETURN: "correction has not been asked for before, and everything missing is listed at once",
    Need.OTHER_PERSON: "whoever acts neither prepared nor approved this case",
    Need.UNINVOLVED: "whoever acts had no part in what was decided of the case: neither review nor decision",
    Need.NOT_PROPOSER: "whoever acts neither prepared the case nor proposed the revocation",
    Need.APPEALABLE: "it is the first appeal against this decision, within the working days that the policy allows"
    " (`workflow.appeal_days`), and no other application of the tenant claims the same months",
    Need.NOT_ON_ITS_WAY: "no payment of the case is in a batch that was released or sent: what the bank has is not"
    " set free",
    Need.HEARD: "the tenant has stated its case, or the working days for it (`workflow.hearing_days`) are over",
    Need.DESKS: "every desk of the policy (`workflow.desks`) has answered; where one objects, an opinion says why it is"
    " overruled",
    Need.PANEL: "where the policy has a panel (`workflow.panel`), its experts have scored, it is closed, and the mean"
    " is enough (panels.md)",
    Need.PUBLICATION_OVER: "the last day of the public notice is past, where there is one before this step",
    Need.PAYEE_VERIFIED: "the account that is to be paid was compared with a paper, as it stands",
    Need.UNCHANGED: "facts, answers, papers, payee and result have the hash that was reviewed",
    Need.ELIGIBLE: "the rules, run now, say eligible",
    Need.NOT_ELIGIBLE: "the rules, run now, do not say eligible",
    Need.UNOBJECTED: "no objection to the public notice waits to be looked at (publications.md)",
    Need.FUNDED: "its money is set aside: it does not stand on the waiting list of its pool (pools.md)",
}

REASONS_OF_REFUSAL = """
A refusal, and the recommendation of one, carry the checks that failed by themselves (`check:` and the check's code;
where none failed, those that nobody knows the answer to). Staff may add:
"""

# What a move writes besides the act, the state, the limit and the audit event: `effects.EFFECTS` in words.
WRITES = {
    "submit": "freezes the dossier into the case; a corrected case keeps its first application date",
    "withdraw": "ends its public notice, answers objections; gives the reserved money back, or leaves the waiting list",
    "accept": "reserves the computed amount in the pool, or puts the case on its waiting list; asks the policy's desks",
    "return": "marks that correction has been asked for",
    "refresh": "freezes the dossier again from today's records; adjusts the reservation; asks the desks again",
    "first_pass": "notes who prepared it and the hash of the content; makes the reservation exactly the amount",
    "first_refuse": "notes who prepared it and the hash of the content",
    "second_pass": "notes who reviewed it",
    "send_back": "forgets preparer, reviewer and hash: the review begins again",
    "uphold_objection": "answers the objections, ends the notice; review and desks begin again",
    "uphold_appeal": "forgets preparer, reviewer, decider and hash; reserves the computed amount and asks the desks, as"
    " at acceptance",
    "revoke": "marks the award as revoked; frees its evidence, what is had once, and money that was not paid yet. Where"
    " it was paid, the system makes the move `recover` at once",
    "publish": "fixes what the public is shown, and the first and the last day of it",
    "announce": "the same of what was granted; the case waits for its payment from now on, with a clock of its own",
    "propose_revocation": "of an award that is announced: ends its notice, and answers the objections as upheld",
    "object": "the objections that were received are being looked into",
    "dismiss_objection": "answers the objections; a letter that comes after it will say that there was one",
    "approve": "freezes the decision and its capsule, makes the award, spends the evidence, commits the money,"
    " asks for the letter",
    "refuse": "freezes the decision and its capsule, gives the money back, asks for the letter",
    "pay": "marks the committed money as paid; the payer is who released the batch (payouts.md)",
    "payment_returned": "gives the paid money back to what is committed; the case waits for another batch",
    "returned_while_revoking": "gives the paid money back to what is committed; nothing is paid while the revocation is"
    " decided, and if it is dropped the case waits for another batch",
    "returned_after_revocation": "gives the paid money back to what is committed and sets it free; the file of the"
    " recovery is dropped",
    "recover": "after a revocation: opens the file of the recovery (recovery.md), decided as the revocation was",
    "admit": "nothing more: there is no money to set aside",
    "hand_back": "marks that correction has been asked for",
    "place": "freezes the decision and its capsule with what the round gave, makes the award, gives the place, asks for"
    " the letter",
    "decline": "freezes the decision and its capsule, asks for the letter",
}


def english() -> dict[str, str]:
    with (TRANSLATIONS / "en" / "LC_MESSAGES" / "messages.po").open("rb") as source:
        return {m.id: m.string for m in read_po(source) if isinstance(m.id, str) and isinstance(m.string, str)}


class Page:
    """The page as text. Names are given in both languages; the English ones are the catalogue's."""

    def __init__(self) -> None:
        self._english = english()

    def both(self, chinese: str) -> str:
        return f"{chinese} · {self._english[chinese]}" if chinese else "–"

    def text(self) -> str:
        parts = (
            INTRODUCTION,
            "## States\n",
            *self._states(),
            "\n## Moves\n",
            *self._diagram(),
            "",
            *self._moves(),
            "",
            AFTER_MOVES,
            "## What a move needs\n",
            *_table(("need", "holds when"), ((f"`{need}`", NEEDS[need]) for need in Need)),
            AFTER_NEEDS,
            "## Reasons\n",
            "For a return, or for not admitting a case:\n",
            *self._reasons(RETURN),
            REASONS_OF_REFUSAL,
            *self._reasons(REFUSAL),
            "\nFor revoking an award:\n",
            *self._reasons(REVOCATION),
        )
        return "\n".join(parts) + "\n"

    def _states(self) -> Iterator[str]:
        targets = {move.target for move in MOVES.values()} | {CaseState.DRAFT}
        rows = (
            (f"`{state}`", self.both(name.staff), self.both(name.applicant), _remark(state, targets))
            for state, name in STATES.items()
        )
        return _table(("state", "staff read", "the applicant reads", ""), rows)

    def _reasons(self, names: Mapping[str, str]) -> Iterator[str]:
        return _table(("code", "name"), ((f"`{code}`", self.both(name)) for code, name in names.items()))

    def _diagram(self) -> Iterator[str]:
        yield "```mermaid\nstateDiagram-v2"
        yield f"    [*] --> {CaseState.DRAFT}"
        for move in MOVES.values():
            for target in [move.target] if move.target else _origins(move):
                yield from (f"    {state} --> {target}: {move.code}" for state in _ordered(move.sources))
        yield "```"

    def _moves(self) -> Iterator[str]:
        head = ("move", "presets", "from → to", "who", "button", "in the applicant's words", "needs", "writes")
        return _table(head, (self._move(move) for move in MOVES.values()))

    def _move(self, move: Move) -> Sequence[str]:
        sources = ", ".join(f"`{state}`" for state in _ordered(move.sources))
        return (
            f"`{move.code}`",
            ", ".join(preset for preset in Preset if preset in move.presets),
            f"{sources} → " + (f"`{move.target}`" if move.target else "where it came from"),
            ", ".join(self.both(str(ROLE_NAMES[role])) for role in Role if role in move.roles) or "the system",
            self.both(move.staff),
            self.both(move.applicant),
            ", ".join(f"`{need}`" for need in Need if need in move.needs),
            WRITES.get(move.code, ""),
        )


def _ordered(states: frozenset[CaseState]) -> list[CaseState]:
    return [state for state in CaseState if state in states]


def _origins(move: Move) -> list[CaseState]:
    """Where a move without a target may lead: the states from which one comes to its sources, but not back to an
    objection, which is answered by then."""
    found = {state for other in MOVES.values() if other.target in move.sources for state in other.sources}
    return _ordered(frozenset(found - move.sources - {CaseState.OBJECTED}))


def _remark(state: CaseState, targets: set[CaseState]) -> str:
    if state not in targets:
        return "no move leads here yet"
    if state in FINAL:
        return "final"
    return f"main road, {ROAD.index(state) + 1}" if state in ROAD else ""


def _table(head: Sequence[str], rows: Iterator[Sequence[str]]) -> Iterator[str]:
    yield "| " + " | ".join(head) + " |"
    yield "|" + "---|" * len(head)
    for row in rows:
        yield "| " + " | ".join(row) + " |"


if __name__ == "__main__":
    PAGE.write_text(Page().text(), "utf-8")
