"""Losses: how far the outputs are from the targets, as one node each."""

from autograd import half_squared_error

__all__ = ["half_squared_error"]
