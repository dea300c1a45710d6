"""What templates may call: formats for people, icons, asset addresses, and addresses that keep a list's state.

The formats themselves are in formats.py; `init_app` binds them to the language of the request.
"""

from __future__ import annotations

import json
import re
from collections.abc import Hashable, Mapping
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from flask import Flask, current_app, g, request
from flask_babel import get_locale, gettext, lazy_gettext
from jinja2.runtime import Macro
from markupsafe import Markup

from core.config import Environment, Settings
from core.letters.money import amount_in_words
from core.services.stages import words
from core.web import lease_words
from core.web.catalogues import compile_catalogues
from core.web.formats import (
    area,
    day,
    file_size,
    masked,
    moment,
    money,
    money_figure,
    money_wan,
    month,
    number,
    percent,
)
from core.web.headers import csp_nonce
from core.web.languages import NAMES, catalogues
from core.web.rows import cell_of, rows

STATIC = Path(__file__).parent / "static"


# ── words and colours of the closed lists ────────────────────────────────────────────────────────────────────────────
STAGES = {stage.value: said for stage, said in words.STAGES.items()}
GRADES = {
    "government": lazy_gettext("政府数据"),
    "verified_original": lazy_gettext("原件核验"),
    "operator": lazy_gettext("运营机构提供"),
    "applicant": lazy_gettext("申请人自报"),
}
OUTCOMES = {
    "eligible": lazy_gettext("符合条件"),
    "ineligible": lazy_gettext("不符合条件"),
    "needs_information": lazy_gettext("待补信息"),
    "not_in_force": lazy_gettext("政策未施行"),
}
# One tone for every state a thing can be in; unlisted states are neutral. The words of a workflow state come from the
# workflow's own table (staff and applicants read different ones), so only its colour is here.
TONES = {
    "draft": "neutral",
    "submitted": "info",
    "accepted": "info",
    "first_review": "info",
    "second_review": "info",
    "published": "info",
    "approved": "success",
    "issued": "success",
    "paid": "success",
    "closed": "neutral",
    "not_admitted": "danger",
    "returned": "warning",
    "refused": "danger",
    "withdrawn": "neutral",
    "objected": "warning",
    "appealed": "warning",
    "revoking": "warning",
    "revoked": "danger",
    "recovery": "danger",
    "eligible": "success",
    "ineligible": "danger",
    "needs_information": "warning",
    "not_in_force": "neutral",
    "nursery": "nursery",
    "incubator": "incubator",
    "accelerator": "accelerator",
    "graduated": "success",
    "exited": "neutral",
    "government": "success",
    "verified_original": "info",
    "operator": "neutral",
    "applicant": "warning",
    "valid": "success",
    "not_valid": "danger",
    "cannot_tell": "warning",
}


# ── icons and assets ─────────────────────────────────────────────────────────────────────────────────────────────────
@lru_cache(maxsize=1)
def _icon_nodes() -> dict[str, list[tuple[str, dict[str, str]]]]:
    path = STATIC / "vendor" / "tabler-icons.json"
    try:
        nodes: dict[str, list[tuple[str, dict[str, str]]]] = json.loads(path.read_bytes())
    except FileNotFoundError:
        raise RuntimeError(f"{path} is missing: the front-end files are not there yet; run scripts/setup.sh") from None
    return nodes


@lru_cache(maxsize=512)
def icon(name: str, size: int = 20, label: str = "") -> Markup:
    """A Tabler outline icon as inline SVG. Decorative unless `label` says what it means to those who cannot see it."""
    try:
        nodes = _icon_nodes()[name]
    except KeyError:
        raise LookupError(f"there is no Tabler outline icon {name!r}; see https://tabler.io/icons") from None
    body = Markup("").join(
        Markup("<{} {}/>").format(tag, Markup(" ").join(Markup('{}="{}"').format(k, v) for k, v in a.items()))
        for tag, a in nodes
    )
    meaning = Markup('role="img" aria-label="{}"').format(label) if label else Markup('aria-hidden="true"')
    return Markup(
        '<svg class="icon" width="{0}" height="{0}" viewBox="0 0 24 24" fill="none" stroke="currentColor"'
        ' stroke-width="1.75" stroke-linecap="round" stroke-linejoin="round" focusable="false" {1}>{2}</svg>'
    ).format(size, meaning, body)


