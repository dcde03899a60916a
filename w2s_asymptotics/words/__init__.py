"""Words in resolvents, and the rules that rewrite them."""
