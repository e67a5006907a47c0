"""Neurons, layers and networks over `autograd`, and what trains them.

>>> model = MLP(2, [3, 1], activation="tanh", seed=1)
>>> E = half_squared_error(model([0.5, -1.0]), 1.0)
>>> E.backward()
>>> SGD(model.parameters(), lr=0.1).step()
>>> half_squared_error(model([0.5, -1.0]), 1.0).data < E.data
True

What the names are for; `help` of each has an example:

- networks: `MLP Layer Neuron Module`; with the weights of a hand derivation: `from_weights MatrixMLP Wired`
- losses: `half_squared_error mean_squared_error max_margin huber binary_cross_entropy_with_logits
  cross_entropy_with_logits`, and `softmax`
- train: `fit`, and for its `accuracy` `same_side same_sign same_class`
- optimisers: `SGD RMSprop Adam AdamW clip_gradients`, `Optimiser` for one of your own
- learning rates: `constant linear cosine step_decay`
- against overfitting: `l1 l2 dropout Dropout EarlyStopping`; normalise: `layer_norm batch_norm LayerNorm BatchNorm`
- look: `loss_curve decision_boundary gradient_sizes`
- keep: `save load load_into`
- what these give: `History Epoch LossCurve DecisionBoundary GradientSizes`; what `fit` warns of and raises:
  `DivergingWarning DivergedError`
"""

from nn.activations import softmax
from nn.boundary import DecisionBoundary, decision_boundary
from nn.fit import DivergedError, DivergingWarning, fit, same_class, same_side, same_sign
from nn.history import Epoch, History
from nn.looking import GradientSizes, LossCurve, gradient_sizes, loss_curve
from nn.losses import (
    binary_cross_entropy_with_logits,
    cross_entropy_with_logits,
    half_squared_error,
    huber,
    max_margin,
    mean_squared_error,
)
from nn.module import Module
from nn.network import MLP, Layer, Neuron
from nn.normalise import BatchNorm, LayerNorm, batch_norm, layer_norm
from nn.optimise import SGD, Adam, AdamW, Optimiser, RMSprop, clip_gradients
from nn.regularise import Dropout, EarlyStopping, dropout, l1, l2
from nn.saving import load, load_into, save
from nn.schedules import constant, cosine, linear, step_decay
from nn.weights import MatrixMLP, from_weights
from nn.wired import Wired

__all__ = [
    "MLP",
    "SGD",
    "Adam",
    "AdamW",
    "BatchNorm",
    "DecisionBoundary",
    "DivergedError",
    "DivergingWarning",
    "Dropout",
    "EarlyStopping",
    "Epoch",
    "GradientSizes",
    "History",
    "Layer",
    "LayerNorm",
    "LossCurve",
    "MatrixMLP",
    "Module",
    "Neuron",
    "Optimiser",
    "RMSprop",
    "Wired",
    "batch_norm",
    "binary_cross_entropy_with_logits",
    "clip_gradients",
    "constant",
    "cosine",
    "cross_entropy_with_logits",
    "decision_boundary",
    "dropout",
    "fit",
    "from_weights",
    "gradient_sizes",
    "half_squared_error",
    "huber",
    "l1",
    "l2",
    "layer_norm",
    "linear",
    "load",
    "load_into",
    "loss_curve",
    "max_margin",
    "mean_squared_error",
    "same_class",
    "same_side",
    "same_sign",
    "save",
    "softmax",
    "step_decay",
]
