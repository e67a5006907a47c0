"""The kernels that move numbers: rows into slots, slots into outputs, the seed of the reverse pass, copies."""

from __future__ import annotations

from autograd.replay.native.assembler import BATCH, INPUTS, LOSS, OUTPUTS, PER_CALL, PER_ROW, SEED, Kernel, Loop, Region


def load_inputs(lanes: int) -> Kernel:
    """Return the kernel that loads rows of inputs into slots; spare lanes repeat the last. Words: first slot, count."""
    kernel = Kernel("load_inputs", lanes)
    rows = Region(kernel, PER_ROW)
    first, count = kernel.words(2)
    start, last = kernel.pointer(kernel.state(INPUTS)), kernel.add(kernel.state(BATCH), -1)
    kernel.needs["declare i64 @llvm.umin.i64(i64, i64)"] = None
    each = Loop(kernel, rows.vectors)
    lines = []
    for lane in range(lanes):
        row = kernel.add(kernel.mul(each.index, lanes), lane)
        row = kernel.emit(f"call i64 @llvm.umin.i64(i64 {row}, i64 {last})")
        lines.append(kernel.at(start, kernel.mul(row, count)))
    inner = Loop(kernel, count)
    vector = "poison"
    for lane, line in enumerate(lines):
        number = kernel.number(kernel.at(line, inner.index))
        vector = kernel.emit(f"insertelement {kernel.floats} {vector}, double {number}, i64 {lane}")
    kernel.store(vector, kernel.vector_at(rows.row(kernel.add(first, inner.index)), each.index))
    inner.close()
    each.close()
    return kernel


def store_outputs(lanes: int) -> Kernel:
    """Return the kernel that stores slots as rows of outputs. Words: count, table of slots, table of columns, width."""
    kernel = Kernel("store_outputs", lanes)
    rows = Region(kernel, PER_ROW)
    count, table, places, width = kernel.words(4)
    table, places = kernel.table(table), kernel.table(places)
    out = kernel.pointer(kernel.state(OUTPUTS))
    each = Loop(kernel, count)
    row, column = rows.row(kernel.long_at(table, each.index)), kernel.long_at(places, each.index)
    inner = Loop(kernel, kernel.state(BATCH))
    place = kernel.at(out, kernel.add(kernel.mul(inner.index, width), column))
    kernel.line(f"  store double {kernel.number(kernel.at(row, inner.index))}, ptr {place}, align 8")
    inner.close()
    each.close()
    return kernel


def seed(lanes: int) -> Kernel:
    """Return the kernel that sums the losses of the rows and sets their gradient to the seed. Words: slot."""
    kernel = Kernel("seed", lanes)
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
    return kernel


def seed_call(lanes: int) -> Kernel:
    """Return the kernel that sets the gradient of a per-call loss to the seed. Words: slot."""
    kernel = Kernel("seed_call", lanes)
    place = Region(kernel, PER_CALL).row(kernel.word(), gradient=True)
    kernel.line(f"  store i64 {kernel.state(SEED)}, ptr {place}, align 8")
    return kernel


def clear(lanes: int) -> Kernel:
    """Return the kernel that sets gradients to 0. Words: region, first slot, count."""
    kernel = Kernel("clear", lanes)
    region = Region(kernel)
    slot, count = kernel.words(2)
    start = region.row(slot, gradient=True)
    loop = Loop(kernel, kernel.mul(count, region.vectors))
    kernel.store(kernel.splat(0.0), kernel.vector_at(start, loop.index))
    loop.close()
    return kernel


def gather(lanes: int) -> Kernel:
    """Return the kernel that copies slots to neighboring ones. Words: region, first slot, table of sources, count."""
    kernel = Kernel("gather", lanes)
    region = Region(kernel)
    first, table, count = kernel.words(3)
    table = kernel.table(table)
    each = Loop(kernel, count)
    to, source = region.row(kernel.add(first, each.index)), region.row(kernel.long_at(table, each.index))
    loop = Loop(kernel, region.vectors)
    kernel.store(kernel.load(kernel.vector_at(source, loop.index)), kernel.vector_at(to, loop.index))
    loop.close()
    each.close()
    return kernel


def gather_back(lanes: int) -> Kernel:
    """Return the kernel that adds the gradients of copies to those of their sources. Words: as for `gather`."""
    kernel = Kernel("gather_back", lanes)
    region = Region(kernel)
    first, table, count = kernel.words(3)
    table = kernel.table(table)
    each = Loop(kernel, count)
    source = region.row(kernel.add(first, each.index), gradient=True)
    to = region.row(kernel.long_at(table, each.index), gradient=True)
    loop = Loop(kernel, region.vectors)
    place = kernel.vector_at(to, loop.index)
    kernel.store(kernel.fadd(kernel.load(place), kernel.load(kernel.vector_at(source, loop.index))), place)
    loop.close()
    each.close()
    return kernel
