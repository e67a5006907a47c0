"""chalkgrad: automatic differentiation that shows its working."""

from autograd.debugger import debug
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
from autograd.export import to_sheet
from autograd.extras import import_extra
from autograd.finite import first_nonfinite
from autograd.functions import affine, half_squared_error, mean, total
from autograd.gradcheck import gradcheck
from autograd.higher import expand, grad
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
from autograd.paths import Path, Paths, paths
from autograd.report import Marking, check, mark
from autograd.sheet import Sheet
from autograd.stepper import Stepper
from autograd.steps import Step, Term, gradients, states, steps
from autograd.topological import why_topological
from autograd.value import Origin, Scope, Value, leaves, name_values, topological_order, trace_origins, zero_grad

__version__ = "0.1.0"

__all__ = [
    "ArgumentError",
    "ChalkgradError",
    "DivisionByZeroError",
    "DomainError",
    "Drawing",
    "Marking",
    "MissingExtraError",
    "NotFoundError",
    "OperandError",
    "Origin",
    "OutputError",
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
    "affine",
    "check",
    "cos",
    "debug",
    "draw",
    "elu",
    "exp",
    "expand",
    "first_nonfinite",
    "grad",
    "gradcheck",
    "gradients",
    "half_squared_error",
    "import_extra",
    "leaky_relu",
    "leaves",
    "log",
    "mark",
    "maximum",
    "mean",
    "minimum",
    "name_values",
    "paths",
    "relu",
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
    "why_topological",
    "zero_grad",
]
