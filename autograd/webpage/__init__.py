"""A graph as one HTML page that a learner can play with: `page`.

Read `html_page` first. `graph_data` has the data of the page, `groups` what folds into one card, `views`
and `layout` the positions of cards and lines, `javascript` the table as a script; script, style and
markup are the files in `static`.
"""

from autograd.webpage.html_page import Page, page

__all__ = ["Page", "page"]
