"""Engagements and samples: the order of the steps, who may, and that anybody draws the same."""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import select, update

from core.cli import hongcai
from core.data import models as m
from core.errors import Conflict, DomainError, Forbidden, Invalid, NotFound
from core.services import engagements, populations, samples
from core.services.engagements import Terms
from core.services.findings import writing
from core.services.populations import Range
from core.services.sampling import plans, projecting
from core.services.sampling.drawing import Drawn, Item
from core.web.downloads import TAKEN_PAPER
from core.web.views import samples as view
from tests.integration.conftest import Client
from tests.integration.sampling.conftest import DAY, SUMS, Year

pytestmark = pytest.mark.one_engine

TOTAL = sum(SUMS)
TERMS = Terms("2026年度审计", "金额是否正确", DAY.replace(month=1, day=1), DAY.replace(month=12, day=31))


def begun(year: Year, terms: Terms = TERMS) -> m.AuditEngagement:
    with year.as_("auditor") as session:
        return engagements.begin(session, terms)


def fixed(
    year: Year, engagement: m.AuditEngagement, method: str = "monetary_unit", size: int | None = 4, by: str = ""
) -> m.AuditSample:
    with year.as_("auditor") as session:
        listed = populations.population(session, engagement, Range(), by)
        kind = m.SampleMethod(method)
        tolerable = 1_000_000 if kind is m.SampleMethod.MONETARY_UNIT else 3_000
        plan = samples.planned(listed, kind, Decimal("0.95"), tolerable, 0, size=size, by=by)
        return samples.fix(session, engagement, Range(), plan, listed)


def drawn(year: Year, sample: m.AuditSample, seed: str = "27 3 14") -> m.AuditSample:
    with year.as_("auditor") as session:
        samples.draw(session, sample, seed)
    return sample


def check_all(year: Year, sample: m.AuditSample, wrong: dict[int, int] | None = None) -> None:
    with year.as_("auditor") as session:
        for item in sample.items:
            right = (wrong or {}).get(item.place, item.booked_fen)
            samples.check(session, item, right, {"papers": True}, "" if right == item.booked_fen else "多算一个月")


def test_a_population_is_fixed_then_a_seed_draws(year: Year) -> None:
    sample = fixed(year, begun(year))
    assert (sample.population_count, sample.population_fen, sample.seed) == (len(SUMS), TOTAL, None)
    assert not sample.items
    drawn(year, sample)
    expected = plans.draw(samples.items_of(sample), samples.plan_of(sample), "27 3 14")
    assert [(it.letter.number, it.hits) for it in sample.items] == [(it.item.key, it.hits) for it in expected]
    assert sum(it.hits for it in sample.items) in (4, 5)
    assert any(it.certain for it in sample.items)  # 60,000.00 is above the interval
    actions = list(
        year.session.scalars(
            select(m.AuditEvent.action).where(m.AuditEvent.action.like("sample.%")).order_by(m.AuditEvent.id)
        )
    )
    assert actions == ["sample.fix", "sample.draw"]


def test_the_population_stays_as_it_was_fixed(year: Year) -> None:
    sample = fixed(year, begun(year))
    before = sample.population_digest
    year.session.execute(update(m.Letter).where(m.Letter.seq == 2).values(amount_fen=1))
    year.session.expire_all()
    assert plans.digest(plans.written(samples.items_of(sample))) == before
    assert fixed(year, sample.engagement).population_digest != before


@pytest.mark.parametrize(("method", "by"), [("simple", ""), ("stratified", "band"), ("monetary_unit", "")])
def test_anybody_draws_the_same_from_the_files(
    year: Year, auditing: Client, tmp_path: Path, method: str, by: str
) -> None:
    sample = drawn(year, fixed(year, begun(year), method, 5 if by else 3, by))
    population, record = tmp_path / "population.csv", tmp_path / "sample.json"
    population.write_bytes(auditing.get(f"/samples/{sample.id}/population").data)
    record.write_bytes(auditing.get(f"/samples/{sample.id}/plan").data)
    told = CliRunner().invoke(hongcai, ["audit", "sample", str(population), str(record), "--json"])
    assert told.exit_code == 0, told.output
    numbers = [json.loads(line)["number"] for line in told.stdout.splitlines()]
    assert numbers == [it.letter.number for it in sample.items]
    said = json.loads(record.read_bytes())
    record.write_text(json.dumps(said | {"seed": "another"}))
    other = CliRunner().invoke(hongcai, ["audit", "sample", str(population), str(record)])
    if method != "stratified":  # there nearly all are drawn, whatever the seed
        assert other.exit_code == 1, other.output
    population.write_bytes(population.read_bytes().replace(b"50000", b"50001"))
    assert CliRunner().invoke(hongcai, ["audit", "sample", str(population), str(record)]).exit_code == 1
    record.write_text("{}")
    assert CliRunner().invoke(hongcai, ["audit", "sample", str(population), str(record)]).exit_code == 2


