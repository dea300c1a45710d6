"""Sites and spaces into the database."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from sqlalchemy import select

from core.data.models import Site, Space, SpaceKind, SpaceStatus
from core.services.imports.context import Applying, merge, name_key
from core.services.imports.parse import Parsed, rows_of
from core.services.imports.records import SiteRecord, SpaceRecord


def sites_of(work: Applying) -> dict[str, Site]:
    """The operator's sites by the key of their name."""
    return {
        name_key(site.name): site
        for site in work.session.scalars(select(Site).where(Site.operator_id == work.operator_id))
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
            "property_certificate_on": record.property_certificate_on,
            "head_lease_until": record.head_lease_until,
            "sublease_consent_on": record.sublease_consent_on,
        }
        site = known.get(name_key(record.name))
        if site is None:
            site = known[name_key(record.name)] = Site(operator_id=work.operator_id, **values)
            work.session.add(site)
            work.count(table, record, None)
        else:
            work.count(table, record, merge(site, values))
    work.session.flush()


def write_spaces(work: Applying, parsed: Parsed) -> None:
    sites, known = sites_of(work), spaces_of(work)
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
            "floor": record.floor,
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
