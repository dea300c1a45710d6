"""The pictures of the README and docs: real pages of the running demonstration, in docs/images/.

    make demo                                        # in one terminal
    .venv/bin/python scripts/screenshots.py          # in another; --only NAME for some, --list for their names

Each page is taken as a person of the demonstration sees it, on a desktop (1440 × 900) and a phone (390 × 844).
"""

from __future__ import annotations

import argparse
import io
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from urllib.parse import urljoin

from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Error, Page, sync_playwright

from core.commands.demo_district import HOST, PASSWORD
from tests.support.browser import DESKTOP, PHONE, NoBrowser, launch

OUT = Path(__file__).resolve().parent.parent / "docs" / "images"
LARGEST = 200_000  # bytes; a README loads them all


@dataclass(frozen=True)
class Shot:
    """One page. `follow` is a selector of a link to click first, for pages whose address differs from run to run;
    `>>>` between several of them, clicked one after the other."""

    name: str
    path: str
    account: str = ""  # the e-mail of who looks; empty: a visitor
    follow: str = ""
    devices: tuple[str, ...] = ("desktop", "phone")
    language: str = "zh_Hans_CN"
    whole: bool = False  # the whole page, not only what fits the window


def _as(name: str) -> str:
    return f"{name}@{HOST}"


ROW = "a.row-link, .list-results tbody a"
RENT_POOL = ".budget h2 a:has-text('房租')"
HOUSE = _as("operator-harbour")  # three sites, two hundred tenants