def test_a_seed_is_put_down_once(year: Year) -> None:
    sample = drawn(year, fixed(year, begun(year)))
    with year.as_("auditor") as session:
        with pytest.raises(Conflict):
            samples.draw(session, sample, "another")
        with pytest.raises(Conflict):
            samples.discard(session, sample)
    other = fixed(year, sample.engagement)
    with year.as_("auditor") as session:
        with pytest.raises(Invalid):
            samples.draw(session, other, "  ")
        samples.discard(session, other)
    assert [it.id for it in sample.engagement.samples] == [sample.id]


def test_only_auditors_write(year: Year) -> None:
    sample = drawn(year, fixed(year, begun(year)))
    for who in ("admin", "window", "approver"):
        with year.as_(who) as session:
            with pytest.raises(Forbidden):
                engagements.begin(session, TERMS)
            with pytest.raises(Forbidden):
                samples.check(session, sample.items[0], 0, {}, "没有依据")
            with pytest.raises(Forbidden):
                samples.close(session, sample)


def test_what_is_wrong_is_explained_and_projected(year: Year) -> None:
    sample = drawn(year, fixed(year, begun(year)))
    item = next(it for it in sample.items if not it.certain)
    with year.as_("auditor") as session, pytest.raises(Invalid):
        samples.check(session, item, item.booked_fen - 1, {}, "")
    with year.as_("auditor") as session, pytest.raises(Conflict):
        samples.close(session, sample)
    assert samples.evaluation(sample) is None
    check_all(year, sample, {item.place: item.booked_fen // 2})
    found = samples.evaluation(sample)
    assert found is not None
    assert found.over is not None
    audited = [
        projecting.Audited(Drawn(Item(it.letter.number, it.booked_fen), it.hits, it.certain), it.audited_fen or 0)
        for it in sample.items
    ]
    assert (found.over, found.under) == projecting.monetary_units(audited, TOTAL // 4, confidence=0.95)
    assert (found.wrong, found.over_fen) == (1, item.booked_fen - item.booked_fen // 2)
    assert not found.tolerable  # four draws can't show that at most 10,000.00 of 90,600.01 is wrong
    with year.as_("auditor") as session:
        samples.close(session, sample)
        with pytest.raises(Conflict):
            samples.check(session, item, item.booked_fen, {"papers": True}, "")


def test_all_of_it_right_is_tolerable(year: Year) -> None:
    sample = drawn(year, fixed(year, begun(year), "simple", 6))
    check_all(year, sample)
    found = samples.evaluation(sample)
    assert found is not None
    assert (found.drawn, found.wrong, found.rate, found.tolerable) == (6, 0, projecting.Rate(0, 0), True)
    assert found.estimate is not None
    assert found.estimate.likely_fen == 0


def test_an_engagement_is_closed_after_its_samples(year: Year, tmp_path: Path) -> None:
    engagement = begun(year)
    sample = drawn(year, fixed(year, engagement))
    state = m.EngagementState
    with year.as_("auditor") as session:
        with pytest.raises(Conflict):
            engagements.move(session, engagement, state.REPORTING)
        with pytest.raises(Conflict):
            engagements.close(session, engagement, tmp_path, b"%PDF")
        with pytest.raises(Conflict):
            engagements.change(session, engagement, Terms("另名", "", DAY, DAY))
    check_all(year, sample)
    with year.as_("auditor") as session:
        samples.close(session, sample)
        engagements.move(session, engagement, state.REPORTING)
        engagements.close(session, engagement, tmp_path, b"%PDF")
        for act in (
            lambda: engagements.change(session, engagement, TERMS),
            lambda: samples.fix(session, engagement, Range(), samples.plan_of(sample), []),
            lambda: engagements.move(session, engagement, state.FIELDWORK),
        ):
            with pytest.raises(Conflict):
                act()


@pytest.mark.parametrize(
    ("asked", "count"),
    [
        (Range(amount_from_fen=800_001), 3),
        (Range(amount_to_fen=90_000), 2),
        (Range(policy="rent_subsidy"), 6),
        (Range(policy="startup_grant"), 0),
        (Range(operator_id=999_999), 0),
        (Range(standing=True), 6),
    ],
)
def test_a_population_is_narrowed(year: Year, asked: Range, count: int) -> None:
    engagement = begun(year)
    with year.as_("auditor") as session:
        assert len(populations.population(session, engagement, asked)) == count


def test_other_days_and_letters_that_do_not_stand_are_left_out(year: Year) -> None:
    with year.as_("auditor") as session:
        later = engagements.begin(session, Terms("下半年", "", DAY.replace(month=7), DAY.replace(month=12)))
        assert populations.population(session, later, Range()) == []
        with pytest.raises(Invalid):
            samples.planned([], m.SampleMethod.SIMPLE, Decimal("0.95"), 500, 0)
    year.letters[0].status = m.LetterStatus.VOID
    year.session.flush()
    engagement = begun(year)
    with year.as_("auditor") as session:
        assert len(populations.population(session, engagement, Range())) == 5


@pytest.mark.parametrize(
    "wrong", [{"tolerable": 0, "expected": 0}, {"tolerable": 10, "expected": 10}, {"tolerable": 5, "expected": 9}]
)
def test_a_size_that_shows_nothing_is_refused(year: Year, wrong: dict[str, int]) -> None:
    engagement = begun(year)
    with year.as_("auditor") as session:
        listed = populations.population(session, engagement, Range())
        with pytest.raises(Invalid) as refused:
            samples.planned(listed, m.SampleMethod.MONETARY_UNIT, Decimal("0.95"), **wrong)
    assert refused.value.field == "tolerable_fen"


def test_another_district_sees_nothing(year: Year, auditing: Client, stranger: Client) -> None:
    sample = drawn(year, fixed(year, begun(year)))
    for path in (
        f"/engagements/{sample.engagement_id}",
        f"/samples/{sample.id}",
        f"/samples/{sample.id}/population",
        f"/samples/{sample.id}/items/{sample.items[0].id}",
    ):
        assert stranger.get(path).status_code == 404
        assert auditing.get(path).status_code == 200
    assert "示〔2026〕" not in stranger.get("/engagements").text


def test_the_whole_of_it_on_the_site(year: Year, auditing: Client, client_as: Callable[..., Client]) -> None:
    terms = {"title": "年度审计", "period_from": "2026-01-01", "period_to": "2026-12-31", "objective": "金额"}
    bad = auditing.post("/engagements/new", data=terms | {"period_to": "2025-01-01"})
    assert bad.status_code == 422
    assert "截止日不能早于起始日" in bad.text
    assert 'value="年度审计"' in bad.text
    answer = auditing.post("/engagements/new", data=terms)
    (engagement_id,) = re.findall(r"/engagements/(\d+)$", answer.location)
    plan = {"method": "monetary_unit", "confidence": "0.95", "tolerable_fen": "50000", "expected_fen": "0"}
    new = f"/engagements/{engagement_id}/samples/new"
    assert "6件，合计90,600.01元" in auditing.get(new).text
    shown = auditing.get(new, query_string=plan).text
    assert "样本量 6" in shown
    nothing = auditing.get(new, query_string=plan | {"tolerable_fen": "0"}).text
    assert "可容忍误差应大于预期误差" in nothing
    answer = auditing.post(new, data=plan)
    sample_path = answer.location
    assert "尚未抽取" in auditing.get(sample_path).text
    assert auditing.post(f"{sample_path}/closing").status_code == 302
    assert "样本还没有抽取" in auditing.get(sample_path).text
    assert auditing.post(f"{sample_path}/drawing", data={"seed": ""}).status_code == 422
    assert auditing.post(f"{sample_path}/drawing", data={"seed": "5 2 6"}).status_code == 302
    items = list(year.session.scalars(select(m.AuditSampleItem).order_by(m.AuditSampleItem.place)))
    first = f"{sample_path}/items/{items[0].id}"
    refused = auditing.post(first, data={"audited_fen": "0.01", "note": "", "steps": "papers"})
    assert refused.status_code == 422
    assert "请写明原因和依据" in refused.text
    kept = {"audited_fen": "0.01", "note": "租期多算", "steps": ["papers", "verified"], "then": "next"}
    following = auditing.post(first, data=kept)
    assert following.location.endswith(f"/items/{items[1].id}")
    again = auditing.get(first).text
    assert "租期多算" in again
    assert again.count("checked") == 2
    for item in items[1:]:
        fen = f"{item.booked_fen // 100}.{item.booked_fen % 100:02d}"
        blank = auditing.post(f"{sample_path}/items/{item.id}", data={"audited_fen": fen})
        assert blank.status_code == 422
        assert "至少一项" in blank.text
        looked = {"audited_fen": fen, "steps": "papers"}
        assert auditing.post(f"{sample_path}/items/{item.id}", data=looked).status_code == 302
    page = auditing.get(sample_path).text
    assert "总体不能接受" in page
    assert "总体摘要" in page
    exported = auditing.get(f"{sample_path}/export?format=csv").get_data(as_text=True)
    assert exported.count("无差错") == len(items) - 1
    assert auditing.post(f"{sample_path}/closing").status_code == 302
    assert auditing.post(first, data=kept).status_code == 422
    home = f"/engagements/{engagement_id}"
    assert auditing.post(f"{home}/reporting").status_code == 302
    assert "不能接受" in auditing.get(home).text
    admin = client_as(year.scene.staff["admin"])
    assert admin.get(sample_path).status_code == 200
    assert admin.post(f"{home}/closing").status_code == 403
    assert auditing.get(f"{home}/report").headers["Content-Disposition"] == "inline"
    assert auditing.post(f"{home}/closing").status_code == 302
    kept = year.session.scalars(select(m.AuditReport)).one()
    with auditing.get(f"{home}/report") as answer:
        assert hashlib.sha256(answer.data).hexdigest() == kept.sha256
    assert kept.sha256[:16] in auditing.get(home).text
    told = year.session.scalars(select(m.AuditEvent.detail).where(m.AuditEvent.action == "engagement.close")).one()
    assert told["report_sha256"] == kept.sha256
    with year.as_("auditor") as session, pytest.raises(Conflict):
        writing.begin(session, writing.Origin(), {"title": "办结之后", "engagement_id": int(engagement_id)})


def test_the_papers_say_what_was_found(year: Year, auditing: Client) -> None:
    sample = drawn(year, fixed(year, begun(year)))
    item = sample.items[0]
    check_all(year, sample, {1: item.booked_fen - 12_345})
    found = samples.evaluation(sample)
    assert found is not None
    assert found.over is not None
    upper = view.fen(found.over.upper_fen)
    of_sample = text_of(auditing, f"/samples/{sample.id}/paper")
    for said in ("多算一个月", "123.45", upper, sample.population_digest[:32], "27314"):
        assert said in of_sample
    of_item = text_of(auditing, f"/samples/{sample.id}/items/{item.id}/paper")
    assert item.letter.number in of_item
    assert "123.45元" in of_item
    report = text_of(auditing, f"/engagements/{sample.engagement_id}/report")
    assert "征求意见稿，办结后定稿" in report
    for said in ("90,600.01", upper, "多算一个月"):
        assert said in report
    taken = select(m.AuditEvent.detail).where(m.AuditEvent.action == TAKEN_PAPER).order_by(m.AuditEvent.id)
    assert [sorted(it) for it in year.session.scalars(taken)] == [
        ["sample"],
        ["item", "sample"],
        ["engagement", "state"],
    ]


def text_of(browser: Client, path: str) -> str:
    answer = browser.get(path)
    assert answer.mimetype == "application/pdf"
    command = ["pdftotext", "-layout", "-", "-"]
    told = subprocess.run(command, input=answer.data, capture_output=True, check=True).stdout.decode()
    return re.sub(r"\s", "", told)


def test_ids_of_others_are_not_found(year: Year) -> None:
    sample, other = drawn(year, fixed(year, begun(year))), drawn(year, fixed(year, begun(year)))
    with year.as_("auditor") as session:
        with pytest.raises(NotFound):
            samples.load_item(session, sample.id, other.items[0].id)
        with pytest.raises(DomainError):
            engagements.load(session, 10**9)
