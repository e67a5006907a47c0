"""The engine: record operations, order the graph, go backward through it.

Read `reference` first: the whole idea on one page. Then `value` (the node that people use),
`backward` (the pass), `graph` (what a view asks of a graph), `functions` and `transforms`.

`fast` puts faster operators in front of those of `Value`. It may be deleted: the answers are the same.
"""

try:
    import autograd.engine.fast  # noqa: F401 -- it installs itself
except ModuleNotFoundError as error:
    if error.name != "autograd.engine.fast":
        raise
