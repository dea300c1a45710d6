"""One port for mail: a file in development, SMTP where it is configured."""

from __future__ import annotations

import smtplib
import ssl
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from pathlib import Path
from typing import Protocol, Self
from urllib.parse import parse_qs, unquote, urlsplit
from uuid import uuid4

TIMEOUT = 10  # seconds: a request may wait for this
PERMANENT = 500  # replies from here on will be the same next time (RFC 5321, 4.2.1)


class Mailer(Protocol):
    """Something that carries a message. Raises `OSError` (which `smtplib.SMTPException` is) when it cannot."""

    def send(self, message: EmailMessage) -> None: ...


@dataclass(frozen=True, slots=True)
class FileMailer:
    """Each message as an `.eml` file in `folder`, readable by the owner only: it may hold a link that opens a door."""

    folder: Path

    def send(self, message: EmailMessage) -> None:
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        path = (
            self.folder
            / f"{formatdate(localtime=False)[5:25].replace(' ', '-').replace(':', '')}-{uuid4().hex[:8]}.eml"
        )
        unfinished = path.with_suffix(".part")
        unfinished.touch(mode=0o600)
        unfinished.write_bytes(bytes(message))
        unfinished.replace(path)  # whoever watches the folder sees whole messages only


@dataclass(frozen=True, slots=True)
class SmtpMailer:
    """A mail server, by TLS from the first byte (`smtps://`) or after STARTTLS (`smtp://`)."""

    host: str
    port: int
    user: str
    password: str
    tls_first: bool
    sender: str

    @classmethod
    def from_url(cls, url: str) -> Self:
        """`smtps://user:password@host:465?from=hongcai@example.org`. ValueError says what is missing."""
        parts = urlsplit(url)
        if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
            raise ValueError("the mail server is given as smtps://user:password@host:port?from=address")
        user = unquote(parts.username or "")
        sender = parse_qs(parts.query).get("from", [user])[0]
        if "@" not in sender:
            raise ValueError("the mail server's address needs the sender: add ?from=address")
        tls_first = parts.scheme == "smtps"
        port = parts.port or (465 if tls_first else 587)
        return cls(parts.hostname, port, user, unquote(parts.password or ""), tls_first, sender)

    def send(self, message: EmailMessage) -> None:
        message["From"] = self.sender
        context = ssl.create_default_context()
        connection = (
            smtplib.SMTP_SSL(self.host, self.port, timeout=TIMEOUT, context=context)
            if self.tls_first
            else smtplib.SMTP(self.host, self.port, timeout=TIMEOUT)
        )
        with connection:
            if not self.tls_first:
                connection.starttls(context=context)
            if self.user:
                connection.login(self.user, self.password)
            connection.send_message(message)


def is_final(error: OSError) -> bool:
    """Whether the mail server refuses this very mail for good (5yz): trying again would not help."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return all(code >= PERMANENT for code, _said in error.recipients.values())
    return isinstance(error, smtplib.SMTPDataError) and error.smtp_code >= PERMANENT


def is_of_one(error: OSError) -> bool:
    """Whether the mail server took exception to this mail alone, so that others may still go."""
    return isinstance(error, smtplib.SMTPRecipientsRefused | smtplib.SMTPDataError)


def compose(to: str, subject: str, body: str) -> EmailMessage:
    """A plain-text message. Line breaks in `to` or `subject` are refused by the library, so none can add headers."""
    message = EmailMessage()
    message["To"], message["Subject"] = to, subject
    message["Date"], message["Message-ID"] = formatdate(localtime=False), make_msgid(domain="hongcai.invalid")
    message.set_content(body)
    return message
