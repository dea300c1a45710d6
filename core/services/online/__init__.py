"""在线支付 through Stripe (docs/stripe.md).

client          the one client, and Stripe's errors in words
seen            what Stripe says of a checkout now
applying        its effect on our books, in any order, once
events          whether an event is real; the ledger
checkout        a page of Stripe's for what a bill asks for
refunds         giving a payment back
reconciliation  what differs between Stripe's books and ours
differences     keeping that for people
"""
