"""chalkgrad: automatic differentiation that shows its working.

A `Value` records scalar operations; `backward()` fills the `grad` of everything it was computed from.

>>> from autograd import Value
>>> w, x = Value(0.5, label="w"), Value(3.0, label="x")
>>> E = (w * x - 1) ** 2
>>> E.backward()
>>> w.grad
3.0

Each name is loaded when it is first used; `help` of each has an example:

- compute: `Value`, `exp log sqrt sin cos tanh sigmoid softplus relu leaky_relu elu maximum minimum`, and as one
  node `affine total mean logsumexp`
- losses: `half_squared_error mean_squared_error max_margin huber binary_cross_entropy_with_logits
  cross_entropy_with_logits`
- step through backward: `Stepper debug why_topological`; as data `steps gradients`
- see the paths: `paths draw page`; written out: `explain walkthrough compare_orders`
- mark a derivation: `mark mark_code proofread check Sheet`; make one: `exercise blank solve to_sheet`
- trust a gradient: `gradcheck check_backward first_nonfinite trace_origins`
- differentiate again: `grad expand`
- handle a graph: `Graph topological_order leaves zero_grad name_values paused_gc`
- run it over batches: `record`; keep it in a file: `save_graph load_graph`
- errors: `ChalkgradError`, of which all others in `autograd.errors` are kinds

Everything else is in a folder of its own, whose first lines say what is public: `autograd.drawing`,
`autograd.marking`, `autograd.engine`, …
"""

import os
import sys
from typing import TYPE_CHECKING

from autograd.formatting.streams import let_write
from autograd.optional import lazy_names

__version__ = "0.1.0"

_NAMES = {
    "derivation.comparison": "compare_orders",
    "derivation.one_weight": "explain",
    "derivation.worked.whole_network": "walkthrough",
    "drawing.picture": "draw",
    "engine.functions": "affine binary_cross_entropy_with_logits cross_entropy_with_logits half_squared_error huber "
    "logsumexp max_margin mean mean_squared_error total",
    "engine.gc_pause": "paused_gc",
    "engine.graph": "Graph gradients leaves steps topological_order zero_grad",
    "engine.names": "name_values",
    "engine.origins": "trace_origins",
    "engine.transforms": "expand grad",
    "engine.value": "Value",
    "errors": "ArgumentError ChalkgradError DivisionByZeroError DomainError InputError MarkingError MissingExtraError "
    "NotFoundError OperandError OutputError PackageConflictError RangeError RenderError SheetError StaleGraphError "
    "TooLargeError",
    "exercises.answers": "blank",
    "exercises.array_marking": "mark_code",
    "exercises.live_check": "check_backward",
    "exercises.entry_points": "check mark",
    "exercises.proofreading": "proofread",
    "exercises.network_sheets": "exercise",
    "exercises.solutions": "solve",
    "files.graph_files": "load_graph save_graph",
    "path_sums.search": "paths",
    "replay": "record",
    "sheet.from_graph": "to_sheet",
    "sheet.sheet": "Sheet",
    "stepper.debugger": "debug",
    "stepper.naive_order": "why_topological",
    "stepper.stepper": "Stepper",
    "table.ops": "cos elu exp leaky_relu log maximum minimum relu sigmoid sin softplus sqrt tanh",
    "verify.gradient_check": "gradcheck",
    "verify.nonfinite": "first_nonfinite",
    "webpage.html_page": "page",
}
_PLACES = {name: f"autograd.{module}" for module, names in _NAMES.items() for name in names.split()}

__all__ = sorted(_PLACES)  # noqa: PLE0605 -- from the table

