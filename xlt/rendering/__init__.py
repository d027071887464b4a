"""Templates into text: the one Jinja environment, the allowlist, the filters."""
