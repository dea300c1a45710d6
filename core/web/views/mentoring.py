"""导师 in a tenant's file: what it needs, who helps it, when they meet, what each side thought."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import g

import core
from core.data.asker import Reach
from core.data.models import MentoringSession, Pairing, SessionStatus, Side, Stage, Tenant
from core.data.queries import mentors as reads
from core.extensions import db
from core.policy import Month
from core.services import meetings
from core.web import words
from core.web.forms.accounts import options
from core.web.forms.mentors import BookForm, EndForm, FeedbackForm, HeldForm, NeedForm, PairMentorForm
from core.web.languages import gettext as _
from core.web.views.mentors import language_words
from core.web.views.tenant_file import page

Forms = dict[str, Any]


def shown(tenant: Tenant, forms: Forms | None = None) -> str:
    """The page. `forms`: those that were refused, by name."""
    refused = forms or {}
    session, reach = db.session, g.asker.reach
    needs = reads.needs_of(session, tenant.id)
    need = next((it for it in needs if it.withdrawn_on is None), None)
    pairings = reads.pairings_of(session, tenant.id)
    running = next((it for it in pairings if it.ends_on is None), None)
    writes = reach in (Reach.TENANT, Reach.OPERATOR) and tenant.stage is not Stage.EXITED
    side = {Reach.TENANT: Side.TENANT, Reach.OPERATOR: Side.MENTOR}.get(reach)
    rows = [_meeting(it, side, refused) for pairing in pairings for it in pairing.meetings]
    rows.sort(key=lambda row: row["it"].starts_at, reverse=True)
    return page(
        "mentoring",
        tenant,
        "mentoring",
        need=need,
        past_needs=[it for it in needs if it.withdrawn_on is not None],
        need_form=refused.get("need") or _need_form(need),
        running=running,
        past=[it for it in pairings if it.ends_on is not None],
        used=_used(running),
        meetings=rows,
        writes=writes,
        asks_first=writes and running is None and need is None,
        side=side,
        sides=Side,
        book_form=refused.get("book") or BookForm(formdata=None, prefix="book-", data={"on": g.today + timedelta(7)}),
        pair_form=_pair_form(tenant, refused) if reach is Reach.OPERATOR and not running and writes else None,
        end_form=refused.get("end") or EndForm(formdata=None, prefix="end-", data={"on": g.today}),
        opened=next(iter(refused), None),
        words=words,
        language_words=language_words,
    )


def _need_form(need: Any) -> NeedForm:
    if need is None:
        return NeedForm(formdata=None, prefix="need-")
    usual = [topic for topic in need.topics if topic in words.TOPICS]
    return NeedForm(
        formdata=None,
        prefix="need-",
        data={
            "topics": usual,
            "other_topics": [topic for topic in need.topics if topic not in usual],
            "text": need.text,
            "languages": need.languages,
            "hours": need.hours,
        },
    )


def _pair_form(tenant: Tenant, refused: Forms) -> PairMentorForm:
    form = refused.get("pair") or PairMentorForm(formdata=None, prefix="pair-", data={"starts_on": g.today})
    form.mentor_id.choices = options(
        (
            (mentor.id, _("%(name)s · %(areas)s · 剩%(n)s个名额", name=mentor.name, areas="、".join(mentor.areas), n=n))
            for mentor, n in reads.with_room(db.session, tenant, g.today)
        ),
        empty=_("请选择"),
    )
    return form  # type: ignore[no-any-return]


def _used(running: Pairing | None) -> dict[str, int] | None:
    """Minutes of this month that the mentor has booked or held, with all tenants, and those there are."""
    if running is None:
        return None
    minutes = meetings.minutes_in(db.session, running.mentor_id, Month.of(g.today))
    return {"minutes": minutes, "of": running.mentor.hours_per_month * 60}


def _meeting(it: MentoringSession, side: Side | None, refused: Forms) -> dict[str, Any]:
    """One meeting, with the forms of what may be done to it now."""
    begun = it.starts_at <= core.today()
    booked, held = it.status is SessionStatus.BOOKED, it.status is SessionStatus.HELD
    said = {feedback.side: feedback for feedback in it.feedback}
    held_form = feedback_form = None
    if side and booked and begun:
        data = {"minutes": it.minutes}
        held_form = refused.get(f"held-{it.id}") or HeldForm(formdata=None, prefix=f"held-{it.id}-", data=data)
    if side and held and side not in said:
        feedback_form = refused.get(f"said-{it.id}") or FeedbackForm(formdata=None, prefix=f"said-{it.id}-")
    return {"it": it, "booked": booked, "said": said, "held_form": held_form, "feedback_form": feedback_form}
