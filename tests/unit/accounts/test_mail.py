"""Mail: composed so that nothing can be smuggled into its headers, and sent over TLS only."""

from __future__ import annotations

from email import message_from_bytes, policy

import pytest

from core.services import mail


@pytest.mark.parametrize("to", ["a@example.org\r\nBcc: b@example.org", "a@example.org\nX: y"])
def test_no_header_is_smuggled_in(to: str) -> None:
    with pytest.raises(ValueError, match=r"linefeed|newline"):
        mail.compose(to, "x", "y")
    with pytest.raises(ValueError, match=r"linefeed|newline"):
        mail.compose("a@example.org", to, "y")


def test_a_file_for_each_message(tmp_path) -> None:
    mailer = mail.FileMailer(tmp_path / "mail")
    for n in range(3):
        mailer.send(mail.compose("a@example.org", f"邀请 {n}", "您好：\n链接 https://example.org/x\n"))
    files = list((tmp_path / "mail").iterdir())
    assert len(files) == 3
    assert all(file.stat().st_mode & 0o077 == 0 for file in files)
    read = message_from_bytes(files[0].read_bytes(), policy=policy.default)
    assert read["Subject"].startswith("邀请")
    assert "您好" in read.get_content()


class FakeServer:
    """Records what smtplib's client is asked to do."""

    def __init__(self, host: str, port: int, *, timeout: float, context: object = None) -> None:
        self.calls: list[object] = [("connect", host, port, context is not None)]
        FakeServer.last = self

    def __enter__(self) -> FakeServer:
        return self

    def __exit__(self, *_: object) -> None:
        self.calls.append("quit")

    def starttls(self, *, context: object) -> None:
        self.calls.append("starttls")

    def login(self, user: str, password: str) -> None:
        self.calls.append(("login", user, password))

    def send_message(self, message) -> None:
        self.calls.append(("send", message["From"], message["To"]))


@pytest.mark.parametrize(
    ("url", "calls"),
    [
        (
            "smtps://robot%40example.org:p%3Ass@mail.example.org",
            [("connect", "mail.example.org", 465, True), ("login", "robot@example.org", "p:ss")],
        ),
        (
            "smtp://u:p@mail.example.org:2525?from=hongcai@example.org",
            [("connect", "mail.example.org", 2525, False), "starttls", ("login", "u", "p")],
        ),
        ("smtp://mail.example.org?from=hongcai@example.org", [("connect", "mail.example.org", 587, False), "starttls"]),
    ],
)
def test_a_server_by_its_address(monkeypatch, url: str, calls: list[object]) -> None:
    monkeypatch.setattr("smtplib.SMTP", FakeServer)
    monkeypatch.setattr("smtplib.SMTP_SSL", FakeServer)
    mailer = mail.SmtpMailer.from_url(url)
    mailer.send(mail.compose("a@example.org", "邀请", "您好"))
    assert FakeServer.last.calls[:-2] == calls
    assert FakeServer.last.calls[-2] == ("send", mailer.sender, "a@example.org")


@pytest.mark.parametrize("url", ["mail.example.org", "http://mail.example.org", "smtp://", "smtp://mail.example.org"])
def test_addresses_that_say_too_little(url: str) -> None:
    with pytest.raises(ValueError, match="mail server"):
        mail.SmtpMailer.from_url(url)


def test_the_password_is_not_in_the_settings_text() -> None:
    from core.config import Settings

    settings = Settings.load(
        {
            "HONGCAI_ENV": "test",
            "HONGCAI_VAR": "/tmp/x",
            "HONGCAI_SECRET_KEY": "11" * 32,
            "HONGCAI_MASTER_KEY": "22" * 32,
            "HONGCAI_SMTP_URL": "smtps://u:geheim@mail.example.org",
        }
    )
    assert "geheim" not in repr(settings)
