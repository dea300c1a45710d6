"""The durable jobs that run at their hours (`schedules`), some of them when they are asked for as well. Their names are
in the database: change none."""

from __future__ import annotations

from collections.abc import Callable

import structlog
from dbos import DBOS
from flask import Flask

from core.jobs import (
    dunning,
    escalating,
    keys,
    leading,
    noticing,
    online,
    outside,
    paying,
    recovering,
    reminding,
    signing,
    subscribing,
    upkeep,
)
from core.jobs.runner import running_app
from core.jobs.steps import step

MAIL_PAUSES = (0, 2, 10, 60, 300)  # seconds before each try at a mail server that is away
log = structlog.get_logger()


def _of_one_step(job: str, name: str, act: Callable[[Flask], object]) -> None:
    """A job that is nothing but one step, with the result that `act` gives."""
    run = step(name)(lambda: act(running_app()))

    @DBOS.workflow(name=job)
    def workflow() -> object:
        return run()


# Behind `core.services.letters.seal` as well: what is new in the trail is under a signed head.
_of_one_step("sign_log", "sign", signing.sign)
# Lists from outside whose last day is over are deleted.
_of_one_step("drop_outside_lists", "drop_lists", outside.drop)
# Which keys sign is written down, and their keepers are told of what runs out: how many notices.
_of_one_step("look_after_keys", "look_after_keys", keys.look_after)
# What killed processes left behind, and old runs of these jobs, go.
_of_one_step("clear_up", "clear", upkeep.clear_up)
# Mails about leases that end: how many went.
_of_one_step("remind_leases", "remind", reminding.remind)
# Cases near their limit or past it: how many reached another level.
_of_one_step("escalate_cases", "escalate", escalating.escalate)
# Awards that do not hold any more as they were made: how many leads there are more.
_of_one_step("find_recoveries", "find_recoveries", recovering.find)
# What the rules of suspicion find: how many leads there are more.
_of_one_step("find_leads", "find_leads", leading.find)
# Stripe's books against ours.
_of_one_step("reconcile_stripe", "reconcile", online.reconcile)
# Auditors are told the log's newest head, as often as the setting says: how many were told.
_of_one_step("mail_checkpoints", "tell_checkpoint", noticing.tell_checkpoint)


@step("check")
def _check(asked: list[str]) -> upkeep.Checked:
    return upkeep.check(running_app(), asked)


@step("report_faults")
def _report_faults(checked: upkeep.Checked) -> None:
    upkeep.report(running_app(), checked)


def _checked(*, files: bool) -> upkeep.Checked:
    checked = _check(upkeep.rules(running_app(), files=files))
    if checked["count"]:
        log.error("invariants.broken", count=checked["count"], faults=checked["faults"][:5])
        _report_faults(checked)
    return checked


@DBOS.workflow(name="check_invariants")
def check_invariants() -> upkeep.Checked:
    """Hourly: what must hold in the database does."""
    return _checked(files=False)


@DBOS.workflow(name="check_files")
def check_files() -> upkeep.Checked:
    """Daily: each kept file is there and whole."""
    return _checked(files=True)


@step("begin_trials")
def _begin_trials() -> int:
    return subscribing.begin_trials(running_app())


@step("look_at_stripe")
def _look_at_stripe() -> int:
    return paying.reconcile(running_app())


@step("remind_operators")
def _remind_operators() -> int:
    return subscribing.remind(running_app())


@DBOS.workflow(name="look_after_subscriptions")
def look_after_subscriptions() -> subscribing.Done:
    """Daily: trials of new operators begin, what Stripe says of the others is looked at, and mails about what ends."""
    return {"trials": _begin_trials(), "seen": _look_at_stripe(), "mails": _remind_operators()}


@step("make_dunnings")
def _make_dunnings() -> int:
    return dunning.ask(running_app())


@step("mail_dunnings")
def _mail_dunnings() -> int:
    return dunning.send(running_app())


@DBOS.workflow(name="dun_tenants")
def dun_tenants() -> int:
    """Daily: letters of operators that want them sent by themselves, and mails that could not go before; returns how
    many mails went."""
    _make_dunnings()
    return _mail_dunnings()


@step("tell_notices")
def _tell_notices() -> int:
    return noticing.tell(running_app())


@step("mail_notices")
def _mail_notices(daily: bool) -> noticing.Mailed:
    return noticing.send(running_app(), daily=daily)


def _mailed(*, daily: bool) -> int:
    """A mail server that is away is asked again after a while, and then by the next run; what waits is kept."""
    sent = 0
    for pause in MAIL_PAUSES:
        if pause:
            DBOS.sleep(pause)
        found = _mail_notices(daily)
        sent += found["sent"]
        if found["reached"]:
            break
    return sent


@DBOS.workflow(name="mail_notices")
def mail_notices() -> int:
    """The durable job behind `core.services.notices.tell`, and hourly for what could not go: all mails that wait to go
    at once; returns how many went."""
    return _mailed(daily=False)


@DBOS.workflow(name="mail_digests")
def mail_digests() -> int:
    """Daily: what a new day brings is told, and those who want one mail a day get it; returns how many went."""
    _tell_notices()
    return _mailed(daily=False) + _mailed(daily=True)


@DBOS.workflow(name="mail_dunnings")
def mail_dunnings() -> int:
    """The durable job behind `core.services.dunning.send`: all letters that wait to be mailed."""
    return _mail_dunnings()
