"""Neurons, layers and networks over `autograd`, and what trains them."""
