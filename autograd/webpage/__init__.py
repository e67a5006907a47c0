"""The page: a graph as one HTML file that a learner can play with.

`page` gives a `Page`. What the page shows is in `contents`, where its cards and lines lie in
`layout`, how it computes in `javascript`; its own script, style and markup are the files in `static`.
"""

from autograd.webpage.html_page import Page, page

__all__ = ["Page", "page"]
