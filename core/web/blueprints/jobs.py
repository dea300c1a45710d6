"""任务: what the instance does in the background, for the platform's administrators."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as BaseResponse

import core
from core.data.models import Role
from core.errors import Conflict, NotFound
from core.extensions import db
from core.jobs import SCHEDULES, backlog, overview
from core.services import job_control
from core.web.access import roles
from core.web.errors import sentence
from core.web.views import job_words as words
from core.web.views import jobs as view

blueprint = Blueprint("jobs", __name__)


@blueprint.get("/admin/jobs")
@roles(Role.PLATFORM_ADMIN)
def index() -> str:
    return render_template(
        "jobs/index.html",
        page=view.table().page(),
        backlog=backlog(db.session.connection()),
        planned=view.planned(),
        faulty=view.faulty(),
        processes=view.processes(),
        view=view,
        words=words,
    )


@blueprint.get("/admin/jobs/<job_key>")
@roles(Role.PLATFORM_ADMIN)
def show(job_key: str) -> str | Response:
    page = _page(job_key)
    if request.headers.get("HX-Request") and request.args.get("seen") == page.mark:
        return Response(status=204)  # the page asks whether there is anything new: there is not
    return _shown(page)


@blueprint.post("/admin/jobs/<job_key>/cancel")
@roles(Role.PLATFORM_ADMIN)
def cancel(job_key: str) -> Any:
    return _act(job_control.cancel, job_key, _("已取消。正在运行的，在当前步骤结束后停下。"))


@blueprint.post("/admin/jobs/<job_key>/retry")
@roles(Role.PLATFORM_ADMIN)
def retry(job_key: str) -> Any:
    return _act(job_control.retry, job_key, _("已重新排队，马上开始。"))


@blueprint.post("/admin/jobs/schedules/<scheduled_job>/run")
@roles(Role.PLATFORM_ADMIN)
def run_now(scheduled_job: str) -> BaseResponse:
    if scheduled_job not in {schedule.job for schedule in SCHEDULES}:
        raise NotFound("没有这个定时任务")
    key = job_control.start(db.session, scheduled_job, core.today())
    flash(_("已排队，马上开始。"), "success")
    return redirect(url_for("jobs.show", job_key=key))


def _act(act: Any, job_key: str, done: str) -> Any:
    try:
        act(db.session, job_key)
    except Conflict as error:
        db.session.rollback()
        return _shown(_page(job_key), sentence(error)), error.status
    flash(done, "success")
    return redirect(url_for("jobs.show", job_key=job_key))


def _page(job_key: str) -> view.Page:
    found = overview.find(db.session.connection(), job_key)
    if found is None:
        raise NotFound("没有这个任务，可能已过保留期被清理")
    return view.page(found)


def _shown(page: view.Page, problem: str = "") -> str:
    return render_template("jobs/show.html", page=page, job=page.job, view=view, words=words, problem=problem)
