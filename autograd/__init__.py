"""chalkgrad: automatic differentiation that shows its working."""

from autograd.collecting import paused_gc
from autograd.derivation import Comparison, Derivation, Document, Walkthrough, compare_orders, explain
from autograd.derivation.walkthrough import walkthrough
from autograd.drawing import Drawing, draw
from autograd.errors import (
    ArgumentError,
    ChalkgradError,
    DivisionByZeroError,
    DomainError,
    MissingExtraError,
    NotFoundError,
    OperandError,
    OutputError,
    RangeError,
    RenderError,
    SheetError,
    StaleGraphError,
    TooLargeError,
)
from autograd.extras import import_extra
from autograd.finite import first_nonfinite
from autograd.functions import (
    affine,
    binary_cross_entropy_with_logits,
    cross_entropy_with_logits,
    half_squared_error,
    huber,
    logsumexp,
    max_margin,
    mean,
    mean_squared_error,
    total,
)
from autograd.gradcheck import gradcheck
from autograd.higher import expand, grad
from autograd.marking import Exercise, Marking, blank, check, exercise, mark
from autograd.ops import (
    cos,
    elu,
    exp,
    leaky_relu,
    log,
    maximum,
    minimum,
    relu,
    sigmoid,
    sin,
    softplus,
    sqrt,
    tanh,
)
from autograd.origins import Origin, Scope
from autograd.page import Page, page
from autograd.paths import Path, Paths, paths
from autograd.replay import record
from autograd.sheet import Sheet, to_sheet
from autograd.stepper import Stepper, debug, why_topological
from autograd.steps import Step, Term, gradients, states, steps
from autograd.storing import load_graph, save_graph
from autograd.value import Value, leaves, name_values, topological_order, trace_origins, zero_grad

__version__ = "0.1.0"

__all__ = [
    "ArgumentError",
    "ChalkgradError",
    "Comparison",
    "Derivation",
    "DivisionByZeroError",
    "Document",
    "DomainError",
    "Drawing",
    "Exercise",
    "Marking",
    "MissingExtraError",
    "NotFoundError",
    "OperandError",
    "Origin",
    "OutputError",
    "Page",
    "Path",
    "Paths",
    "RangeError",
    "RenderError",
    "Scope",
    "Sheet",
    "SheetError",
    "StaleGraphError",
    "Step",
    "Stepper",
    "Term",
    "TooLargeError",
    "Value",
    "Walkthrough",
    "affine",
    "binary_cross_entropy_with_logits",
    "blank",
    "check",
    "compare_orders",
    "cos",
    "cross_entropy_with_logits",
    "debug",
    "draw",
    "elu",
    "exercise",
    "exp",
    "expand",
    "explain",
    "first_nonfinite",
    "grad",
    "gradcheck",
    "gradients",
    "half_squared_error",
    "huber",
    "import_extra",
    "leaky_relu",
    "leaves",
    "load_graph",
    "log",
    "logsumexp",
    "mark",
    "max_margin",
    "maximum",
    "mean",
    "mean_squared_error",
    "minimum",
    "name_values",
    "page",
    "paths",
    "paused_gc",
    "record",
    "relu",
    "save_graph",
    "sigmoid",
    "sin",
    "softplus",
    "sqrt",
    "states",
    "steps",
    "tanh",
    "to_sheet",
    "topological_order",
    "total",
    "trace_origins",
    "walkthrough",
    "why_topological",
    "zero_grad",
]
