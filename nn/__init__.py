"""Neurons, layers and networks over `autograd`, and what trains them."""

from nn.losses import half_squared_error
from nn.module import Module
from nn.network import MLP, Layer, Neuron
from nn.optimise import SGD

__all__ = ["MLP", "SGD", "Layer", "Module", "Neuron", "half_squared_error"]