SHOTS = (
    Shot("home", "/"),
    Shot("sign-in", "/account/login", devices=("phone",)),
    Shot("verify", "/verify"),
    Shot("policies", "/policies"),
    Shot("policy", "/policies/rent_subsidy", whole=True),
    Shot("announcements", "/announcements"),
    Shot("log", "/log", _as("auditor"), whole=True),
    Shot("notices", "/notices", _as("first")),
    Shot("notice-choices", "/account", _as("founder"), whole=True),
    Shot("notice-mails", "/admin/notices", _as("platform")),
    Shot("startup-home", "/home/startup", _as("founder")),
    Shot("startup-profile", "/tenants/mine", _as("founder"), whole=True),
    Shot("startup-case", "/cases", _as("founder"), follow=ROW, whole=True),
    Shot("startup-form", "/cases", _as("applicant"), follow=ROW, whole=True),
    Shot("correction", "/cases?state=returned", _as("correcting"), follow=ROW, whole=True),
    Shot("package", "/cases?outside=approved", _as("founder"), follow=ROW, whole=True),
    Shot("filing", "/cases?outside=filed", _as("window"), follow=f"{ROW}>>>#filings a[href*='/filings/']", whole=True),
    Shot("operator-home", "/home/operator", HOUSE),
    Shot("tenants", "/tenants", HOUSE),
    Shot("tenant", "/tenants?stage=incubator", HOUSE, follow=ROW, whole=True),
    Shot("growth", "/tenants?stage=accelerator", HOUSE, follow=f"{ROW}>>>a[href$='/indicators']", whole=True),
    Shot("duplicates", "/tenants/duplicates", HOUSE),
    Shot("enquiries", "/enquiries", HOUSE),
    Shot("enquiry", "/enquiries?state=offered", HOUSE, follow=ROW, whole=True),
    Shot("sites", "/sites", HOUSE),
    Shot("site", "/sites", HOUSE, follow="a[href^='/sites/']:has-text('北港孵化器')", whole=True),
    Shot(
        "plan", "/sites", HOUSE, follow="a[href^='/sites/']:has-text('北港孵化器')>>>a[href^='/floors/']:has-text('3F')"
    ),
    Shot("timeline", "/sites", HOUSE, follow="a[href^='/sites/'][href$='/timeline']"),
    Shot("spaces", "/spaces", HOUSE),
    Shot("leases", "/leases", HOUSE),
    Shot("lease", "/leases?phase=offered", HOUSE, follow=ROW, whole=True),
    Shot("bills", "/bills", HOUSE),
    Shot("bill", "/bills", HOUSE, follow=ROW, whole=True),
    Shot("tax-invoices", "/tax-invoices", HOUSE),
    Shot("tax-invoice", "/tax-invoices?state=requested", HOUSE, follow=ROW, whole=True),
    Shot(
        "tax-invoice-request", "/bills?kind=extra", HOUSE, follow=f"{ROW}>>>main a[href$='/tax-invoices']", whole=True
    ),
    Shot("income", "/income", HOUSE, whole=True),
    Shot("billing", "/bills/runs?month=2026-12", HOUSE, whole=True),
    Shot("bank", "/bank", HOUSE),
    Shot("bank-desk", "/bank/desk", HOUSE, whole=True),
    Shot("bank-line", "/bank/desk?show=likely", HOUSE, follow=".waits-acts a", whole=True),
    Shot("bank-import", "/bank/import", HOUSE, whole=True),
    Shot("arrears", "/arrears", HOUSE),
    Shot("arrears-tenant", "/arrears?sort=oldest", HOUSE, follow=ROW, whole=True),
    Shot("dunning", "/dunning", HOUSE, whole=True),
    Shot("dunning-rules", "/dunning/rules", HOUSE, whole=True),
    Shot(
        "tenant-account",
        "/arrears?sort=oldest",
        HOUSE,
        follow=f"{ROW}>>>.head a[href$='/account']",
        whole=True,
    ),
    Shot("meters", "/meters", HOUSE, whole=True),
    Shot("meter", "/meters?serves=unit", HOUSE, follow=ROW, whole=True),
    Shot("meter-sheet", "/meters/sheet?on=2026-10-31", HOUSE),
    Shot("utilities", "/meters/billing?month=2026-10", HOUSE, whole=True),
    Shot("lease-form", "/leases/new", HOUSE, whole=True),
    Shot("board", "/stages/board", HOUSE),
    Shot("readiness", "/stages/readiness", HOUSE),
    Shot("forecast", "/stages/forecast", HOUSE),
    Shot("criteria", "/stages/criteria", HOUSE, whole=True),
    Shot("parameters", "/policies/rent_subsidy/parameters", _as("district"), whole=True),
    Shot("rounds", "/rounds", _as("operator-harbour-2")),
    Shot("round", "/rounds", _as("operator-harbour-2"), follow="main tbody a", whole=True),
    Shot("mentors", "/mentors", HOUSE),
    Shot("mentor", "/mentors?sort=-taken", HOUSE, follow=ROW, whole=True),
    Shot("mentor-form", "/mentors/new", HOUSE, whole=True),
    Shot("mentoring", "/mentors?sort=-taken", HOUSE, follow=f"{ROW}>>>a[href$='/mentoring']", whole=True),
    Shot("startup-mentor", "/mentoring", _as("founder"), whole=True),
    Shot("rooms", "/bookings", HOUSE),
    Shot("events", "/activities", HOUSE),
    Shot("event", "/activities", HOUSE, follow=ROW, whole=True),
    Shot("startup-rooms", "/bookings", _as("founder")),
    Shot("imports", "/imports", _as("operator-state-park")),
    Shot("desk", "/home/desk", _as("window")),
    Shot("queue", "/cases", _as("first")),
    Shot("case", "/cases?state=accepted", _as("first"), follow=ROW, whole=True),
    Shot("oversight", "/oversight", _as("district"), whole=True),
    Shot("order", "/oversight/orders?state=waiting", _as("window"), follow=ROW, whole=True),
    Shot("holidays", "/holidays", _as("district"), whole=True),
    Shot("paper", "/cases?state=accepted", _as("first"), follow=f"{ROW}>>>.files a[data-paper]", devices=("phone",)),
    Shot("pools", "/pools", _as("approver"), whole=True),
    Shot("pool", "/pools", _as("district"), follow=RENT_POOL, whole=True),
    Shot("pool-entries", "/pools", _as("auditor"), follow=f"{RENT_POOL}>>>.tabs a[href$='/entries']"),
    Shot("pool-waiting", "/pools", _as("payer"), follow=f"{RENT_POOL}>>>.tabs a[href$='/waiting']"),
    Shot("pool-change", "/pools", _as("approver"), follow="a[href^='/pools/changes/']", whole=True),
    Shot("case-waiting", "/pools", _as("approver"), follow=f"{RENT_POOL}>>>.tabs a[href$='/waiting']>>>{ROW}"),
    Shot("pool-new", "/pools/new", _as("district"), whole=True),
    Shot("desks", "/cases?desks=objected", _as("first"), follow=ROW, whole=True),
    Shot("publication", "/publications", _as("second"), follow=ROW, whole=True),
    Shot("objected", "/cases?state=objected", _as("window"), follow=ROW, whole=True),
    Shot("announcement", "/announcements", follow="main tbody a", whole=True),
    Shot("appeal-form", "/cases?state=refused", _as("appellant"), follow=ROW, whole=True),
    Shot("appeal", "/cases?state=appealed", _as("approver"), follow=ROW, whole=True),
    Shot("statement-form", "/cases?state=revoking", _as("heard"), follow=ROW, whole=True),
    Shot("hearing", "/cases?state=revoking", _as("approver"), follow=ROW, whole=True),
    Shot("recovery", "/cases?state=recovery", _as("second"), follow=ROW, whole=True),
    Shot("letter-revoked", "/letters?status=revoked", _as("auditor"), follow=ROW, whole=True),
    Shot("payouts", "/payouts", _as("payer")),
    Shot("payable", "/payouts/payable", _as("payer")),
    Shot("payout", "/payouts?state=settled", _as("payer"), follow=ROW, whole=True),
    Shot("payout-release", "/payouts?state=prepared", _as("payer-2"), follow=ROW, whole=True),
    Shot("payment", "/payouts?state=settled", _as("payer"), follow=f"{ROW}>>>main a[href*='/payments/']", whole=True),
    Shot("payout-results", "/payouts?state=sent", _as("payer"), follow=f"{ROW}>>>main a[href$='/results']"),
    Shot(
        "payee", "/payouts/payable?standing=changing", _as("approver"), follow=f"{ROW}>>>a[href$='/payee']", whole=True
    ),
    Shot("recoveries", "/recoveries", _as("approver")),
    Shot("recovery", "/recoveries?state=decided", _as("payer"), follow=ROW, whole=True),
    Shot("reconciliation", "/payouts/reconciliation", _as("auditor"), whole=True),
    Shot("letters", "/letters", _as("auditor")),
    Shot("letter", "/letters?policy=rent_subsidy&sort=-amount_fen", _as("auditor"), follow=ROW),
    Shot("trail", "/events", _as("auditor")),
    Shot("admin", "/admin", _as("platform")),
    Shot("sign-ins", "/admin/sign-ins", _as("security")),
    Shot("platform-people", "/people", _as("security")),
    Shot("platform-trail", "/events", _as("audit-admin")),
    Shot("reads", "/reads", _as("audit-admin")),
    # These two want HONGCAI_SUBSCRIPTIONS=on.
    Shot("subscription", "/subscription", HOUSE, whole=True),
    Shot("subscriptions", "/admin/subscriptions", _as("platform")),
    Shot("plugins", "/admin/plugins", _as("platform")),
    Shot("people", "/people", _as("district")),
    Shot("account", "/account", _as("district")),
    Shot("english", "/policies/rent_subsidy", language="en", devices=("desktop",)),
    Shot("design", "/design", devices=("desktop",), whole=True),
)

