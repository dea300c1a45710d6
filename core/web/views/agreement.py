"""The 孵化协议 as a PDF, from what is agreed in a lease."""

from __future__ import annotations

from datetime import date

from flask import render_template
from flask_babel import force_locale
from flask_babel import gettext as _

from core.data.models import Lease, LeaseStatus, Operator
from core.extensions import db
from core.letters.money import amount_in_words
from core.letters.papers import render
from core.web import words
from core.web.views import leases as view


def agreement_pdf(lease: Lease, today: date) -> bytes:
    """Raises LetterRefusedError where a name cannot be printed. A lease that nobody has signed says that it is a draft.
    In Chinese whatever the reader's language: it is what the parties sign."""
    operator = db.session.get_one(Operator, lease.operator_id)
    with force_locale("zh_Hans_CN"):
        html = render_template(
            "papers/agreement.html",
            lease=lease,
            operator=operator,
            draft=lease.status in (LeaseStatus.DRAFT, LeaseStatus.OFFERED),
            area=sum(row.space.area_cm2 for row in lease.spaces),
            in_words=amount_in_words,
            rates=view.rates(lease),
            schedule=view.schedule(lease),
            words=words,
        )
        title = _("孵化协议 %(number)s", number=lease.number)
    return render(html, title=title, author=operator.name, on=lease.signed_on or today)
