"""Second routes to the same numbers, which share nothing with the first."""
