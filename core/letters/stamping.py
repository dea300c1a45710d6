"""RFC 3161 time stamps over HTTP: asked for while signing, by the process that signs, and never after."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlsplit

from asn1crypto import cms
from pyhanko.sign.timestamps.requests_client import RequestsHTTPTimeStamper

from core.letters.errors import SigningError

SECONDS = 10


def host_of(url: str) -> str:
    """Which service it is: the address may hold a name and a password."""
    return urlsplit(url).netloc.rpartition("@")[2]


class TimeStampUnavailableError(SigningError):
    """The service did not answer, or did not answer with a time stamp: trying again may help."""


class NoTimeStampError(SigningError):
    """The service was away for too long."""

    def __init__(self) -> None:
        super().__init__(
            "the time stamp service did not answer for two hours: see that it runs, then have the job done again",
            "时间戳服务两小时没有响应：请检查服务，恢复后在任务页面重试",
        )


class Stamper(RequestsHTTPTimeStamper):
    """Asks one service. `roots` (DER) are those that its certificate must lead to."""

    def __init__(self, url: str, roots: Sequence[bytes]) -> None:
        super().__init__(url, timeout=SECONDS)  # type: ignore[no-untyped-call]
        self.roots = tuple(roots)
        self.host = host_of(url)

    async def async_timestamp(self, message_digest: bytes, md_algorithm: str) -> cms.ContentInfo:
        """The time stamp of a digest. Raises TimeStampUnavailableError."""
        try:
            return await super().async_timestamp(message_digest, md_algorithm)
        except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
            # What comes back is read by libraries that say in many ways that it is no time stamp.
            reason = error.__cause__ or error
            raise TimeStampUnavailableError(
                f"the time stamp service {self.host} gave no time stamp ({type(reason).__name__}): the letter waits, "
                "and is tried again",
                f"时间戳服务{self.host}没有给出时间戳（{type(reason).__name__}），稍后自动重试",
            ) from error
