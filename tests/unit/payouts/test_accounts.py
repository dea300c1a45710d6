"""Which accounts may be paid to, and by what one is known again."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from core.data.crypto import Keyring
from core.errors import Invalid
from core.services.payees import Account, fingerprint, require_complete

UNIT = Account("青禾科技（上海）有限公司", "示例银行", "102290000018", "6222000012345678")
OWN = replace(UNIT, name="林青禾", own=True)


def told(account: Account, *, own_account: bool = False) -> str | None:
    tenant = SimpleNamespace(name="青禾科技(上海)有限公司", founders=[SimpleNamespace(name="林青禾")])
    case: Any = SimpleNamespace(tenant=tenant)
    card: Any = SimpleNamespace(own_account=own_account)
    try:
        require_complete(case, account, card)
    except Invalid as error:
        return error.field
    return None


@pytest.mark.parametrize(
    ("account", "own_account", "field"),
    [
        (UNIT, False, None),  # brackets of either width are the same name
        (replace(UNIT, name=""), False, "payee_name"),
        (replace(UNIT, bank_code="10229000001"), False, "payee_bank_code"),
        (replace(UNIT, bank_code="１０２２９００００018"), False, "payee_bank_code"),
        (replace(UNIT, number="622-2"), False, "payee_account"),
        (replace(UNIT, name="另一家公司"), False, "payee_name"),
        (OWN, False, "payee_own"),
        (OWN, True, None),
        (replace(OWN, name="不相干的人"), True, "payee_name"),
    ],
)
def test_an_account_is_the_units_or_where_the_policy_says_so_a_founders(
    account: Account, own_account: bool, field: str | None
) -> None:
    assert told(account, own_account=own_account) == field


def test_another_account_has_another_fingerprint() -> None:
    Keyring({1: b"m" * 32}).use()
    others = [
        UNIT, OWN, replace(UNIT, number="6222000012345679"), replace(UNIT, bank="别的银行"),
        replace(UNIT, bank_code="102290000019"), replace(UNIT, own=True),
    ]  # fmt: skip
    assert len({fingerprint(1, account) for account in others}) == len(others)
    assert fingerprint(1, UNIT) == fingerprint(1, replace(UNIT))
    assert fingerprint(1, UNIT) != fingerprint(2, UNIT)
