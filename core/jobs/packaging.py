"""Making a package as a job: read in one unit, print and bind outside of any, name the files in a last one."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from flask import Flask
from flask_babel import force_locale

import core
from core.config import Settings
from core.data.models import Case, PackageState
from core.errors import Invalid
from core.jobs.issuing import registry_of, unit
from core.jobs.progress import progress
from core.letters import binding
from core.letters.binding import Part
from core.letters.errors import LetterRefusedError
from core.letters.money import amount_in_words
from core.letters.papers import render
from core.policy import Text
from core.services import files, package_parts, packages
from core.uploads.desk import BINDING

NAME = "job:make_package"
MAX_PAGES = 500
MAX_BYTES = 150 * 1024 * 1024
_ASIDE = re.compile(r"（[^）]*）")


@dataclass(frozen=True)
class _Row:
    """A line of the cover while it is worked on: `sheets` are printed pages' HTML with their titles, `uploads` hashes
    with media types and names."""

    key: str
    title: Text
    required: bool
    origin: str | None
    withheld: bool
    sheets: tuple[tuple[str, str], ...]
    uploads: tuple[tuple[str, str, str], ...]
    status: str = "missing"  # present, part (some files cannot be opened), broken, withheld, missing
    unreadable: tuple[str, ...] = ()
    pages: int = 0
    first: int = 0
    pdf: bytes = b""

    @property
    def called(self) -> str:
        return _ASIDE.sub("", self.title.zh) or self.title.zh

    def to_json(self, number: int) -> dict[str, Any]:
        names = ("key", "required", "origin", "status", "unreadable", "pages", "first")
        plain = {name: getattr(self, name) for name in names}
        return plain | {"number": number, "zh": self.title.zh, "en": self.title.en}


@dataclass(frozen=True)
class _Order:
    """What a package is made of, apart from its papers."""

    number: str
    author: str
    on: date
    cover: dict[str, Any]


def make(app: Flask, package_id: int) -> None:
    """Read, print, bind, keep. Raises `Invalid` for what is too large."""
    settings: Settings = app.extensions["settings"]
    with unit(app, write=False, name=NAME) as session, force_locale("zh_Hans_CN"):
        package = packages.load(session, package_id)
        if package.state is not PackageState.WAITING:
            return
        today = package.asked_at.astimezone(core.SHANGHAI).date()
        order, rows = _read(app, session, package.case, package.audience, today)
    made: list[_Row] = []
    pages = 0
    for done, row in enumerate(rows):
        _tell(app, package_id, done, len(rows))
        made.append(_printed(settings, order, row, MAX_PAGES - pages))
        pages += made[-1].pages
    cover, made = _covered(app, order, made)
    parts = [Part("目录", cover), *(Part(f"{n}. {row.called}", row.pdf) for n, row in enumerate(made, 1) if row.pdf)]
    whole = binding.bind(f"{order.number} 申报材料", parts)
    names = [("00_目录.pdf", cover)]
    names += [(f"{n:02d}_{row.called}.pdf", row.pdf) for n, row in enumerate(made, 1) if row.pdf]
    bundle = binding.packed(names)
    kept = [
        (f"{order.number}-申报材料.pdf", "application/pdf", whole),
        (f"{order.number}-申报材料.zip", "application/zip", bundle),
    ]
    for _name, _type, body in kept:
        files.put(settings.files, body)  # written to disk before the unit, which only names it
    with unit(app, name=NAME) as session:
        packages.seal(
            session,
            settings.files,
            packages.load(session, package_id),
            kept,
            rows=[row.to_json(n) for n, row in enumerate(made, 1)],
            pages=binding.count(whole),
            today=core.today().date(),
        )


def report_failure(app: Flask, package_id: int, reason: str) -> None:
    with unit(app, name=NAME) as session:
        packages.fail(session, packages.load(session, package_id), reason)


def clear_up(app: Flask) -> int:
    """Remove what has expired; returns how many packages."""
    settings: Settings = app.extensions["settings"]
    with unit(app, name="job:upkeep") as session:
        return packages.expire(session, settings.files, core.today().date())


def _tell(app: Flask, package_id: int, done: int, whole: int) -> None:
    with unit(app, name=NAME) as session:
        package = packages.load(session, package_id)
        package.done, package.whole = done, whole
    progress(done, whole)


def _read(app: Flask, session: Any, case: Case, audience: Any, today: date) -> tuple[_Order, list[_Row]]:
    """All rows of the cover with the HTML of what is to be printed; nothing of the database is needed after that."""
    words = app.jinja_env.globals["paper_words"]

    def html(template: str, values: dict[str, Any]) -> str:
        page = app.jinja_env.get_template(f"papers/{template}.html")
        return page.render(in_words=amount_in_words, words=words, **values)

    found = package_parts.items(session, registry_of(app), case, audience, today)
    if sum(file.size for item in found for file in item.uploads) > MAX_BYTES:
        raise Invalid("材料合计超过150MB，不能合并；请把图片或扫描件压缩后重新上传，再生成材料包")
    rows = [
        _Row(
            key=item.key,
            title=item.title,
            required=item.required,
            origin=item.origin if item.sheets or item.uploads else None,
            withheld=item.withheld,
            sheets=tuple((sheet.title, html(sheet.template, sheet.values)) for sheet in item.sheets),
            uploads=tuple((file.sha256, file.media_type, file.name) for file in item.uploads),
        )
        for item in found
    ]
    cover = {
        "number": case.number,
        "applicant": case.tenant.name,
        "uscc": case.tenant.uscc,
        "policy": app.extensions["registry"].card(case.policy_key).title.zh,
        "period": (case.period_from, case.period_to),
        "audience": audience.value,
    }
    on = case.applied_on or case.saved_at.astimezone(core.SHANGHAI).date()
    return _Order(case.number, case.tenant.name, on, cover), rows


def _printed(settings: Settings, order: _Order, row: _Row, left: int) -> _Row:
    """The paper as one PDF. A file that cannot be opened, or is gone, is named on the cover."""
    pdfs, broken = [], []
    for title, html in row.sheets:
        try:
            pdfs.append(render(html, title=title, author=order.author, on=order.on))
        except LetterRefusedError as error:
            raise Invalid(
                "“%(paper)s”不能生成：含有字库以外的字；请核对企业名称、地址、姓名中的生僻字", paper=title
            ) from error
    for sha, media_type, name in row.uploads:
        try:
            body = files.path_of(settings.files, sha).read_bytes()
            pdfs.append(files.ask(BINDING, "bind", body, kind=media_type, most=left)[1])
        except (Invalid, OSError):
            broken.append(name)
    pages = sum(map(binding.count, pdfs))
    if pages > left:
        raise Invalid("材料超过%(most)s页，不能合并；请删去重复的页，或分次申报", most=MAX_PAGES)
    status = ("part" if broken else "present") if pdfs else "broken" if broken else "missing"
    if row.withheld:
        status = "withheld"
    pdf = binding.joined(pdfs) if len(pdfs) > 1 else pdfs[0] if pdfs else b""
    return replace(row, status=status, unreadable=tuple(broken), pages=pages, pdf=pdf)


def _covered(app: Flask, order: _Order, rows: list[_Row]) -> tuple[bytes, list[_Row]]:
    """The cover, and the rows with the page each begins at: which depends on how many pages the cover has."""
    length = 1
    while True:
        page, placed = length + 1, []
        for row in rows:
            placed.append(replace(row, first=page if row.pages else 0))
            page += row.pages
        with app.app_context(), force_locale("zh_Hans_CN"):
            html = app.jinja_env.get_template("papers/contents.html").render(
                rows=placed, origins=package_parts.ORIGINS, whole=page - 1, **order.cover
            )
        pdf = render(html, title=f"{order.number} 目录", author=order.author, on=order.on)
        if binding.count(pdf) <= length:
            return pdf, placed
        length = binding.count(pdf)
