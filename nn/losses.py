"""Losses: how far the outputs are from the targets, as one node each."""

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
