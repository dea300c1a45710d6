"""Identity numbers of organisations and people: normalise, check, mask.

Standards: GB 32100-2015 (统一社会信用代码), GB 11643-1999 (公民身份号码; check character ISO 7064 MOD 11-2).
Every ``check_*`` takes what a person typed, returns the canonical text, and raises :class:`IdentifierError`, whose
``message`` says what is wrong and ``remedy`` what to do. Messages never repeat the number: they may reach a log.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import date
from typing import Protocol

from flask_babel import lazy_gettext as _
from stdnum import luhn
from stdnum.cn import uscc as _uscc

from core.data.codes import normalise_code
from core.data.models.tenants import IdType

USCC_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_ID_CHECK = "10X98765432"
# GB/T 2260 provinces; 81, 82, 83 are the residence permits of Hong Kong, Macao and Taiwan residents; 9x is the
# permanent residence card for foreigners issued since December 2023. Counties are not looked up: their list
# changes every year and a true number must never be refused because our table is old.
_ID_PROVINCE = re.compile(r"1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[123]|9\d")


class Text(Protocol):
    """A string, or a lazily translated one."""

    def __str__(self) -> str: ...


class IdentifierError(ValueError):
    """A number that cannot be right. ``message``: what is wrong; ``remedy``: what to do. Neither repeats the number."""

    def __init__(self, message: Text, remedy: Text) -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy

    def __str__(self) -> str:
        return str(self.message)


# ---------------------------------------------------------------------------------------------- organisations


def uscc_check_character(body: str) -> str:
    """The eighteenth character for the first seventeen (GB 32100-2015, 4.4). ValueError outside the alphabet."""
    return str(_uscc.calc_check_digit(body[:17]))


def check_uscc(text: str) -> str:
    """A 统一社会信用代码 in canonical form.

    python-stdnum demands eight leading digits; the two leading characters may be letters (for instance N2, rural
    collectives), so only its check character is used here.
    """
    code = normalise_code(text)
    look_again = _("请对照营业执照重新填写 18 位统一社会信用代码。")
    if len(code) != 18:
        raise IdentifierError(_("统一社会信用代码应为 18 位，这里是 %(count)s 位。", count=len(code)), look_again)
    if any(c not in USCC_ALPHABET for c in code):
        raise IdentifierError(
            _("统一社会信用代码只含数字和大写字母，且不用 I、O、S、V、Z。"),
            _("请检查是否把数字 0、1、2、5 写成了字母 O、I、Z、S。"),
        )
    if not code[2:8].isdigit():
        raise IdentifierError(_("统一社会信用代码第 3 至 8 位（登记机关区划）应为数字。"), look_again)
    if uscc_check_character(code) != code[17]:
        raise IdentifierError(_("统一社会信用代码的校验码不符，可能有错字或漏字。"), look_again)
    return code


# ---------------------------------------------------------------------------------------------- people


def id_check_character(body: str) -> str:
    """The eighteenth character of a resident identity number for its first seventeen digits."""
    return _ID_CHECK[sum(int(d) * w for d, w in zip(body[:17], _ID_WEIGHTS, strict=True)) % 11]


def birth_date(number: str) -> date | None:
    """The date coded in an 18-character identity number, or None where there is none."""
    try:
        return date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return None


def check_resident_id(text: str) -> str:
    """An 18-character 公民身份号码, residence permits beginning with 81, 82 and 83 included.

    python-stdnum refuses those three and every county its table lacks, so the checksum and the date decide.
    """
    number = normalise_code(text)
    look_again = _("请对照证件重新填写；表格中该列请设为“文本”格式。")
    if len(number) == 15 and number.isdigit():
        raise IdentifierError(_("这是 15 位的旧身份证号，已停止使用。"), _("请填写现行的 18 位身份证号。"))
    if len(number) != 18:
        raise IdentifierError(_("身份证号应为 18 位，这里是 %(count)s 位。", count=len(number)), look_again)
    if not (number[:17].isascii() and number[:17].isdigit()) or number[17] not in "0123456789X":
        raise IdentifierError(_("身份证号前 17 位应为数字，末位为数字或 X。"), look_again)
    if not _ID_PROVINCE.match(number):
        raise IdentifierError(_("身份证号开头的地区码不存在。"), look_again)
    # The foreigners' card carries its date at the same place; the century bound catches swapped digits.
    born = birth_date(number)
    if born is None or born.year < 1900:
        raise IdentifierError(_("身份证号中的出生日期不存在。"), look_again)
    if id_check_character(number) != number[17]:
        raise IdentifierError(_("身份证号的校验码不符，可能有错字或漏字。"), look_again)
    return number


def holds_id_number(text: str) -> bool:
    """Whether somebody's 公民身份号码 stands in a text: eighteen characters that could be nothing else."""
    for number in re.findall(r"(?<![0-9A-Za-z])\d{17}[0-9Xx](?![0-9A-Za-z])", unicodedata.normalize("NFKC", text)):
        try:
            check_resident_id(number)
        except IdentifierError:
            continue
        return True
    return False


