"""The graph as a picture: `draw`. Read `picture` first."""

from autograd.drawing.picture import Drawing, draw

__all__ = ["Drawing", "draw"]
