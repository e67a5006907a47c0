"""chalkgrad: automatic differentiation that shows its working.

A `Value` records scalar operations; `backward()` fills the `grad` of everything it was computed from.

>>> w, x = Value(0.5, label="w"), Value(3.0, label="x")
>>> E = (w * x - 1) ** 2
>>> E.backward()
>>> w.grad
3.0

What the names are for; `help` of each has an example:

- compute: `Value`, `exp log sqrt sin cos tanh sigmoid softplus relu leaky_relu elu maximum minimum`, and as one
  node `affine total mean logsumexp`
- losses: `half_squared_error mean_squared_error max_margin huber binary_cross_entropy_with_logits
  cross_entropy_with_logits`
- step through backward: `debug Stepper why_topological`; as data `steps states gradients`
- see the paths: `paths draw page`; written out: `explain walkthrough compare_orders`
- mark a derivation: `mark check Sheet`; make one: `exercise blank to_sheet`
- trust a gradient: `gradcheck first_nonfinite trace_origins`
- differentiate again: `grad expand`
- run it over batches: `record`; keep it in a file: `save_graph load_graph`
- handle a graph: `name_values zero_grad leaves topological_order paused_gc`
- in code of your own: `import_extra Scope Origin`
- what these give: `Step Term Path Paths Drawing Page Document Derivation Walkthrough Comparison Marking Exercise`
- what they raise: `ChalkgradError`, of which all others are kinds
"""

from autograd.derivation import Comparison, Derivation, Document, Walkthrough, compare_orders, explain
from autograd.derivation.worked.whole_network import walkthrough
from autograd.drawing import Drawing, draw
from autograd.engine.backward import Step, Term
from autograd.engine.functions import (
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
from autograd.engine.gc_pause import paused_gc
from autograd.engine.graph import gradients, leaves, states, steps, topological_order, zero_grad
from autograd.engine.names import name_values
from autograd.engine.origins import Origin, Scope, trace_origins
from autograd.engine.transforms import expand, grad
from autograd.engine.value import Value
from autograd.errors import (
    ArgumentError,
    ChalkgradError,
    DivisionByZeroError,
    DomainError,
    InputError,
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
from autograd.files.graph_files import load_graph, save_graph
from autograd.marking import Exercise, Marking, blank, check, exercise, mark
from autograd.optional import import_extra
from autograd.path_sums.path_sum import Path
from autograd.path_sums.search import Paths, paths
from autograd.replay import record
from autograd.sheet import Sheet, to_sheet
from autograd.stepper import Stepper, debug, why_topological
from autograd.table.ops import (
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
from autograd.verify.gradient_check import gradcheck
from autograd.verify.nonfinite import first_nonfinite
from autograd.webpage import Page, page

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
    "InputError",
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
