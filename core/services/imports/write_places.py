"""Sites and spaces into the database."""

from __future__ import annotations

import re

from flask_babel import lazy_gettext as _
from sqlalchemy import select
from sqlalchemy.orm import selectinload

from core.data.models import Floor, RecognitionLevel, Site, SitePaper, SitePaperKind, Space, SpaceKind, SpaceStatus
from core.services.imports.context import Applying, Changes, merge, name_key
from core.services.imports.parse import Parsed, rows_of
from core.services.imports.records import SiteRecord, SpaceRecord

_LEVELS = {
    "国家级": RecognitionLevel.NATIONAL,
    "市级": RecognitionLevel.CITY,
    "区级": RecognitionLevel.DISTRICT,
    "无": RecognitionLevel.NONE,
}


def sites_of(work: Applying) -> dict[str, Site]:
    """The operator's sites by the key of their name."""
    return {
        name_key(site.name): site
        for site in work.session.scalars(
            select(Site).where(Site.operator_id == work.operator_id).options(selectinload(Site.papers))
        )
    }


def spaces_of(work: Applying) -> dict[tuple[int, str], Space]:
    """The operator's spaces by site and code."""
    return {
        (space.site_id, space.code): space
        for space in work.session.scalars(select(Space).where(Space.operator_id == work.operator_id))
    }


def write_sites(work: Applying, parsed: Parsed) -> None:
    known = sites_of(work)
    for table, record in rows_of(parsed, "sites", SiteRecord):
        values: dict[str, object] = {
            "name": record.name,
            "kind": record.kind,
            "address": record.address,
            "region": record.region,
            "floor_area_cm2": record.floor_area_cm2,
            "ownership": record.ownership,
            "private_capital": record.private_capital,
            "recognition": record.recognition,
            "recognition_level": _LEVELS.get(record.recognition or ""),
            "recognised_on": record.recognised_on,
            "incubation_area_cm2": record.incubation_area_cm2,
            "public_area_cm2": record.public_area_cm2,
            "opened_on": record.opened_on,
            "fund_fen": record.fund_fen,
            "staff_count": record.staff_count,
            "professional_staff_count": record.professional_staff_count,
            "mentor_count": record.mentor_count,
            "yearly_event_count": record.yearly_event_count,
        }
        site = known.get(name_key(record.name))
        if site is None:
            site = known[name_key(record.name)] = Site(operator_id=work.operator_id, papers=[], **values)
            work.session.add(site)
            _papers(work, record, site)
            work.count(table, record, None)
        else:
            work.count(table, record, merge(site, values) | _papers(work, record, site))
    work.session.flush()


def _papers(work: Applying, record: SiteRecord, site: Site) -> Changes:
    """The dates of the site's papers. A date that changes has to be confirmed by the window anew."""
    changes: Changes = {}
    for kind, column, day in (
        (SitePaperKind.PROPERTY_CERTIFICATE, "dated_on", record.property_certificate_on),
        (SitePaperKind.HEAD_LEASE, "valid_until", record.head_lease_until),
        (SitePaperKind.SUBLEASE_CONSENT, "dated_on", record.sublease_consent_on),
    ):
        if day is None:
            continue
        paper = site.paper(kind)
        if paper is None:
            paper = SitePaper(operator_id=work.operator_id, kind=kind)
            site.papers.append(paper)
        if changed := merge(paper, {column: day}):
            paper.confirmed_at = paper.confirmed_by_id = None
            changes[f"{kind.value}.{column}"] = changed[column]
    return changes


def floors_of(work: Applying) -> dict[tuple[int, str], Floor]:
    """The operator's floors by site and name, of the building without a name, which is all that a table knows."""
    return {
        (floor.site_id, floor.name): floor
        for floor in work.session.scalars(select(Floor).where(Floor.operator_id == work.operator_id))
        if not floor.building
    }


def level_of(name: str) -> int:
    """The place of a floor among others: 3 for `3F` or `3层`, -1 for `B1`, 0 where the name says nothing."""
    found = re.search(r"\d+", name)
    if not found:
        return 0
    below = name.strip().upper().startswith("B") or name.startswith("地下")
    return -int(found[0]) if below else int(found[0])


def write_spaces(work: Applying, parsed: Parsed) -> None:
    sites, known, floors = sites_of(work), spaces_of(work), floors_of(work)
    for table, record in rows_of(parsed, "spaces", SpaceRecord):
        site = sites.get(name_key(record.site))
        if site is None:
            work.missing(
                table, record, "site", _("没有名为“%(name)s”的载体。", name=record.site),
                _("请先在“载体”表中登记，或核对名称。"), in_sheet="sites",
            )  # fmt: skip
            continue
        values: dict[str, object] = {
            "code": record.code,
            "floor_id": _floor(work, floors, site, record.floor),
            "kind": record.kind,
            "area_cm2": record.area_cm2,
            "capacity": record.capacity,
            "list_price_fen": record.list_price_fen,
            "price_unit": record.price_unit,
            "status": record.status,
            "independent": record.independent,
        }
        space = known.get((site.id, record.code))
        if space is None:
            values["status"] = record.status or SpaceStatus.VACANT
            # A shared desk is not premises of one's own unless somebody says so.
            values["independent"] = (
                record.kind is not SpaceKind.DESK if record.independent is None else record.independent
            )
            space = known[site.id, record.code] = Space(operator_id=work.operator_id, site_id=site.id, **values)
            work.session.add(space)
            work.count(table, record, None)
        else:
            work.count(table, record, merge(space, values))
    work.session.flush()


def _floor(work: Applying, floors: dict[tuple[int, str], Floor], site: Site, name: str | None) -> int | None:
    if name is None:
        return None
    if (site.id, name) not in floors:
        floor = floors[site.id, name] = Floor(
            operator_id=work.operator_id, site_id=site.id, name=name, level=level_of(name)
        )
        work.session.add(floor)
        work.session.flush()
    return floors[site.id, name].id