DEVICES: dict[str, dict[str, object]] = {
    "desktop": {"viewport": DESKTOP, "device_scale_factor": 1},
    "phone": {"viewport": PHONE, "device_scale_factor": 2, "is_mobile": True, "has_touch": True},
}


def sign_in(page: Page, base: str, account: str) -> None:
    """Through the form, second step included: demonstration accounts are shown their code on the page."""
    page.goto(urljoin(base, "/account/login"))
    page.fill("input[name=email]", account)
    page.fill("input[name=password]", PASSWORD)
    with page.expect_navigation():
        page.click("form:has(input[name=password]) button[type=submit]")
    if "/account/login" in page.url:
        raise LookupError(f"{account} could not sign in: has `hongcai seed demo` been run?")
    for _ in range(3):  # a code opens the door once; who comes often waits for the next
        if not page.locator("input[name=code]").count():
            return
        code = re.search(r"(?<!\d)\d{6}(?!\d)", page.inner_text("main, body"))
        if code is None:
            raise LookupError(f"{account} needs a code and the page shows none: is this the demonstration?")
        page.fill("input[name=code]", code[0])
        with page.expect_navigation():
            page.click("form:has(input[name=code]) button[type=submit]")
        if page.locator("input[name=code]").count():
            page.wait_for_timeout(31_000)
            page.reload()
    raise LookupError(f"{account}: no code opened the door")


