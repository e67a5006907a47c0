"""Neurons, layers and networks over `autograd`, and their training.

>>> from nn import MLP, SGD, half_squared_error
>>> model = MLP(2, [3, 1], activation="tanh", seed=1)
>>> E = half_squared_error(model([0.5, -1.0]), 1.0)
>>> E.backward()
>>> SGD(model.parameters(), lr=0.1).step()
>>> half_squared_error(model([0.5, -1.0]), 1.0).data < E.data
True

Read layers.py first: `Module Neuron Layer MLP`. Everything else is a place beside it, loaded when it is
first used; `help` of each name has an example:

- `losses`: `half_squared_error mean_squared_error max_margin huber binary_cross_entropy_with_logits
  cross_entropy_with_logits`; `activations`: `softmax`; `initialization`: the values of init=
- `optimizers`: `SGD RMSprop Adam AdamW Optimizer clip_gradients`; `schedules`: `constant linear cosine step_decay`
- `training`: `fit`, with `same_side same_sign same_class` for accuracy= and `EarlyStopping ProgressBar` for
  callbacks=, gives `History Epoch`, and may warn or raise `DivergingWarning DivergedError`; `data`: `Batches`
- `regularization`: `l1 l2 RegularizedLoss dropout Dropout`
- `normalization`: `layer_norm batch_norm LayerNorm BatchNorm`
- `plots`: `loss_curve gradient_sizes LossCurve GradientSizes`; `boundary_plot`: `decision_boundary DecisionBoundary`
- `saving`: `save load load_into`; `given_weights`, networks of hand derivations: `from_weights MatrixMLP Wired`
"""

from typing import TYPE_CHECKING

from autograd.optional import lazy_names, require_chalkgrad

require_chalkgrad("import nn")

from nn.layers import MLP as MLP  # noqa: E402 -- which needs the right autograd
from nn.layers import Layer as Layer  # noqa: E402 -- which needs the right autograd
from nn.layers import Module as Module  # noqa: E402 -- which needs the right autograd
from nn.layers import Neuron as Neuron  # noqa: E402 -- which needs the right autograd

_NAMES = {
    "activations": "softmax",
    "boundary_plot": "DecisionBoundary decision_boundary",
    "data": "Batches",
    "given_weights.matrices": "MatrixMLP from_weights",
    "given_weights.wired": "Wired",
    "losses": "binary_cross_entropy_with_logits cross_entropy_with_logits half_squared_error huber max_margin "
    "mean_squared_error",
    "normalization": "BatchNorm LayerNorm batch_norm layer_norm",
    "optimizers": "SGD Adam AdamW Optimizer RMSprop clip_gradients",
    "plots": "GradientSizes LossCurve gradient_sizes",
    "regularization": "Dropout RegularizedLoss dropout l1 l2",
    "saving": "load load_into save",
    "schedules": "constant cosine linear step_decay",
    "training.accuracy": "same_class same_side same_sign",
    "training.early_stopping": "EarlyStopping",
    "training.history": "Epoch History loss_curve",
    "training.loop": "DivergedError DivergingWarning fit",
    "training.progress": "ProgressBar",
}
_PLACES = {name: f"nn.{module}" for module, names in _NAMES.items() for name in names.split()}

__all__ = sorted(["MLP", "Layer", "Module", "Neuron", *_PLACES])  # noqa: PLE0605 -- from the table

if TYPE_CHECKING:
    from nn.activations import softmax as softmax
    from nn.boundary_plot import DecisionBoundary as DecisionBoundary
    from nn.boundary_plot import decision_boundary as decision_boundary
    from nn.data import Batches as Batches
    from nn.given_weights.matrices import MatrixMLP as MatrixMLP
    from nn.given_weights.matrices import from_weights as from_weights
    from nn.given_weights.wired import Wired as Wired
    from nn.losses import binary_cross_entropy_with_logits as binary_cross_entropy_with_logits
    from nn.losses import cross_entropy_with_logits as cross_entropy_with_logits
    from nn.losses import half_squared_error as half_squared_error
    from nn.losses import huber as huber
    from nn.losses import max_margin as max_margin
    from nn.losses import mean_squared_error as mean_squared_error
    from nn.normalization import BatchNorm as BatchNorm
    from nn.normalization import LayerNorm as LayerNorm
    from nn.normalization import batch_norm as batch_norm
    from nn.normalization import layer_norm as layer_norm
    from nn.optimizers import SGD as SGD
    from nn.optimizers import Adam as Adam
    from nn.optimizers import AdamW as AdamW
    from nn.optimizers import Optimizer as Optimizer
    from nn.optimizers import RMSprop as RMSprop
    from nn.optimizers import clip_gradients as clip_gradients
    from nn.plots import GradientSizes as GradientSizes
    from nn.plots import LossCurve as LossCurve
    from nn.plots import gradient_sizes as gradient_sizes
    from nn.regularization import Dropout as Dropout
    from nn.regularization import RegularizedLoss as RegularizedLoss
    from nn.regularization import dropout as dropout
    from nn.regularization import l1 as l1
    from nn.regularization import l2 as l2
    from nn.saving import load as load
    from nn.saving import load_into as load_into
    from nn.saving import save as save
    from nn.schedules import constant as constant
    from nn.schedules import cosine as cosine
    from nn.schedules import linear as linear
    from nn.schedules import step_decay as step_decay
    from nn.training.accuracy import same_class as same_class
    from nn.training.accuracy import same_side as same_side
    from nn.training.accuracy import same_sign as same_sign
    from nn.training.early_stopping import EarlyStopping as EarlyStopping
    from nn.training.history import Epoch as Epoch
    from nn.training.history import History as History
    from nn.training.history import loss_curve as loss_curve
    from nn.training.loop import DivergedError as DivergedError
    from nn.training.loop import DivergingWarning as DivergingWarning
    from nn.training.loop import fit as fit
    from nn.training.progress import ProgressBar as ProgressBar
else:  # a type checker that saw these would not report unknown names
    __getattr__, __dir__ = lazy_names(__name__, _PLACES)
