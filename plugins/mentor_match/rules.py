"""创业导师匹配, from 2019-01-01: who may be given a mentor.

Modelled on the mentor system of 国科发区〔2018〕300号 (secondary sources). The sentences quoted below are those of
README.md, "Who may have a mentor". Who gets which one is in matching.py.
"""

from __future__ import annotations

from core.policy import Assessment, Case, Check, Params, all_of, any_of

STAGES = ("incubator", "nursery")


def assess(case: Case, params: Params) -> Assessment:
    """Every check; there is no amount."""
    return Assessment((check_stage(case), check_need(case), check_no_running_pair(case)))


def check_stage(case: Case) -> Check:
    """`stage`: "in the nursery or incubator stage on the day of application"."""
    stages, day = case.dossier.stages, case.applied_on
    if stages is None:
        return Check("stage", None, None, STAGES, "in")
    known = []
    for stage in stages:
        begun = None if stage.start is None else stage.start <= day
        wanted = None if stage.stage is None else stage.stage in STAGES
        known.append(all_of((wanted, begun, stage.end is None or day <= stage.end)))
    return Check("stage", any_of(known), stage_on(case), STAGES, "in")


def stage_on(case: Case) -> str | None:
    """The stage that the tenant is known to be in on the day of application, the newest if there are several."""
    day = case.applied_on
    running = [
        (stage.start, stage.stage)
        for stage in case.dossier.stages or ()
        if stage.start is not None and stage.start <= day and (stage.end is None or day <= stage.end) and stage.stage
    ]
    return max(running)[1] if running else None


def check_need(case: Case) -> Check:
    """`need`: "with a stated need"."""
    mentoring = case.dossier.mentoring
    needs = None if mentoring is None else mentoring.needs
    count = None if needs is None else len([need for need in needs if need.strip()])
    return Check("need", None if count is None else count >= 1, count, 1, ">=", "count")


def check_no_running_pair(case: Case) -> Check:
    """`no_running_pair`: "no running pairing"."""
    mentoring = case.dossier.mentoring
    running = None if mentoring is None else mentoring.running_pairs
    return Check("no_running_pair", None if running is None else running == 0, running, 0, "<=", "count")
