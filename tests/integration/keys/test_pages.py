"""密钥 on the site and on the command line: two people, sentences for what is wrong, what is published."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pytest
from click.testing import Result
from sqlalchemy import select

from core import today
from core.commands import checkup_keys
from core.data import models as m
from core.jobs import signing
from core.letters.store import Store
from tests import factories as f
from tests.integration.conftest import Client
from tests.integration.keys.conftest import LETTERS, House
from tests.support.signing import put

pytestmark = pytest.mark.one_engine

Who = Callable[..., Client]
Command = Callable[..., Result]


def only(house: House, state: m.KeyState) -> m.SigningKey:
    house.session.expire_all()
    return house.session.scalars(
        select(m.SigningKey).where(m.SigningKey.state == state, m.SigningKey.purpose == LETTERS)
    ).one()


def test_two_administrators_change_the_key_on_the_page(house: House, client_as: Who) -> None:
    put(house.settings.signing / "2027", house.settings.signing, name="示例区人才服务中心 2027")
    one, two = client_as(house.one), client_as(house.two)
    page = one.get("/admin/keys")
    assert page.status_code == 200
    assert "尚未登记" in page.text
    assert "2027 · 通知书签名证书" in page.text
    answer = one.post("/admin/keys/proposals", data={"place": "letters:2027", "reason": "到期更换"})
    assert answer.status_code == 302
    key = only(house, m.KeyState.PROPOSED)
    assert "不能自己确认" in one.get("/admin/keys").text
    refused = one.post(f"/admin/keys/{key.id}/confirmation")
    assert refused.status_code == 403
    assert "确认换用" in two.get("/admin/keys").text
    assert two.post(f"/admin/keys/{key.id}/confirmation").status_code == 302
    assert only(house, m.KeyState.IN_USE).id == key.id
    shown = two.get("/admin/keys").text
    assert key.fingerprint in shown
    assert "以前的密钥" in shown
    notices = house.session.scalars(select(m.Notice.kind).where(m.Notice.kind.like("key_%"))).all()
    assert sorted(notices) == ["key_changed", "key_proposed"]


def test_what_is_wrong_is_said_in_the_form(house: House, client_as: Who) -> None:
    put(house.settings.signing / "2027", house.settings.signing)
    (house.settings.signing / "2027" / "signer.key.pem").chmod(0o644)
    one = client_as(house.one)
    answer = one.post("/admin/keys/proposals", data={"place": "letters:2027", "reason": "到期更换"})
    assert answer.status_code == 422
    assert "chmod 600" in answer.text
    assert one.post("/admin/keys/proposals", data={"place": "letters:../x", "reason": "到期"}).status_code == 422
    assert house.session.scalars(select(m.SigningKey)).all() == []


def test_the_second_person_may_say_no_with_a_reason(house: House, client_as: Who) -> None:
    put(house.settings.signing / "2027", house.settings.signing)
    key = house.propose(LETTERS, "2027")
    two = client_as(house.two)
    bare = two.post(f"/admin/keys/{key.id}/withdrawal", data={"why": ""})
    assert bare.status_code == 422
    assert "请写明退回的原因" in bare.text
    assert two.post(f"/admin/keys/{key.id}/withdrawal", data={"why": "指纹与发文机关告知的不一致"}).status_code == 302
    assert only(house, m.KeyState.WITHDRAWN).why == "指纹与发文机关告知的不一致"
    assert "被退回" in two.get("/admin/keys").text
    assert "已撤回" not in two.get("/admin/keys").text
    own = house.propose(LETTERS, "2027")
    one = client_as(house.one)
    assert one.post(f"/admin/keys/{own.id}/withdrawal", data={"why": ""}).status_code == 302
    assert "已撤回" in one.get("/admin/keys").text


def test_what_was_never_written_down_can_be_given_up_at_once(house: House, client_as: Who) -> None:
    one = client_as(house.one)
    assert "现在登记" in one.get("/admin/keys").text
    assert one.post("/admin/keys/records").status_code == 302
    key = only(house, m.KeyState.IN_USE)
    assert (key.found, "现在登记" in one.get("/admin/keys").text) == (True, False)
    data = {"cause": "compromised", "since": today().date().isoformat(), "why": "服务器被盗"}
    assert one.post(f"/admin/keys/{key.id}/retirement", data=data).status_code == 302
    assert only(house, m.KeyState.COMPROMISED).id == key.id
    assert (
        client_as(f.user(house.session, m.Role.AUDITOR, district=house.scene.district))
        .post("/admin/keys/records")
        .status_code
        == 403
    )


def test_of_the_time_stamp_service_the_host_alone_is_shown(house: House, client_as: Who) -> None:
    settings = replace(house.settings, tsa_url="https://name:secret@tsa.example.cn/path?token=t0p")
    house.app.extensions["settings"] = settings
    shown = client_as(house.one).get("/admin/keys").text
    told = "".join(it.state for it in checkup_keys.signing(house.app))
    for text in (shown, told):
        assert "tsa.example.cn" in text
        assert [it for it in ("name:", "secret@", "/path", "t0p") if it in text] == []


def test_a_letter_whose_signer_is_not_to_be_trusted_is_not_said_to_be_changed(house: House) -> None:
    letter = house.issue()
    house.adopt()
    house.retire(LETTERS, "compromised", today().date())
    sent = {"file": (BytesIO(house.pdf(letter)), "letter.pdf")}
    told = house.app.test_client().post("/verify", data=sent, content_type="multipart/form-data").text
    assert "签名人或签名时间不可信，请勿采信" in told
    assert "已被改动" not in told
    assert "不再有效；原因" not in told


def test_a_key_is_given_up_on_the_page_and_the_house_says_so(house: House, client_as: Who) -> None:
    house.adopt()
    key, one = only(house, m.KeyState.IN_USE), client_as(house.one)
    data = {"cause": "compromised", "since": "2199-01-01", "why": "服务器被盗"}
    late = one.post(f"/admin/keys/{key.id}/retirement", data=data)
    assert late.status_code == 422
    assert "日期不能晚于今天" in late.text
    data["since"] = f"{key.confirmed_at:%Y-%m-%d}"
    assert one.post(f"/admin/keys/{key.id}/retirement", data=data).status_code == 302
    assert only(house, m.KeyState.COMPROMISED).since is not None
    for path in ("/admin", "/admin/keys"):
        assert "暂停签名" in one.get(path).text
    assert one.get("/healthz").json["signing"] == "stopped"


def test_nobody_else_sees_the_page_and_everybody_what_is_published(house: House, client_as: Who) -> None:
    signing.sign(house.app)
    stranger = client_as(f.user(house.session, m.Role.AUDITOR, district=house.scene.district))
    assert stranger.get("/admin/keys").status_code == 403
    anybody = house.app.test_client()
    assert anybody.get("/keys/statement").text.startswith("hongcai-keys/1\n")
    assert "BEGIN CERTIFICATE" in anybody.get("/keys/roots").text
    assert "PRIVATE" not in anybody.get("/keys/roots").text


def test_the_command_line_takes_the_same_two_people(
    house: House, command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    letter = house.issue()
    assert command("keys", "make", "log", "log2027").exit_code == 0
    assert command("keys", "make", "letters", "2027").exit_code == 0
    assert "BEGIN CERTIFICATE REQUEST" in (house.settings.signing / "2027" / "signer.csr.pem").read_text()
    assert command("keys", "make", "letters", "2027").exit_code != 0
    words = ("keys", "propose", "log", "log2027", "--reason", "每年更换")
    assert "没有账户" in command(*words, "--by", "nobody@example.org").output
    proposed = command(*words, "--by", house.one.email)
    assert proposed.exit_code == 0, proposed.output
    number = proposed.output.split()[0]
    again = command("keys", "confirm", number, "--by", house.one.email)
    assert again.exit_code != 0
    assert "不能自己确认" in again.output
    assert command("keys", "confirm", number, "--by", house.two.email).exit_code == 0
    listed = command("keys", "list").output
    assert "proposed by 甲, confirmed by 乙" in listed
    assert '"state": "in_use"' in command("keys", "list", "--json").output
    day = f"{letter.issued_on}"
    given_up = ("keys", "retire", "letters", "--since", day, "--why", "服务器被盗", "--by", house.one.email)
    assert command(*given_up).exit_code != 0  # lost or compromised must be said
    assert command(*given_up, "--compromised").exit_code == 0
    file = tmp_path / "letter.pdf"
    file.write_bytes(Store(house.settings.letters).get(letter.file_sha256 or ""))
    told = command("verify", file, "--language", "zh")
    assert told.exit_code == 1
    assert "已声明泄露" in told.output
    assert command("keys", "roots", tmp_path / "roots.pem").exit_code == 0
    assert command("keys", "statement", tmp_path / "keys.note").exit_code == 0
    public = house.settings.signing / "log.keys"
    monkeypatch.setenv("HONGCAI_VAR", str(tmp_path / "elsewhere"))  # on a machine of the auditor's
    outside = ("verify", file, "--trust", tmp_path / "roots.pem", "--log-key", public, "--language", "zh")
    assert command(*outside).exit_code == 0  # who was not told cannot know
    assert command(*outside, "--keys", tmp_path / "keys.note").exit_code == 1
    (tmp_path / "keys.note").write_text((tmp_path / "keys.note").read_text().replace("compromised", "lost"))
    forged = command(*outside, "--keys", tmp_path / "keys.note")
    assert "was changed" in forged.output