def _check_hmt_residence_permit(text: str) -> str:
    number = check_resident_id(text)
    if number[:6] not in ("810000", "820000", "830000"):
        raise IdentifierError(
            _("港澳台居民居住证号码应以 810000、820000 或 830000 开头。"),
            _("如持居民身份证，请把证件类型改为“居民身份证”。"),
        )
    return number


def _check_passport(text: str) -> str:
    number = normalise_code(text)
    if not re.fullmatch(r"[A-Z0-9]{5,17}", number, re.ASCII):
        raise IdentifierError(_("护照号应为 5 至 17 位字母和数字。"), _("请对照证件核对号码和证件类型。"))
    return number


def _check_foreign_pr_card(text: str) -> str:
    """Old cards: three letters and twelve digits. Cards since 2023: eighteen characters beginning with 9."""
    number = normalise_code(text)
    if re.fullmatch(r"[A-Z]{3}\d{12}", number, re.ASCII):
        return number
    if number.startswith("9"):
        return check_resident_id(number)
    raise IdentifierError(
        _("外国人永久居留身份证号应为 3 个字母加 12 位数字，或以 9 开头的 18 位号码。"),
        _("请对照证件核对号码和证件类型。"),
    )


_PERSON_CHECKS: Mapping[IdType, Callable[[str], str]] = {
    IdType.RESIDENT: check_resident_id,
    IdType.HK_MO_TW: _check_hmt_residence_permit,
    IdType.PASSPORT: _check_passport,
    IdType.FOREIGN_PERMANENT: _check_foreign_pr_card,
}


def check_person_id(id_type: IdType, text: str) -> str:
    """The canonical number of a person's identity document of the given kind."""
    return _PERSON_CHECKS[id_type](text)


# ---------------------------------------------------------------------------------------------- accounts, phones


def check_bank_account(text: str) -> str:
    """A bank account or card number: 8 to 32 digits. Accounts of organisations have no common checksum."""
    number = normalise_code(text)
    if not re.fullmatch(r"\d{8,32}", number, re.ASCII):
        raise IdentifierError(_("银行账号应为 8 至 32 位数字。"), _("请对照开户许可证或银行卡重新填写。"))
    return number


def is_doubtful_card(number: str) -> bool:
    """Looks like a personal UnionPay card (62…, 16 to 19 digits) but fails its Luhn digit: worth a second look."""
    return number.startswith("62") and 16 <= len(number) <= 19 and not luhn.is_valid(number)


def check_phone(text: str) -> str:
    """A mainland mobile (11 digits) or a landline ``area-number[-extension]``; +86 is dropped."""
    raw = re.sub(r"[\s()]+", "", unicodedata.normalize("NFKC", text)).replace("—", "-")
    raw = re.sub(r"^(\+|00)86-?", "", raw)
    mobile = raw.replace("-", "")
    if re.fullmatch(r"1[3-9]\d{9}", mobile, re.ASCII):
        return mobile
    landline = re.fullmatch(r"(010|02\d|0[3-9]\d{2})-?(\d{7,8})(?:-(\d{1,6}))?", raw, re.ASCII)
    if landline:
        return "-".join(part for part in landline.groups() if part)
    raise IdentifierError(_("电话应为 11 位手机号，或带区号的座机号。"), _("例如 13800000000，或 021-65000000。"))


def comparable_phone(text: str) -> str:
    """What one number is however it is written: its last eleven digits, for what stands before is the country's.
    Empty where there is no digit. For comparing what is on file, which may be no number at all."""
    return re.sub(r"\D+", "", unicodedata.normalize("NFKC", text))[-11:]


# ---------------------------------------------------------------------------------------------- masks


def mask(text: str, head: int, tail: int) -> str:
    """Keep ``head`` first and ``tail`` last characters; everything is hidden where that would hide fewer than half."""
    hidden = len(text) - head - tail
    if hidden * 2 < len(text) - 1:
        return "*" * len(text)
    return text[:head] + "*" * hidden + text[len(text) - tail :]


def mask_id(number: str) -> str:
    """``310109********123X``; shorter documents keep the first two and last two characters."""
    return number[:6] + "********" + number[-4:] if len(number) == 18 else mask(number, 2, 2)


def mask_account(number: str) -> str:
    """Only the last four digits: ``************1234``."""
    return mask(number, 0, 4)


def mask_phone(number: str) -> str:
    """``138****0000``; of a landline only the last two digits."""
    return number[:3] + "****" + number[-4:] if len(number) == 11 and number.isdigit() else mask(number, 0, 2)


def mask_name(name: str) -> str:
    """``王*``, ``王*明``: the family name and, from three characters on, the last one."""
    if len(name) < 2:
        return "*" * len(name)
    return name[0] + "*" if len(name) == 2 else name[0] + "*" * (len(name) - 2) + name[-1]
