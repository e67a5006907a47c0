"""Checks of a gradient: numerical differences, and where a NaN comes from."""
