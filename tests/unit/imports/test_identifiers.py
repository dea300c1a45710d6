"""Identity numbers: the standards' own examples, every single-character error, and what people really type."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.data.models.tenants import IdType
from core.services import identifiers as ids

VALID_USCC = ["91110000600037341L", "91310109MA1G5XY15Q"]


@pytest.mark.parametrize("code", VALID_USCC)
def test_valid_organisation_codes(code: str) -> None:
    assert ids.check_uscc(code) == code


def test_code_beginning_with_a_letter() -> None:
    body = "N2310109MA1G5XY15"
    code = body + ids.uscc_check_character(body)
    assert ids.check_uscc(code) == code


@pytest.mark.parametrize(
    "typed",
    [
        " 91310109ma1g5xy15q ",
        "91310109 MA1G5XY15Q",
        "９１３１０１０９ＭＡ１Ｇ５ＸＹ１５Ｑ",
        "91310109-MA1G5XY15-Q",
        "\ufeff91310109MA1G5XY15Q\u200b",
    ],
)
def test_organisation_code_as_typed(typed: str) -> None:
    assert ids.check_uscc(typed) == "91310109MA1G5XY15Q"


@pytest.mark.parametrize(
    ("code", "word"),
    [
        ("91310109MA1G5XY15", "17"),
        ("91310109MA1G5XY15R", "校验码"),
        ("9131O109MA1G5XY15Q", "I、O、S、V、Z"),
        ("9131A109MA1G5XY15Q", "第 3 至 8 位"),
        ("", "0 位"),
    ],
)
def test_wrong_organisation_code_says_what(code: str, word: str) -> None:
    with pytest.raises(ids.IdentifierError) as caught:
        ids.check_uscc(code)
    assert word in str(caught.value)
    assert str(caught.value.remedy)
    assert not code or code not in str(caught.value)


@given(st.sampled_from(VALID_USCC), st.integers(0, 17), st.sampled_from(ids.USCC_ALPHABET))
def test_any_one_wrong_character_is_found(code: str, at: int, character: str) -> None:
    changed = code[:at] + character + code[at + 1 :]
    if changed == code:
        assert ids.check_uscc(changed) == code
    else:
        with pytest.raises(ids.IdentifierError):
            ids.check_uscc(changed)


@given(
    st.sampled_from(["310109", "110101", "810000", "820000", "830000", "910310"]),
    st.dates(min_value=date(1930, 1, 1), max_value=date(2026, 11, 24)),
    st.integers(0, 999),
    st.integers(0, 16),
    st.integers(0, 9),
)
def test_identity_number_checksum(place: str, born: object, order: int, at: int, digit: int) -> None:
    body = f"{place}{str(born).replace('-', '')}{order:03}"
    number = body + ids.id_check_character(body)
    assert ids.check_resident_id(number.lower()) == number
    assert str(ids.birth_date(number)) == str(born)
    changed = number[:at] + str(digit) + number[at + 1 :]
    if changed != number:
        with pytest.raises(ids.IdentifierError):
            ids.check_resident_id(changed)


@pytest.mark.parametrize(
    ("number", "word"),
    [
        ("310109900307123", "15 位"),
        ("31010919900307123", "17"),
        ("3101091990030712AX", "前 17 位"),
        ("010109199003071234", "地区码"),
        ("310109199002301234", "出生日期"),
        ("310109199003071234", "校验码"),
        ("３１０１０９１９９００３０７１２３٣", "末位"),
    ],
)
def test_wrong_identity_number_says_what(number: str, word: str) -> None:
    with pytest.raises(ids.IdentifierError) as caught:
        ids.check_resident_id(number)
    assert word in str(caught.value)
    assert number not in str(caught.value) + str(caught.value.remedy)


def with_check(body: str) -> str:
    return body + ids.id_check_character(body)


@pytest.mark.parametrize(
    ("id_type", "number"),
    [
        (IdType.RESIDENT, with_check("31010919900307123")),
        (IdType.HK_MO_TW, with_check("81000019900307123")),
        (IdType.HK_MO_TW, with_check("83000019900307123")),
        (IdType.PASSPORT, "E12345678"),
        (IdType.FOREIGN_PERMANENT, "USA310099010112"),
        (IdType.FOREIGN_PERMANENT, with_check("91084019900307123")),
    ],
)
def test_each_kind_of_document(id_type: IdType, number: str) -> None:
    assert ids.check_person_id(id_type, number) == number


@pytest.mark.parametrize(
    ("id_type", "number"),
    [
        (IdType.HK_MO_TW, with_check("31010919900307123")),
        (IdType.PASSPORT, "护照123"),
        (IdType.FOREIGN_PERMANENT, with_check("31010919900307123")),
    ],
)
def test_number_of_another_document_is_refused(id_type: IdType, number: str) -> None:
    with pytest.raises(ids.IdentifierError):
        ids.check_person_id(id_type, number)


@pytest.mark.parametrize(
    ("typed", "phone"),
    [
        ("138 0000 0000", "13800000000"),
        ("+86-13800000000", "13800000000"),
        ("１３８００００００００", "13800000000"),
        ("(021)65000000", "021-65000000"),
        ("021-65000000-801", "021-65000000-801"),
    ],
)
def test_phones(typed: str, phone: str) -> None:
    assert ids.check_phone(typed) == phone


@pytest.mark.parametrize("typed", ["12800000000", "65000000", "1380000000", "abc", ""])
def test_wrong_phones(typed: str) -> None:
    with pytest.raises(ids.IdentifierError):
        ids.check_phone(typed)


def test_bank_accounts() -> None:
    assert ids.check_bank_account("6222 0200 0000 0000 000") == "6222020000000000000"
    assert ids.is_doubtful_card("6222020000000000001")
    assert not ids.is_doubtful_card("31001550400050000000")
    with pytest.raises(ids.IdentifierError):
        ids.check_bank_account("1.23E+18")


def test_masks() -> None:
    assert ids.mask_id("31010919900307123X") == "310109********123X"
    assert ids.mask_id("E12345678") == "E1*****78"
    assert ids.mask_account("6222020000000001234") == "***************1234"
    assert ids.mask_phone("13800001234") == "138****1234"
    assert [ids.mask_name(n) for n in ("王", "王喆", "欧阳䶮堃", "")] == ["*", "王*", "欧**堃", ""]


@given(st.text(max_size=40), st.integers(0, 8), st.integers(0, 8))
def test_a_mask_never_shows_half_or_more_of_a_short_text(text: str, head: int, tail: int) -> None:
    masked = ids.mask(text, head, tail)
    assert len(masked) == len(text)
    assert sum(m != "*" for m, c in zip(masked, text, strict=True) if c != "*") <= (len(text) + 1) // 2
