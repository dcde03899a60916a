"""Models: each draws values for the letters of a step and evaluates expressions at them."""
