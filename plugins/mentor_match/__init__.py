"""创业导师匹配: no payment, but a mentor; who gets whom is shared out over all that wait. See README.md."""
