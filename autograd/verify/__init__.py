"""Checks of a gradient. Public: `gradcheck` and `first_nonfinite`.

Read `gradient_check` first, then `numerical`, which measures slopes, and `arguments`, which checks what
`gradcheck` is given. `nonfinite` finds the origin of a NaN.
"""
