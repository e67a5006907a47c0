"""Neurons, layers and networks over `autograd`, and what trains them."""

from nn.activations import softmax
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
from nn.schedules import constant, cosine, linear, step_decay

__all__ = [
    "MLP",
    "SGD",
    "Adam",
    "AdamW",
    "BatchNorm",
    "Dropout",
    "EarlyStopping",
    "Layer",
    "LayerNorm",
    "Module",
    "Neuron",
    "Optimiser",
    "RMSprop",
    "batch_norm",
    "binary_cross_entropy_with_logits",
    "clip_gradients",
    "constant",
    "cosine",
    "cross_entropy_with_logits",
    "dropout",
    "half_squared_error",
    "huber",
    "l1",
    "l2",
    "layer_norm",
    "linear",
    "max_margin",
    "mean_squared_error",
    "softmax",
    "step_decay",
]
