"""The policies that come with the program, a folder each. Read docs/plugins.md to add one."""
