"""Someone in front of a browser: signs in, looks at pages, and complains about what the browser complains about."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Locator, Page, expect

# Two cores shared by browser, server and whatever else runs: patience costs nothing where all goes well.
PATIENCE = 30_000
expect.set_options(timeout=PATIENCE)


@dataclass
class Visitor:
    """One browser, with cookies of its own. `complaints` are its console errors: refused scripts and styles, failed
    requests, exceptions."""

    context: BrowserContext
    width: int
    page: Page = field(init=False)
    complaints: list[str] = field(default_factory=list)
    seen: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.context.set_default_timeout(PATIENCE)
        self.page = self.context.new_page()
        self.page.on("console", self._heard)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(f"{self.page.url}: {message.text}")

    def look(self, heading: str | None = None) -> None:
        """The page is the one expected (its h1), without complaints, accessible, and no wider than the screen."""
        if heading is not None:
            expect(self.page.locator("h1").first).to_contain_text(heading)
        self.page.wait_for_load_state("networkidle")
        assert self.complaints == []
        found = Axe().run(self.page).response["violations"]
        self.complaints.clear()  # axe measures with inline styles, which our policy rightly refuses
        grave = [
            f"{v['id']}: {node['target']} {node['html'][:200]}"
            for v in found
            if v["impact"] in ("serious", "critical")
            for node in v["nodes"][:3]
        ]
        assert grave == [], f"{self.page.url} is not accessible: {grave}"
        wide = self.page.evaluate("document.documentElement.scrollWidth")
        assert wide <= self.width, f"{self.page.url} is {wide} pixels wide on a screen of {self.width}"
        self.seen.append(self.page.url)

    @contextmanager
    def refused(self, status: int) -> Iterator[None]:
        """What is done here is answered with this status, which the browser reports and is no complaint."""
        with self.page.expect_response(lambda response: response.status == status):
            yield
        report = f"the server responded with a status of {status}"
        self.complaints = [c for c in self.complaints if report not in c]

    def open(self, path: str) -> None:
        answer = self.page.goto(path)
        assert answer is not None
        assert answer.ok, f"{path} answers {answer.status}"

    def press(self, name: str, within: Locator | None = None) -> None:
        """A button (or a link that looks like one), by its words; the page that follows is waited for."""
        with self.page.expect_navigation():
            (within or self.page).get_by_role("button", name=name, exact=True).click()

    def follow(self, name: str | re.Pattern[str], within: Locator | None = None) -> None:
        with self.page.expect_navigation():
            (within or self.page).get_by_role("link", name=name).first.click()

    def sheet(self, title: str) -> Locator:
        """A card of the page, by its heading."""
        return self.page.locator("section.sheet", has=self.page.get_by_role("heading", name=title, exact=True))

    def sign_in(self, email: str, password: str) -> None:
        """Through the form; where a code is asked next, that page is open afterwards."""
        self.open("/account/login")
        self.look("登录")
        self.page.get_by_label("邮箱").fill(email)
        self.page.get_by_label("密码", exact=True).fill(password)
        self.press("登录")

    def dialog(self, button: str) -> Locator:
        """What a button of the page's head opens."""
        self.page.locator("header.head").get_by_role("button", name=button, exact=True).click()
        dialog = self.page.get_by_role("dialog")
        expect(dialog).to_be_visible()
        return dialog

    def act(self, step: str, opinion: str = "") -> None:
        """One step of the workflow: its button, then its dialog."""
        dialog = self.dialog(step)
        if opinion:
            dialog.get_by_label("意见").fill(opinion)
        self.press(step, dialog)

    def download(self, name: str) -> bytes:
        with self.page.expect_download() as got:
            self.page.get_by_role("link", name=name).first.click()
        return Path(got.value.path()).read_bytes()

    def drop(self, target: str, name: str, body: bytes) -> None:
        """Drop a file on an area of the page, as one drags it there from a folder."""
        with self.page.expect_response(lambda answer: answer.request.method == "POST"):
            self.page.locator(target).evaluate(
                """(area, [name, base64]) => {
                    const bytes = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
                    const data = new DataTransfer();
                    data.items.add(new File([bytes], name, { type: "application/pdf" }));
                    const about = { bubbles: true, cancelable: true, dataTransfer: data };
                    for (const kind of ["dragover", "drop"]) area.dispatchEvent(new DragEvent(kind, about));
                }""",
                [name, b64encode(body).decode()],
            )


def visitor(browser: Browser, url: str, *, width: int, height: int, phone: bool = False) -> Visitor:
    """A fresh browser window, reading Chinese."""
    context = browser.new_context(
        base_url=url,
        locale="zh-CN",
        timezone_id="Asia/Shanghai",
        viewport={"width": width, "height": height},
        is_mobile=phone,
        has_touch=phone,
        accept_downloads=True,
    )
    return Visitor(context, width)
