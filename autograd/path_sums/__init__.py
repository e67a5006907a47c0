"""Paths through a graph and the gradient that each carries. Read `search`, then `ledger`."""
