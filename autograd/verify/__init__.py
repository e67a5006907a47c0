"""Checks of a gradient. Public: `gradcheck` and `first_nonfinite`.

Read `gradient_check` first, then `numerical`, which measures slopes, `guilty_operations`, which finds the operation
that is wrong, and `arguments`, which checks what `gradcheck` is given. `nonfinite` finds the origin of a NaN.
"""