@lru_cache(maxsize=256)
def _asset_version(path: str, mtime_ns: int) -> str:
    return sha256((STATIC / path).read_bytes()).hexdigest()[:12]


def asset(path: str) -> str:
    """The address of a static file with the hash of its content, so that browsers may keep it for ever."""
    try:
        # They change while somebody develops; elsewhere each is looked at once.
        changed = (STATIC / path).stat().st_mtime_ns if current_app.config["ASSETS_CHANGE"] else 0
        version = _asset_version(path, changed)
    except FileNotFoundError:
        raise RuntimeError(f"static file {path} is missing; run scripts/setup.sh if it is under vendor/") from None
    return f"{request.script_root}{current_app.static_url_path}/{path}?v={version}"


def url_with(**changes: Any) -> str:
    """This page's address with some query parameters changed; None removes one. Lists keep their state this way."""
    query: dict[str, Any] = request.args.to_dict(flat=False) | changes
    kept = urlencode([(k, v) for k, v in query.items() if v not in (None, "", [])], doseq=True)
    path = f"{request.script_root}{quote(request.path)}"
    return f"{path}?{kept}" if kept else path


def per_language(macro: Macro, of: Hashable = None, *arguments: Any) -> Markup:
    """What a macro says that depends on the language alone, written once: `{{ per_language(keyboard_help) }}`. Where
    its arguments matter too, `of` stands for them; it must be one of few."""
    known: dict[tuple[str, Hashable, str], Markup] = current_app.extensions["per_language"]
    key = (macro.name, of, language())
    if key not in known:
        known[key] = macro(*arguments)
    return known[key]


def slug(text: str) -> str:
    """A name usable as an HTML id (lists and dialogs made from a key)."""
    return re.sub(r"[^a-zA-Z0-9_-]+", "-", text).strip("-") or "x"


def language() -> str:
    """'zh' or 'en': the language this request is answered in."""
    locale = get_locale()
    return "en" if locale is not None and locale.language == "en" else "zh"


def bilingual(pair: Mapping[str, str] | str | None) -> str:
    """Pick from {'zh': …, 'en': …} (policy.yaml) in the reader's language; Chinese where English is missing."""
    if pair is None:
        return ""
    if isinstance(pair, str):
        return pair
    return pair.get(language()) or pair.get("zh", "")


def init_app(app: Flask) -> None:
    """Bind filters and globals to an application's Jinja environment."""
    compile_catalogues()
    settings: Settings | None = app.extensions.get("settings")
    app.config["ASSETS_CHANGE"] = settings is None or settings.environment is Environment.DEVELOPMENT
    app.extensions["per_language"] = {}
    app.extensions["babel"].instance.domain_instance = catalogues
    env = app.jinja_env
    env.globals.update(_=catalogues.in_template, gettext=catalogues.in_template)
    env.trim_blocks = env.lstrip_blocks = True
    env.filters.update(
        money=lambda v: money(v, language()),
        money_figure=money_figure,
        money_wan=lambda v: money_wan(v, language()),
        date=lambda v: day(v, language()),
        month=lambda v: month(v, language()),
        moment=lambda v: moment(v, language()),
        iso=lambda v: v.isoformat() if v is not None else "",
        area=area,
        percent=percent,
        number=number,
        masked=masked,
        file_size=file_size,
        slug=slug,
        bilingual=bilingual,
        stage=lambda code: STAGES[code],
        grade=lambda code: GRADES[code],
        outcome=lambda code: OUTCOMES[code],
        tone=lambda code: TONES.get(code, "neutral"),
        words=amount_in_words,
        translated=gettext,  # for sentences marked with N_() where they are written
    )
    env.globals.update(
        icon=icon,
        asset=asset,
        url_with=url_with,
        list_rows=lambda page, form, cells, special: rows(page, language(), form, cells, special or None),
        plain_cell=lambda row, column: cell_of(column, language())(row),
        language=language,
        per_language=per_language,
        language_names=NAMES,
        csp_nonce=csp_nonce,
        today=lambda: g.today,
        has_endpoint=lambda endpoint: endpoint in current_app.view_functions,
        paper_words=lease_words,  # papers that jobs print have no view to give them words
    )
