"""What a letter rests on: from each figure to its clause, its parameters and its evidence lines (`figures`), from each
evidence line to the records and papers behind it (`records`)."""
