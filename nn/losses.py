"""Losses, which measure how far outputs are from their targets. Each is one node, from `autograd`."""

import autograd

binary_cross_entropy_with_logits = autograd.binary_cross_entropy_with_logits
cross_entropy_with_logits = autograd.cross_entropy_with_logits
half_squared_error = autograd.half_squared_error
huber = autograd.huber
max_margin = autograd.max_margin
mean_squared_error = autograd.mean_squared_error
