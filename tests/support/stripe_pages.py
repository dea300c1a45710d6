"""The hosted pages of the local server, as plain as can be: a payer fills them in and goes back."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from werkzeug.utils import redirect
from werkzeug.wrappers import Request, Response

if TYPE_CHECKING:
    from tests.support.stripe_server import StripeServer

REFUSED = "4000000000000002"  # the number that Stripe's own tests use for a refused card
HEAD = (
    '<!doctype html><html lang="zh-Hans"><meta charset="utf-8"><title>Checkout</title><link rel="icon" href="data:,">'
)


def answer(server: StripeServer, request: Request) -> Response:
    """`/pay/<session>`, `/portal/<session>`; anything else is a page with its name."""
    _root, area, *rest = request.path.split("/")
    if area == "pay" and rest[0] in server.objects:
        return _pay(server, request, rest[0])
    if area == "portal" and rest[0] in server.objects:
        back = server.objects[rest[0]].get("return_url") or "/"
        return _page(f'<h1>付款方式和收据</h1><p><a href="{escape(back)}">返回</a></p>')
    if area == "favicon.ico":
        return Response(status=204)
    return _page(f"<h1>{escape(request.path)}</h1>", 200 if area == "receipts" else 404)


def _pay(server: StripeServer, request: Request, stripe_id: str) -> Response:
    session = server.objects[stripe_id]
    if session["status"] != "open":
        return _page("<h1>此页面已失效</h1><p>这次付款已经结束。</p>", 410)
    problem = ""
    if request.method == "POST":
        number = request.form.get("card", "").replace(" ", "")
        if number != REFUSED:
            server.pay(stripe_id, method=request.form.get("method", "card"))
            server.flush()
            return redirect(_back(session["success_url"], stripe_id), 303)
        problem = '<p role="alert">您的银行卡被拒绝了。请换一张卡或其他方式。</p>'
    lines = "".join(f"<li>{escape(line['name'])} ¥{line['amount'] / 100:,.2f}</li>" for line in session["_lines"])
    return _page(
        f"<h1>付款 ¥{session['amount_total'] / 100:,.2f}</h1><ul>{lines}</ul>{problem}"
        '<form method="post"><p><label>卡号 <input name="card" inputmode="numeric"></label></p>'
        '<p><label>方式 <select name="method"><option value="card">银行卡</option>'
        '<option value="alipay">支付宝</option><option value="wechat_pay">微信支付</option></select></label></p>'
        "<button>支付</button></form>"
        f'<p><a href="{escape(session.get("cancel_url") or "/")}">返回商户</a></p>'
    )


def _back(address: str, stripe_id: str) -> str:
    return address.replace("{CHECKOUT_SESSION_ID}", stripe_id)


def _page(body: str, status: int = 200) -> Response:
    return Response(f"{HEAD}<body>{body}</body></html>", status, mimetype="text/html")
