"""One operator with 100,000 tenants in a SQLite file, for those who list them: ours and the peers read the same rows.

Names are invented and drawn with a fixed seed: a place, two characters of a name, a trade, a form. One in about 900
holds 青禾, as a name one looks for would be; most hold 有限公司.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, insert
from sqlalchemy.orm import Session

from core.data import engine as rules
from core.data import models as m
from core.data import search
from core.data.asker import Asker
from core.data.models.tenants import SEARCHED
from core.data.search import index_text
from tests import factories
from tests.support.databases import migrate

TENANTS = 100_000
PLACES = ("上海", "虹桥", "苏州", "示例", "东湖", "张江", "临港", "浦江")
FIRST, SECOND = "青云海星明远宏瑞启智华科新天安博晨光锦泽佳鼎盛凯", "禾图川辰舟帆达芯途航桥源谷序墨岚溪野原象维森朗"
TRADES = ("信息科技", "智能装备", "生物医药", "文化传媒", "新材料", "软件", "环保工程", "供应链管理", "检测技术")
FORMS = ("有限公司", "有限公司", "有限公司", "（上海）有限公司", "工作室", "合伙企业（有限合伙）")
INDUSTRIES = ("软件和信息技术服务业", "专用设备制造业", "医药制造业", "研究和试验发展", "文化艺术业", "批发业", None)
SURNAMES, GIVEN = "林陈周吴郑王冯蒋沈韩杨朱秦尤许何吕施", "一诺子墨雨桐浩然思远文静嘉怡"
MANAGER = "operator@example.org"


def build(path: Path, count: int = TENANTS) -> str:
    """Make the file at `path`; returns its URL. The operator's manager may sign in."""
    url = f"sqlite:///{path}"
    migrate(url)
    engine = create_engine(url)
    rules.configure(engine)
    with Session(engine, info={"asker": Asker.system("bench")}) as session:
        operator = factories.operator(session, factories.district(session, region="310109"), name="示例运营机构")
        factories.user(session, m.Role.OPERATOR_MANAGER, operator=operator, email=MANAGER)
        draw = random.Random(20261125)
        for statement in search.drop("tenants", "sqlite"):
            session.connection().exec_driver_sql(statement)
        for start in range(0, count, 10_000):
            rows = list(_tenants(draw, operator.id, range(start + 1, min(start + 10_000, count) + 1)))
            session.execute(insert(m.Tenant), rows)
            session.execute(insert(m.Lease), [_lease(row) for row in rows])
            session.execute(
                insert(m.RentPayment), [_rent(row, month) for row in rows for month in ("2026-09", "2026-10")]
            )
        for statement in search.create("tenants", "sqlite"):  # one index of all rows takes a fifth of adding each
            session.connection().exec_driver_sql(statement)
        rules.learn_sizes(session.connection())
        session.commit()
    engine.dispose()
    return url


def _tenants(draw: random.Random, operator_id: int, numbers: range) -> Iterator[dict[str, Any]]:
    for n in numbers:
        name = draw.choice(PLACES) + draw.choice(FIRST) + draw.choice(SECOND) + draw.choice(TRADES)
        row: dict[str, Any] = {
            "id": n,
            "operator_id": operator_id,
            "name": f"{name}{n}{draw.choice(FORMS)}",
            "uscc": factories.uscc(n),
            "kind": m.TenantKind.COMPANY,
            "legal_form": m.LegalForm.COMPANY,
            "small_or_micro": True,
            "registered_on": date(2018, 1, 1) + timedelta(days=draw.randrange(3000)),
            "registered_region": "310109",
            "registered_address": f"示例路{draw.randrange(1, 999)}号",
            "industry": draw.choice(INDUSTRIES),
            "stage": draw.choice(list(m.Stage)),
            "contact_name": draw.choice(SURNAMES) + draw.choice(GIVEN) + draw.choice(GIVEN),
            "contact_phone": f"138{draw.randrange(10**8):08d}",
        }
        yield row | {"search_text": index_text([row[column] for column in SEARCHED])}


def _lease(tenant: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": tenant["id"], "operator_id": tenant["operator_id"], "tenant_id": tenant["id"],
        "number": f"L-{tenant['id']:06d}", "status": m.LeaseStatus.RUNNING, "starts_on": date(2024, 4, 1),
        "ends_on": date(2027, 3, 31), "monthly_rent_fen": 450_000, "deposit_fen": 0,
    }  # fmt: skip


def _rent(tenant: dict[str, Any], month: str) -> dict[str, Any]:
    return {
        "operator_id": tenant["operator_id"], "tenant_id": tenant["id"], "lease_id": tenant["id"], "month": month,
        "paid_fen": 450_000, "received_on": date.fromisoformat(f"{month}-05"), "payer": m.Payer.TENANT,
    }  # fmt: skip
