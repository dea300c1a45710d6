"""通知 of the demonstration, beside those that its moves and letters tell by themselves: limits that are near or past,
and a mail that was refused."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from flask import Flask
from sqlalchemy import select, update

import core
from core.commands.setting_up import asking_as
from core.data.models import Case, DeliveryState, Notice, NoticeDelivery
from core.services import notices
from core.services.notices import Limit

NEAR = timedelta(days=3)
REFUSED = "SMTPRecipientsRefused: 550 5.1.1 no such user"


def play(app: Flask, *, say: Callable[[str], None]) -> None:
    registry, today = app.extensions["registry"], core.today().date()
    with asking_as(app, "seed", write=True) as session:
        limited = select(Case).where(Case.due_on <= today + NEAR).order_by(Case.id)
        for case in session.scalars(limited).all():
            assert case.due_on is not None
            limit = Limit.LATE if case.due_on < today else Limit.NEAR
            notices.of_deadline(session, registry, case, limit)
        refused = select(NoticeDelivery.id).join(Notice).where(Notice.kind == "letter_refusal").limit(1)
        failed = {"state": DeliveryState.FAILED, "error": REFUSED, "tries": 1}
        session.execute(update(NoticeDelivery).where(NoticeDelivery.id.in_(refused)).values(**failed))
        told = len(session.scalars(select(Notice.id)).all())
    say(f"notices    {told} told")
