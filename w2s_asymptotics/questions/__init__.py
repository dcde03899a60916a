"""Numbers: risks, comparisons, tuning, phase diagrams, and the oracle that checks them."""
