"""Networks with given weights: `matrices`, one matrix for each layer, and `wired`, one weight for each connection."""
