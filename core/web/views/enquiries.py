"""Enquiries as plain values: the list, one enquiry with its forms, and the units that can be offered."""

from __future__ import annotations

from typing import Any

from flask import g, url_for
from flask_babel import gettext as _
from wtforms.fields.choices import SelectChoice

from core.data.models import Enquiry, EnquiryState, EnquiryStepKind
from core.data.queries import enquiries
from core.data.queries.people import names
from core.data.queries.places import who_sits
from core.extensions import db
from core.services.enquiries import CLOSED
from core.web import words
from core.web.formats import area, day, money_figure
from core.web.forms.enquiries import LoseForm, OfferForm, StepForm
from core.web.listing import Column, Filter, Option
from core.web.templating import language
from core.web.views.lists import Table, as_is


def table() -> Table:
    return Table(
        "enquiries",
        _("招商线索"),
        enquiries.listing(g.today),
        (
            Column("name", _("名称"), sortable=True, primary=True),
            Column("state", _("进展")),
            Column("next_step", _("下一步")),
            Column("next_on", _("下一步日期"), kind="date", sortable=True),
            Column("contact_name", _("联系人")),
            Column("contact_phone", _("电话")),
            Column("wanted_area_cm2", _("想要的面积"), kind="area", phone=False),
            Column("source", _("来源"), phone=False),
        ),
        (
            Filter("state", _("进展"), [Option(s.value, str(word)) for s, word in words.ENQUIRY_STATES.items()]),
            Filter("due", _("待办"), [Option("yes", _("已到日期"))]),
        ),
        sort="next_on",
        search=_("名称、联系人、电话、来源"),
        written=lambda r: r | {"state": str(words.ENQUIRY_STATES[r["state"]])},
        row=as_is,
        href=lambda r: url_for("enquiries.show", enquiry_id=r["id"]),
        export="enquiries.export",
    )


def shown(enquiry: Enquiry, forms: dict[str, Any]) -> dict[str, Any]:
    """What the page of one enquiry needs; `forms`: those that were refused, by name."""
    people = names(db.session, {step.by_id for step in enquiry.steps if step.by_id})
    offers = [step for step in enquiry.steps if step.kind is EnquiryStepKind.OFFER]
    is_open = enquiry.state not in CLOSED
    offer = forms.get("offer")
    if is_open and offer is None:
        data = {"on": g.today, "starts_on": enquiry.wanted_from or g.today}
        offer = OfferForm(formdata=None, prefix="offer-", data=data)
        offer.space_id.choices = space_choices()
    step = {"on": g.today, "next_step": enquiry.next_step, "next_on": enquiry.next_on}
    return {
        "is_open": is_open,
        "steps": [_step(it, people) for it in reversed(enquiry.steps)],
        "offers": [
            {"step": it, "expired": it.stands_until is not None and it.stands_until < g.today}
            for it in reversed(offers)
        ],
        "call_form": forms.get("call") or StepForm(formdata=None, prefix="call-", data=step),
        "visit_form": forms.get("visit") or StepForm(formdata=None, prefix="visit-", data=step),
        "offer_form": offer,
        "loss_form": forms.get("loss") or LoseForm(formdata=None, prefix="loss-"),
        "opened": next(iter(forms), None),
        "state_word": words.ENQUIRY_STATES[enquiry.state],
        "state_tone": words.ENQUIRY_TONES[enquiry.state],
        "wanted": _wanted(enquiry),
        "lost": enquiry.state is EnquiryState.LOST,
    }


def _step(step: Any, people: dict[int, str]) -> dict[str, Any]:
    icons = {EnquiryStepKind.CALL: "phone", EnquiryStepKind.VISIT: "eye", EnquiryStepKind.OFFER: "file-dollar"}
    title = str(words.ENQUIRY_STEPS[step.kind])
    if step.kind is EnquiryStepKind.OFFER:
        title = f"{title} {step.space.site.name} {step.space.code}"
    return {
        "on": step.on,
        "title": title,
        "who": people.get(step.by_id, ""),
        "text": step.note,
        "icon": icons[step.kind],
    }


def _wanted(enquiry: Enquiry) -> str | None:
    said = [
        str(words.SPACE_KINDS[enquiry.wanted_kind]) if enquiry.wanted_kind else None,
        area(enquiry.wanted_area_cm2) if enquiry.wanted_area_cm2 else None,
        _("%(day)s起", day=day(enquiry.wanted_from, language())) if enquiry.wanted_from else None,
    ]
    return " · ".join(text for text in said if text) or None


def space_choices() -> list[SelectChoice]:
    """Units by site: code, kind, area, list price; those that are let say until when."""
    seats = who_sits(db.session, g.today)
    choices = [SelectChoice("", _("请选择"))]
    for space in enquiries.lettable(db.session):
        said = [space.code, str(words.SPACE_KINDS[space.kind]), area(space.area_cm2)]
        if space.list_price_fen is not None:
            said.append(_("挂牌%(sum)s元", sum=money_figure(space.list_price_fen)))
        if seat := seats.get(space.id):
            ends = seat.lease.ends_on
            said.append(_("在租至%(day)s", day=day(ends, language())) if ends else _("长期在租"))
        choices.append(SelectChoice(str(space.id), " · ".join(said), optgroup=space.site.name))
    return choices