if TYPE_CHECKING:
    from autograd.derivation.comparison import compare_orders as compare_orders
    from autograd.derivation.one_weight import explain as explain
    from autograd.derivation.worked.whole_network import walkthrough as walkthrough
    from autograd.drawing.picture import draw as draw
    from autograd.engine.functions import affine as affine
    from autograd.engine.functions import binary_cross_entropy_with_logits as binary_cross_entropy_with_logits
    from autograd.engine.functions import cross_entropy_with_logits as cross_entropy_with_logits
    from autograd.engine.functions import half_squared_error as half_squared_error
    from autograd.engine.functions import huber as huber
    from autograd.engine.functions import logsumexp as logsumexp
    from autograd.engine.functions import max_margin as max_margin
    from autograd.engine.functions import mean as mean
    from autograd.engine.functions import mean_squared_error as mean_squared_error
    from autograd.engine.functions import total as total
    from autograd.engine.gc_pause import paused_gc as paused_gc
    from autograd.engine.graph import Graph as Graph
    from autograd.engine.graph import gradients as gradients
    from autograd.engine.graph import leaves as leaves
    from autograd.engine.graph import steps as steps
    from autograd.engine.graph import topological_order as topological_order
    from autograd.engine.graph import zero_grad as zero_grad
    from autograd.engine.names import name_values as name_values
    from autograd.engine.origins import trace_origins as trace_origins
    from autograd.engine.transforms import expand as expand
    from autograd.engine.transforms import grad as grad
    from autograd.engine.value import Value as Value
    from autograd.errors import ArgumentError as ArgumentError
    from autograd.errors import ChalkgradError as ChalkgradError
    from autograd.errors import DivisionByZeroError as DivisionByZeroError
    from autograd.errors import DomainError as DomainError
    from autograd.errors import InputError as InputError
    from autograd.errors import MarkingError as MarkingError
    from autograd.errors import MissingExtraError as MissingExtraError
    from autograd.errors import NotFoundError as NotFoundError
    from autograd.errors import OperandError as OperandError
    from autograd.errors import OutputError as OutputError
    from autograd.errors import PackageConflictError as PackageConflictError
    from autograd.errors import RangeError as RangeError
    from autograd.errors import RenderError as RenderError
    from autograd.errors import SheetError as SheetError
    from autograd.errors import StaleGraphError as StaleGraphError
    from autograd.errors import TooLargeError as TooLargeError
    from autograd.exercises.answers import blank as blank
    from autograd.exercises.array_marking import mark_code as mark_code
    from autograd.exercises.entry_points import check as check
    from autograd.exercises.entry_points import mark as mark
    from autograd.exercises.live_check import check_backward as check_backward
    from autograd.exercises.network_sheets import exercise as exercise
    from autograd.exercises.proofreading import proofread as proofread
    from autograd.exercises.solutions import solve as solve
    from autograd.files.graph_files import load_graph as load_graph
    from autograd.files.graph_files import save_graph as save_graph
    from autograd.path_sums.search import paths as paths
    from autograd.replay import record as record
    from autograd.sheet.from_graph import to_sheet as to_sheet
    from autograd.sheet.sheet import Sheet as Sheet
    from autograd.stepper.debugger import debug as debug
    from autograd.stepper.naive_order import why_topological as why_topological
    from autograd.stepper.stepper import Stepper as Stepper
    from autograd.table.ops import cos as cos
    from autograd.table.ops import elu as elu
    from autograd.table.ops import exp as exp
    from autograd.table.ops import leaky_relu as leaky_relu
    from autograd.table.ops import log as log
    from autograd.table.ops import maximum as maximum
    from autograd.table.ops import minimum as minimum
    from autograd.table.ops import relu as relu
    from autograd.table.ops import sigmoid as sigmoid
    from autograd.table.ops import sin as sin
    from autograd.table.ops import softplus as softplus
    from autograd.table.ops import sqrt as sqrt
    from autograd.table.ops import tanh as tanh
    from autograd.verify.gradient_check import gradcheck as gradcheck
    from autograd.verify.nonfinite import first_nonfinite as first_nonfinite
    from autograd.webpage.html_page import page as page
else:  # a type checker that saw these would not report unknown names
    __getattr__, __dir__ = lazy_names(__name__, _PLACES)


def load_ipython_extension(shell: object) -> None:
    """Give IPython the cell magic `%%sheet`, on `%load_ext autograd`."""
    from autograd.notebook import load  # noqa: PLC0415 -- only a notebook needs it

    load(shell)


for _stream in (
    sys.stdout,
    sys.stderr,
):  # so that print(explain(E, w)) and an error can be read wherever they are printed
    let_write(_stream)

if os.path.exists(os.path.join(os.path.dirname(__file__), "tracer.py")):  # noqa: PTH110, PTH118, PTH120 -- one look
    from autograd.optional import warn_of_other_package

    warn_of_other_package()
