"""The table of operations and derivatives. Read `ops` first, then `operators`, which make a class out of it.

Public through `autograd`: the operations by name, such as `tanh`, and `ops.TABLE` for all of them.
"""
