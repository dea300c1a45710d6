"""The durable jobs that run at their hours (`schedules`), some of them when they are asked for as well. Their names are
in the database: change none."""

from __future__ import annotations

import structlog
from dbos import DBOS

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


@step("sign")
def _sign() -> signing.Signed:
    return signing.sign(running_app())


@DBOS.workflow(name="sign_log")
def sign_log() -> signing.Signed:
    """The durable job behind `core.services.letters.seal`, and hourly: what is new in the trail is under a signed
    head."""
    return _sign()


@step("drop_lists")
def _drop_lists() -> int:
    return outside.drop(running_app())


@DBOS.workflow(name="drop_outside_lists")
def drop_outside_lists() -> int:
    """Daily: lists from outside whose last day is over are deleted."""
    return _drop_lists()


@step("look_after_keys")
def _look_after_keys() -> int:
    return keys.look_after(running_app())


@DBOS.workflow(name="look_after_keys")
def look_after_keys() -> int:
    """Daily: which keys sign is written down, and their keepers are told of what runs out; returns how many notices."""
    return _look_after_keys()


@step("clear")
def _clear() -> upkeep.Cleared:
    return upkeep.clear_up(running_app())


@DBOS.workflow(name="clear_up")
def clear_up() -> upkeep.Cleared:
    """Daily: what killed processes left behind, and old runs of these jobs, go."""
    return _clear()


@step("remind")
def _remind() -> int:
    return reminding.remind(running_app())


@DBOS.workflow(name="remind_leases")
def remind_leases() -> int:
    """Daily: mails about leases that end; returns how many went."""
    return _remind()


@step("escalate")
def _escalate() -> int:
    return escalating.escalate(running_app())


@DBOS.workflow(name="escalate_cases")
def escalate_cases() -> int:
    """Daily: cases near their limit or past it; returns how many reached another level."""
    return _escalate()


@step("find_recoveries")
def _find_recoveries() -> int:
    return recovering.find(running_app())


@DBOS.workflow(name="find_recoveries")
def find_recoveries() -> int:
    """Daily: awards that do not hold any more as they were made; returns how many leads there are more."""
    return _find_recoveries()


@step("find_leads")
def _find_leads() -> int:
    return leading.find(running_app())


@DBOS.workflow(name="find_leads")
def find_leads() -> int:
    """Daily: what the rules of suspicion find; returns how many leads there are more."""
    return _find_leads()


@step("reconcile")
def _reconcile() -> online.Reconciled | None:
    return online.reconcile(running_app())


@DBOS.workflow(name="reconcile_stripe")
def reconcile_stripe() -> online.Reconciled | None:
    """Daily: Stripe's books against ours."""
    return _reconcile()


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


@step("tell_checkpoint")
def _tell_checkpoint() -> int:
    return noticing.tell_checkpoint(running_app())


@DBOS.workflow(name="mail_checkpoints")
def mail_checkpoints() -> int:
    """Daily: auditors are told the log's newest head, as often as the setting says; returns how many were told."""
    return _tell_checkpoint()


@DBOS.workflow(name="mail_dunnings")
def mail_dunnings() -> int:
    """The durable job behind `core.services.dunning.send`: all letters that wait to be mailed."""
    return _mail_dunnings()
