"""The graph as a picture; the only place that knows graphviz."""

from autograd.drawing.drawing import Drawing, draw

__all__ = ["Drawing", "draw"]
