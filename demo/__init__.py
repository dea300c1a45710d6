"""The demonstration district: invented places, companies and people, as the spreadsheets an operator would send."""
