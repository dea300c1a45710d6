"""The one place that makes Stripe's client, and turns its errors into sentences for people."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import stripe
import structlog

from core.config import Settings
from core.errors import Conflict, DomainError, Unavailable

log = structlog.get_logger()

CURRENCY = "cny"
TIMEOUT = (5.0, 20.0)  # seconds to connect, and to answer
RETRIES = 1  # by the library, with the same idempotency key; what fails then is asked again by whoever asked
HOSTED = ("https://checkout.stripe.com", "https://billing.stripe.com")  # where forms of ours may lead

stripe.enable_telemetry = False  # nothing about our requests but the requests


def make_client(settings: Settings, http: stripe.HTTPClient | None = None) -> stripe.StripeClient | None:
    """The client of the instance's account; None where no key is set. `http` is another way to the same protocol."""
    if not settings.stripe_secret_key:
        return None
    base = settings.stripe_api_base or stripe.DEFAULT_API_BASE
    return stripe.StripeClient(
        settings.stripe_secret_key,
        base_addresses={"api": base},
        http_client=http or stripe.RequestsClient(timeout=TIMEOUT),
        max_network_retries=RETRIES,
    )


def live(settings: Settings) -> bool:
    """Whether the key moves money, and is not one for trials."""
    return settings.stripe_secret_key.startswith(("sk_live_", "rk_live_"))


def form_targets(settings: Settings) -> tuple[str, ...]:
    """Origins that a form of ours may be redirected to: Stripe's pages, where a key is set."""
    if not settings.stripe_secret_key:
        return ()
    if not settings.stripe_api_base:
        return HOSTED
    parts = urlsplit(settings.stripe_api_base)
    return (f"{parts.scheme}://{parts.netloc}",)


@contextmanager
def told() -> Iterator[None]:
    """What Stripe refuses or fails to do, as a domain error. The log has Stripe's own words, no page has."""
    try:
        yield
    except stripe.StripeError as error:
        log.warning("stripe", error=type(error).__name__, code=error.code, request=error.request_id)
        raise _in_words(error) from error


def _in_words(error: stripe.StripeError) -> DomainError:
    if error.code == "amount_too_small":
        return Conflict("金额太小，在线支付不收；请用银行转账")
    if error.code in ("charge_already_refunded", "refund_exceeds_amount"):
        return Conflict("Stripe上这笔已经退过款，正在核对；请稍后刷新")
    if isinstance(error, stripe.AuthenticationError | stripe.PermissionError):
        return Unavailable("在线支付的密钥不能用，请平台管理员检查设置；账单和转账不受影响")
    if isinstance(error, stripe.InvalidRequestError | stripe.IdempotencyError):
        return Conflict("Stripe没有接受这个请求，什么都没有发生；请稍后再试，仍不行请联系平台管理员")
    return Unavailable("Stripe暂时没有答复，什么都没有丢；请过几分钟再试，不会重复收款或退款")
