"""Replay on machine code: a program runs as bytecode over kernels that LLVM compiles.

Read `assembler` first, which writes LLVM's language; then `vector_math` (the table read with vectors),
`kernels` and `move_kernels` (the loops), `bytecode` (a program as kernel calls), `backend` (compiling
and running). Nothing here is public; `record(…, backend="native")` uses it.
"""
