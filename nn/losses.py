"""Losses, which measure how far outputs are from their targets. Each is one node, from `autograd`."""

from autograd import (
    binary_cross_entropy_with_logits,
    cross_entropy_with_logits,
    half_squared_error,
    huber,
    max_margin,
    mean_squared_error,
)

__all__ = [
    "binary_cross_entropy_with_logits",
    "cross_entropy_with_logits",
    "half_squared_error",
    "huber",
    "max_margin",
    "mean_squared_error",
]
