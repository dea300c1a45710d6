"""创业场地房租补贴: a subsidy for the rent of a young company's premises. See README.md."""