def take(context: BrowserContext, base: str, shot: Shot) -> bytes:
    page = context.new_page()
    answer = page.goto(urljoin(base, shot.path))
    if shot.follow:
        for selector in shot.follow.split(">>>"):
            page.locator(selector).first.click()
            page.wait_for_load_state()
    elif answer is None or not answer.ok:
        raise LookupError(f"{shot.path} answers {answer.status if answer else 'nothing'}")
    page.wait_for_load_state("networkidle")
    picture = page.screenshot(full_page=shot.whole, animations="disabled", caret="hide")
    page.close()
    return picture


def compressed(png: bytes) -> bytes:
    """The picture with as many colours as fit into `LARGEST` bytes; smaller if even 32 do not."""
    image = Image.open(io.BytesIO(png)).convert("RGB")
    while True:
        for colours in (256, 128, 64, 32):
            out = io.BytesIO()
            image.quantize(colours, dither=Image.Dither.NONE).save(out, "PNG", optimize=True)
            if out.tell() <= LARGEST:
                return out.getvalue()
        image = image.resize((image.width * 3 // 4, image.height * 3 // 4), Image.Resampling.LANCZOS)


def run(browser: Browser, base: str, shots: list[Shot], say: Callable[[str], None], out: Path) -> int:
    """Take `shots`; returns how many failed. Each account signs in once per device and language."""
    failed = 0
    wanted = [(device, shot.language, shot.account, shot) for shot in shots for device in shot.devices]
    wanted.sort(key=lambda each: each[:3])
    for (device, language, account), each in groupby(wanted, key=lambda each: each[:3]):
        group = [shot for *_, shot in each]
        context = browser.new_context(locale="zh-CN", timezone_id="Asia/Shanghai", **DEVICES[device])  # type: ignore[arg-type]
        context.add_cookies([{"name": "lang", "value": language, "url": base}])
        try:
            if account:
                sign_in(context.new_page(), base, account)
        except (LookupError, Error) as problem:
            say(f"error: {device}: {problem}")
            failed += len(group)
            group = []
        for shot in group:
            try:
                picture = compressed(take(context, base, shot))
            except (LookupError, Error) as problem:
                say(f"error: {shot.name} on {device}: {problem}")
                failed += 1
                continue
            file = out / f"{shot.name}-{device}.png"
            file.write_bytes(picture)
            say(f"{file}  {len(picture) // 1000} KB")
        context.close()
    return failed


def main() -> int:
    parser = argparse.ArgumentParser(description="Take the README's pictures from a running demonstration.")
    parser.add_argument("--base", default="http://127.0.0.1:8000", help="where it is served")
    parser.add_argument("--only", nargs="+", metavar="NAME", help="these alone")
    parser.add_argument("--out", type=Path, default=OUT, help="the folder to write to")
    parser.add_argument("--list", action="store_true", help="say the names and end")
    options = parser.parse_args()
    shots = [shot for shot in SHOTS if not options.only or shot.name in options.only]
    if options.list:
        print(*(f"{shot.name:<20} {shot.path}" for shot in shots), sep="\n")
        return 0
    options.out.mkdir(parents=True, exist_ok=True)
    try:
        with sync_playwright() as playwright, launch(playwright) as browser:
            return 1 if run(browser, options.base, shots, print, options.out) else 0
    except NoBrowser as problem:
        print(f"error: {problem}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
