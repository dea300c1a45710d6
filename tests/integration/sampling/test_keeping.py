"""What is kept of a sample while others work: 回避, rows that are held as they now are, and the size that was
chosen."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal

import pytest
from sqlalchemy import inspect, select, update
from sqlalchemy.exc import IntegrityError

from core.data import models as m
from core.data.types import utcnow
from core.errors import Conflict, Invalid, NotFound
from core.services import avoidance, engagements, populations, samples
from core.services.findings import writing
from core.services.populations import Range
from core.services.sampling.plans import Plan
from core.services.ties import Tied
from core.web.views import samples as view
from tests import factories
from tests.integration.conftest import Client
from tests.integration.sampling.conftest import Year
from tests.integration.sampling.test_samples import begun, check_all, drawn, fixed, text_of

STEPS = {"papers": True}


@pytest.fixture
def shared(year: Year) -> m.AuditSample:
    """A sample of all six letters: one is of a company that the auditor is related to."""
    session = year.session
    theirs = year.letters[2]
    other = factories.tenant(session, session.get_one(m.Operator, theirs.operator_id))
    theirs.tenant_id = theirs.case.tenant_id = other.id
    session.commit()
    sample = drawn(year, fixed(year, begun(year), "simple", 6))
    with year.as_("auditor"):
        avoidance.declare(session, other, m.Relation.FAMILY, "配偶为股东")
    session.commit()
    return sample


def test_who_is_tied_leaves_a_letter_to_another_auditor(
    year: Year, shared: m.AuditSample, auditing: Client, client_as: Callable[..., Client]
) -> None:
    tied = next(it for it in shared.items if it.letter_id == year.letters[2].id)
    free = [it for it in shared.items if it is not tied]
    home, path = f"/samples/{shared.id}", f"/samples/{shared.id}/items/{tied.id}"
    said = {"audited_fen": "1", "note": "多算一个月", "steps": "papers", "then": "next"}
    for answer in (auditing.get(path), auditing.get(f"{path}/paper"), auditing.post(path, data=said)):
        assert answer.status_code == 403
    assert auditing.get(f"/findings/new?item={tied.id}").status_code == 403
    assert auditing.get(f"{home}/pack").status_code == 409
    page = auditing.get(home).text
    assert "1件须由另一位审计人员检查" in page
    assert tied.letter.number in page
    assert f"{home}/pack" not in page
    for before, item in zip([None, *free], free, strict=False):
        if before is not None:
            right = f"{before.booked_fen // 100}.{before.booked_fen % 100:02d}"
            sent = said | {"audited_fen": right}
            assert auditing.post(f"{home}/items/{before.id}", data=sent).location.endswith(f"/items/{item.id}")
    with year.as_("auditor") as session:
        with pytest.raises(Tied):
            samples.check(session, tied, tied.booked_fen, STEPS, "")
        with pytest.raises(Tied):
            writing.origin(session, sample_item_id=tied.id)
    year.session.rollback()
    second = client_as(factories.user(year.session, m.Role.AUDITOR, district=year.scene.district))
    assert second.get(path).status_code == 200
    assert second.get(f"{path}/paper").status_code == 200
    assert f"{home}/pack" in second.get(home).text


def test_what_was_ended_meanwhile_is_not_changed(year: Year) -> None:
    """Somebody else closes the sample, or the engagement, or takes a sample away, after it was read here."""
    engagement = begun(year)
    sample, other = drawn(year, fixed(year, engagement)), fixed(year, engagement)
    item = sample.items[0]

    def meanwhile(row: m.AuditSample | m.AuditEngagement, **values: object) -> None:
        changed = update(type(row)).where(type(row).id == row.id).values(**values)
        year.session.execute(changed.execution_options(synchronize_session=False))

    meanwhile(other, seed="5", drawn_by_id=year.auditor.id, drawn_at=utcnow())
    with year.as_("auditor") as session:
        with pytest.raises(Conflict):
            samples.draw(session, other, "6")
        with pytest.raises(Conflict):
            samples.discard(session, other)
        meanwhile(sample, closed_by_id=year.auditor.id, closed_at=utcnow())
        with pytest.raises(Conflict):
            samples.check(session, item, item.booked_fen, STEPS, "")
        meanwhile(engagement, state=m.EngagementState.CLOSED, closed_at=utcnow())
        for act in (
            lambda: samples.fix(session, engagement, Range(), samples.plan_of(sample), []),
            lambda: engagements.move(session, engagement, m.EngagementState.REPORTING),
            lambda: samples.close(session, other),
        ):
            with pytest.raises(Conflict, match="办结"):
                act()


def test_a_sample_that_is_gone_is_not_found(year: Year) -> None:
    sample = fixed(year, begun(year))
    gone = m.AuditSample.__table__.delete().where(m.AuditSample.id == sample.id)
    year.session.execute(gone)
    with year.as_("auditor") as session, pytest.raises(NotFound):
        samples.draw(session, sample, "6")


def test_a_place_is_taken_once(year: Year) -> None:
    sample = drawn(year, fixed(year, begun(year), "simple", 3))
    free = next(it for it in year.letters if it.id not in {item.letter_id for item in sample.items})
    year.session.add(
        m.AuditSampleItem(
            district_id=sample.district_id, sample_id=sample.id, place=1, letter_id=free.id, booked_fen=1, checks={}
        )
    )
    with pytest.raises(IntegrityError):
        year.session.flush()
    year.session.rollback()


def test_a_stratum_is_as_long_as_the_name_of_an_operator(year: Year) -> None:
    operator = year.session.get_one(m.Operator, year.letters[0].operator_id)
    operator.name = "长" * 120
    year.session.flush()
    sample = drawn(year, fixed(year, begun(year), "stratified", 6, "operator"))
    assert {item.stratum for item in sample.items} == {operator.name}


def test_the_population_is_read_where_it_is_needed(year: Year) -> None:
    sample_id = fixed(year, begun(year)).id
    year.session.commit()
    with year.as_("auditor") as session:
        sample = samples.load(session, sample_id)
        session.refresh(sample)
        assert "population" in inspect(sample).unloaded
        assert len(sample.population) == 6


def test_the_auditors_own_size_is_said(year: Year, auditing: Client) -> None:
    engagement = begun(year)
    with year.as_("auditor") as session:
        listed = populations.population(session, engagement, Range())
        for size in (0, -1, samples.LARGEST + 1):
            with pytest.raises(Invalid) as refused:
                samples.planned(listed, m.SampleMethod.SIMPLE, Decimal("0.95"), 3_000, 0, size=size)
            assert refused.value.field == "size"
    own, computed = drawn(year, fixed(year, engagement)), drawn(year, fixed(year, engagement, size=None))
    for sample, said in ((own, True), (computed, False)):
        assert (samples.plan_of(sample).own, "由审计人员确定" in auditing.get(f"/samples/{sample.id}").text) == (
            said,
            said,
        )
        assert ("由审计人员确定" in text_of(auditing, f"/samples/{sample.id}/paper")) == said
        assert json.loads(auditing.get(f"/samples/{sample.id}/plan").data)["plan"]["own"] is said
    older = {name: value for name, value in own.parameters.items() if name != "own"}
    assert not Plan.read(older).own


def test_what_was_asked_for_stays_after_a_refusal(year: Year, auditing: Client) -> None:
    new = f"/engagements/{begun(year).id}/samples/new"
    asked = {"method": "simple", "confidence": "0.95", "amount_from_fen": "8000.01", "tolerable_rate": "5"}
    for wrong, field in (
        ({"expected_rate": "5"}, "tolerable_rate"),
        ({"tolerable_rate": "101"}, "tolerable_rate"),
        ({"size": "0"}, "size"),
        ({"method": "stratified"}, "by"),
        ({"method": "monetary_unit", "tolerable_fen": "0"}, "tolerable_fen"),
    ):
        answers = [auditing.get(new, query_string=asked | wrong), auditing.post(new, data=asked | wrong)]
        for page in (answer.text for answer in answers):
            assert "3件，合计88,000.01元" in page, wrong
            assert 'value="8000.01"' in page
            assert f'id="{field}-error"' in page, wrong
        assert answers[1].status_code == 422


def test_where_nothing_is_wrong_no_sum_is_projected(year: Year, auditing: Client) -> None:
    sample = drawn(year, fixed(year, begun(year), "simple", 4))
    check_all(year, sample)
    year.session.commit()
    found = samples.evaluation(sample)
    assert found is not None
    assert (found.estimate, found.wrong) == (None, 0)
    assert found.rate is not None
    assert found.rate.upper > 0
    page = auditing.get(f"/samples/{sample.id}").text
    assert view.percent(found.rate.upper) in page
    for said in (page, text_of(auditing, f"/samples/{sample.id}/paper")):
        assert "不推断金额" in said
        assert "多支净额" not in said


def test_the_report_counts_the_steps(year: Year, auditing: Client) -> None:
    """It claims no comparison with papers that nobody made."""
    sample = drawn(year, fixed(year, begun(year), "simple", 3))
    with year.as_("auditor") as session:
        for item, steps in zip(
            sample.items, ({"papers": 1}, {"papers": 1, "verified": 1}, {"replayed": 1}), strict=True
        ):
            why = "" if "papers" in steps else "原件存于街道，另行核对"
            samples.check(session, item, item.booked_fen, steps, why)
        with pytest.raises(Invalid) as refused:
            samples.check(session, sample.items[0], sample.items[0].booked_fen, {"replayed": True}, "")
        assert refused.value.field == "note"
    year.session.commit()
    report = text_of(auditing, f"/engagements/{sample.engagement_id}/report")
    for said in ("凭据与原始单据逐件核对2件", "按决定包重算，结果相同1件", "程序合规0件"):
        assert said in report
    kept = year.session.scalars(select(m.AuditSampleItem.checks).where(m.AuditSampleItem.sample_id == sample.id))
    assert all(set(it) == set(samples.STEPS) for it in kept)
