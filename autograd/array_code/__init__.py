"""The front end for NumPy and PyTorch code: Python over arrays, read and never executed.

To be read in this order: `tensors` (arrays that are changed in place, and views of them), `library` and
`function_table` (what every function of arrays stands on), `functions` and `shape_functions` (what may be called),
`source` (a file or a notebook as statements), `gradient_names` (which name is the gradient of which), `frames`,
`expressions` and `interpreter` (statements to arrays), `statement_parts`, `program` and `surroundings` (a source as
backward passes that can be read again and marked),
`generic_inputs` and `backward_passes` (numbers for functions that nobody calls), `line_edits` (what may be meant).
"""
