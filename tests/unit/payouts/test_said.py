"""What a bank says of a payment, in its own words: a payment that was not made is never read as made."""

from __future__ import annotations

import pytest

from core.services.disbursement.sheet import RESULT, Said
from core.services.imports.problems import CellError

READ = RESULT.column("said").kind.read

PAID = (
    "交易成功", "已入账", "处理完成", "交易成功（return code 0）", "SUCCESS", "Paid", "Payment successful",
    "paid successfully", "TRADE_SUCCESS", "OK 0000",
)  # fmt: skip
FAILED = (
    "失败", "退汇成功", "没有成功", "Unsuccessful", "not successful", "Payment unsuccessful", "FAILED: account closed",
    "Returned",
)  # fmt: skip
WAITING = (
    "处理中", "未支付", "未成功", "部分成功", "Unpaid", "Not paid", "NOT_YET_PAID", "To be paid", "Pending",
    "Processing",
)  # fmt: skip
UNKNOWN = (
    "嗯",
    "Revoked",
    "token",
    "has not been paid",
    "Paid - returned later",
    "nothing was paid",
    "prepaid",
    "no errors",
)


@pytest.mark.parametrize(
    ("text", "said"),
    [(text, said) for said, texts in zip(Said, (PAID, FAILED, WAITING), strict=True) for text in texts],
)
def test_what_a_bank_says(text: str, said: Said) -> None:
    assert READ(text) is said


@pytest.mark.parametrize("text", UNKNOWN)
def test_what_could_be_either_is_asked_about(text: str) -> None:
    with pytest.raises(CellError, match="看不懂"):
        READ(text)
