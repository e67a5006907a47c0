"""The kernels that move numbers: rows into slots, slots into outputs, the seed of the reverse pass, copies."""

from __future__ import annotations

from autograd.replay.native.assembler import BATCH, INPUTS, LOSS, OUTPUTS, PER_CALL, PER_ROW, SEED, Kernel, Loop, Region


def load_inputs(kernel: Kernel) -> None:
    """Write the kernel that loads rows of inputs into slots; spare lanes repeat the last. Words: first slot, count."""
    rows = Region(kernel, PER_ROW)
    first, count = kernel.words(2)
    start, last = kernel.pointer(kernel.state(INPUTS)), kernel.add(kernel.state(BATCH), -1)
    kernel.needs["declare i64 @llvm.umin.i64(i64, i64)"] = None
    with Loop(kernel, rows.vectors) as each:
        lines = []
        for lane in range(kernel.lanes):
            row = kernel.add(kernel.mul(each, kernel.lanes), lane)
            row = kernel.emit(f"call i64 @llvm.umin.i64(i64 {row}, i64 {last})")
            lines.append(kernel.at(start, kernel.mul(row, count)))
        with Loop(kernel, count) as inner:
            vector = "poison"
            for lane, line in enumerate(lines):
                number = kernel.number(kernel.at(line, inner))
                vector = kernel.emit(f"insertelement {kernel.floats} {vector}, double {number}, i64 {lane}")
            kernel.store(vector, kernel.vector_at(rows.row(kernel.add(first, inner)), each))


def store_outputs(kernel: Kernel) -> None:
    """Write the kernel that stores slots as rows of outputs. Words: count, table of slots, table of columns, width."""
    rows = Region(kernel, PER_ROW)
    count, table, places, width = kernel.words(4)
    table, places = kernel.table(table), kernel.table(places)
    out = kernel.pointer(kernel.state(OUTPUTS))
    with Loop(kernel, count) as each:
        row, column = rows.row(kernel.long_at(table, each)), kernel.long_at(places, each)
        with Loop(kernel, kernel.state(BATCH)) as inner:
            place = kernel.at(out, kernel.add(kernel.mul(inner, width), column))
            kernel.line(f"  store double {kernel.number(kernel.at(row, inner))}, ptr {place}, align 8")


def seed(kernel: Kernel) -> None:
    """Write the kernel that sums the losses of the rows and sets their gradient to the seed. Words: slot."""
    rows = Region(kernel, PER_ROW)
    slot = kernel.word()
    value, gradient = rows.row(slot), rows.row(slot, gradient=True)
    upstream = kernel.everywhere(kernel.emit(f"bitcast i64 {kernel.state(SEED)} to double"))
    loop = Loop(kernel, rows.vectors, [kernel.splat(0.0)])
    v = loop.index
    kernel.store(upstream, kernel.vector_at(gradient, v))
    loss = kernel.rows_only(kernel.load(kernel.vector_at(value, v)), v, rows)
    (found,) = loop.close([kernel.fadd(loop.values[0], loss)])
    kernel.sum_into(kernel.at("%state", str(LOSS)), found)


def seed_call(kernel: Kernel) -> None:
    """Write the kernel that sets the gradient of a per-call loss to the seed. Words: slot."""
    place = Region(kernel, PER_CALL).row(kernel.word(), gradient=True)
    kernel.line(f"  store i64 {kernel.state(SEED)}, ptr {place}, align 8")


def clear(kernel: Kernel) -> None:
    """Write the kernel that sets gradients to 0. Words: region, first slot, count."""
    region = Region(kernel)
    slot, count = kernel.words(2)
    start = region.row(slot, gradient=True)
    with Loop(kernel, kernel.mul(count, region.vectors)) as loop:
        kernel.store(kernel.splat(0.0), kernel.vector_at(start, loop))


def gather(kernel: Kernel, *, back: bool) -> None:
    """Write the kernel that copies slots to neighboring ones, or adds the gradients of the copies to the sources.

    Words: region, first slot of the copies, table of sources, count.
    """
    region = Region(kernel)
    first, table, count = kernel.words(3)
    table = kernel.table(table)
    with Loop(kernel, count) as each:
        copy = region.row(kernel.add(first, each), gradient=back)
        source = region.row(kernel.long_at(table, each), gradient=back)
        with Loop(kernel, region.vectors) as v:
            if back:
                place = kernel.vector_at(source, v)
                kernel.store(kernel.fadd(kernel.load(place), kernel.load(kernel.vector_at(copy, v))), place)
            else:
                kernel.store(kernel.load(kernel.vector_at(source, v)), kernel.vector_at(copy, v))
