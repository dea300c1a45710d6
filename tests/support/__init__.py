"""What several kinds of test share. Nothing here knows Flask."""
