"""项目启动金: a grant, once, to a founder's first company. See README.md."""
