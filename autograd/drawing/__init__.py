"""The graph as a picture; the only place that knows graphviz."""

from autograd.drawing.picture import Drawing, draw

__all__ = ["Drawing", "draw"]
