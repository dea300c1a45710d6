"""带动就业补贴: part of the social insurance a young company pays for its staff. See README.md."""
