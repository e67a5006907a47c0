"""The front end for NumPy and PyTorch code: Python over arrays, read and never executed.

To be read in this order: `tensors` (arrays that are changed in place, and views of them), `functions` (what may be
called), `statements` (a source as statements), `interpreter` (statements to arrays), `program` (a source as backward
passes that can be marked), `generic_inputs` (numbers for functions that nobody calls).
"""
