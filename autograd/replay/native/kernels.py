"""The kernels that compute: one operation over vectors, matrix products, and sums of products.

A kernel reads sizes and slots from its words when it runs. So it is compiled once in a process and serves
every program. What an operation and its partial derivatives compute is read from the table with vectors
(`vector_math`). In a product, the gradient of one factor is upstream times the other, because the table
says so of `affine`; `lowering.multiplies` has asked it.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from autograd.replay.instructions import trace_forward, trace_partials
from autograd.replay.native import move_kernels as moves
from autograd.replay.native.assembler import PER_CALL, PER_ROW, Kernel, Loop, Region
from autograd.replay.native.vector_math import Lanes, as_lanes, write_trace

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from autograd.table.ops import Op

# -- One operation over vectors --------------------------------------------------------------------------


class ElementwiseKernel:
    """The kernel of an operation over vectors, forward or reverse.

    `operands` says what each operand is: "row", a slot of the instruction's own region; "call", a number
    per call where the instruction computes one per row; "number", a constant in a word; or a float that
    the code is written for. Words: region, members, times, first slot, one for each operand, and in the
    reverse pass, for each wanted operand of the own region, a flag whether to add.
    """

    def __init__(self, op: Op, operands: tuple[str | float, ...], wants: tuple[bool, ...], lanes: int) -> None:
        self.op, self.operands, self.wants, self.lanes = op, operands, wants, lanes

    def write(self, name: str) -> Kernel:
        """Return the code of the kernel."""
        kernel = Kernel(name, self.lanes)
        reverse = any(self.wants)
        region = Region(kernel)
        members, times, first = kernel.words(3)
        calls = Region(kernel, PER_CALL) if "call" in self.operands else region
        words = [None if isinstance(kind, float) else kernel.word() for kind in self.operands]
        adds = [
            kernel.is_set(kernel.word()) if want and kind == "row" else ""
            for want, kind in zip(self.wants, self.operands)
        ]
        tables = [kernel.table(word) if word and kind != "number" else "" for word, kind in zip(words, self.operands)]
        vectors = kernel.mul(times, region.vectors)

        def constant(word: str) -> str:
            return kernel.everywhere(kernel.emit(f"bitcast i64 {word} to double"))

        fixed = {
            n: constant(word) for n, (kind, word) in enumerate(zip(self.operands, words)) if kind == "number" and word
        }
        each = Loop(kernel, members)
        slot = kernel.add(first, each.index)
        slots = [kernel.long_at(table, each.index) if table else "" for table in tables]
        rows = {n: region.row(slots[n]) for n, kind in enumerate(self.operands) if kind == "row"}
        for n, kind in enumerate(self.operands):
            if kind == "call":
                fixed[n] = kernel.everywhere(kernel.number(calls.row(slots[n])))
        y, upstream = region.row(slot), region.row(slot, gradient=True)
        targets = {n: (calls if self.operands[n] == "call" else region).row(slots[n], gradient=True)
                   for n, want in enumerate(self.wants) if want}  # fmt: skip
        summed = [n for n in targets if self.operands[n] == "call"]

        loop = Loop(kernel, vectors, [kernel.splat(0.0)] * len(summed))
        v = loop.index
        operands: list[Any] = [kind if isinstance(kind, float) else None for kind in self.operands]
        for n, register in fixed.items():
            operands[n] = Lanes(kernel, register)
        for n, row in rows.items():
            operands[n] = Lanes(kernel, kernel.load(kernel.vector_at(row, v)))
        given = tuple(kind if isinstance(kind, float) else None for kind in self.operands)
        carried = []
        if not reverse:
            (result,) = write_trace(trace_forward(self.op, given), [*operands, None], [0])
            kernel.store(as_lanes(kernel, result).register, kernel.vector_at(y, v))
        else:
            result = Lanes(kernel, kernel.load(kernel.vector_at(y, v)))
            up = Lanes(kernel, kernel.load(kernel.vector_at(upstream, v)))
            partials = write_trace(trace_partials(self.op, given), [*operands, result], list(targets))
            found = [(n, (up * partial).register) for n, partial in zip(targets, partials)]
            for n, contribution in found:
                if n not in summed:
                    kernel.put(contribution, kernel.vector_at(targets[n], v), adds[n])
            sums = dict(zip(summed, loop.values))
            carried = [kernel.fadd(sums[n], kernel.rows_only(c, v, region)) for n, c in found if n in sums]
        for n, register in zip(summed, loop.close(carried)):
            kernel.sum_into(targets[n], register)
        each.close()
        return kernel


# -- Matrix products ------------------------------------------------------------------------------


def matrix(lanes: int) -> Kernel:
    """Return the kernel of z[j] = b[j] + Σ w[j,k]·x[k], or z[j] += Σ w[j,k]·x[k], for several vectors x of rows.

    Words: J, K, the first slot of w and its strides, the first slot of b and its stride, the number of
    vectors, the tables of the first slots of each x and each z, and flags: gradients, add.
    """
    kernel = Kernel("matrix", lanes)
    rows, calls = Region(kernel, PER_ROW), Region(kernel, PER_CALL)
    j_count, k_count, w, j_step, k_step, bias, bias_step, times, x_starts, z_starts, reverse, adds = kernel.words(12)
    w, bias, x_starts, z_starts = calls.row(w), calls.row(bias), kernel.table(x_starts), kernel.table(z_starts)
    reverse, adds = kernel.is_set(reverse), kernel.is_set(adds)
    base = kernel.emit(f"select i1 {reverse}, ptr {rows.gradients}, ptr {rows.values}")
    j_blocks, v_blocks = kernel.blocks(j_count), kernel.blocks(rows.vectors)

    def row(start: str, slot: str) -> str:
        return kernel.emit(f"getelementptr i8, ptr {start}, i64 {kernel.mul(slot, rows.row_bytes)}")

    each = Loop(kernel, times)
    x = row(base, kernel.long_at(x_starts, each.index))
    z = row(base, kernel.long_at(z_starts, each.index))

    def across(v: str, wide: int) -> None:
        def block(j: str, high: int) -> None:
            places, firsts, weights = [], [], []
            for a in range(high):
                z_row = row(z, kernel.add(j, a))
                begin = kernel.everywhere(kernel.number(kernel.at(bias, kernel.mul(kernel.add(j, a), bias_step))))
                weights.append(kernel.at(w, kernel.mul(kernel.add(j, a), j_step)))
                for b in range(wide):
                    place = kernel.vector_at(z_row, kernel.add(v, b))
                    there = kernel.load(place)
                    places.append(place)
                    firsts.append(kernel.emit(f"select i1 {adds}, {kernel.floats} {there}, {kernel.floats} {begin}"))
            loop = Loop(kernel, k_count, firsts)
            x_row = kernel.vector_at(row(x, loop.index), v)
            inputs = [kernel.load(kernel.vector_at(x_row, str(b))) for b in range(wide)]
            step = kernel.mul(loop.index, k_step)
            sums = []
            for a in range(high):
                weight = kernel.everywhere(kernel.number(kernel.at(weights[a], step)))
                sums += [kernel.fma(weight, inputs[b], loop.values[a * wide + b]) for b in range(wide)]
            for place, register in zip(places, loop.close(sums)):
                kernel.store(register, place)

        kernel.in_blocks(j_blocks, block)

    kernel.in_blocks(v_blocks, across)
    each.close()
    return kernel


def outer(lanes: int) -> Kernel:
    """Return the kernel of dw[j,k] += Σ over the rows of dz[j]·x[k], the gradient of a matrix.

    Words: J, K, the first slot of w and its strides, the number of vectors, the table of the first slots
    of each x, and the first slot of z.
    """
    kernel = Kernel("outer", lanes)
    rows, calls = Region(kernel, PER_ROW), Region(kernel, PER_CALL)
    j_count, k_count, w, j_step, k_step, times, starts, z_first = kernel.words(8)
    w, starts = calls.row(w, gradient=True), kernel.table(starts)
    j_blocks, k_blocks = kernel.blocks(j_count), kernel.blocks(k_count)
    each = Loop(kernel, times)
    x = kernel.long_at(starts, each.index)
    z = kernel.add(z_first, kernel.mul(each.index, j_count))

    def down(j: str, high: int) -> None:
        def block(k: str, wide: int) -> None:
            places = [kernel.mul(k_step, b) for b in range(wide)]
            left = [rows.row(kernel.add(z, kernel.add(j, a)), gradient=True) for a in range(high)]
            right = [rows.row(kernel.add(x, kernel.add(k, b))) for b in range(wide)]

            def turn(sums: Sequence[str], v: str, *, last: bool) -> list[str]:
                vectors = [kernel.load(kernel.vector_at(row, v)) for row in (*left, *right)]
                if last:
                    vectors = [kernel.rows_only(vector, v, rows) for vector in vectors]
                pairs = [(a, b) for a in vectors[:high] for b in vectors[high:]]
                return [kernel.fma(a, b, found) for (a, b), found in zip(pairs, sums)]

            loop = Loop(kernel, rows.last, [kernel.splat(0.0)] * (high * wide))
            sums = loop.close(turn(loop.values, loop.index, last=False))
            sums = turn(sums, rows.last, last=True)
            for a in range(high):
                start = kernel.at(w, kernel.add(kernel.mul(kernel.add(j, a), j_step), kernel.mul(k, k_step)))
                for place, found in zip(places, kernel.sums_of_lanes(sums[a * wide : a * wide + wide])):
                    kernel.add_to(kernel.at(start, place), found)

        kernel.in_blocks(k_blocks, block)

    kernel.in_blocks(j_blocks, down)
    each.close()
    return kernel


def row_sums(lanes: int) -> Kernel:
    """Return the kernel of db[j] += Σ over the rows of dz[j]. Words: region, J, times, first slot of z, table of b."""
    kernel = Kernel("row_sums", lanes)
    region, calls = Region(kernel), Region(kernel, PER_CALL)
    j_count, times, z_first, b = kernel.words(4)
    b = kernel.table(b)
    each = Loop(kernel, kernel.mul(j_count, times))
    row = region.row(kernel.add(z_first, each.index), gradient=True)
    loop = Loop(kernel, region.last, [kernel.splat(0.0)])
    (found,) = loop.close([kernel.fadd(loop.values[0], kernel.load(kernel.vector_at(row, loop.index)))])
    last = kernel.rows_only(kernel.load(kernel.vector_at(row, region.last)), region.last, region)
    j = kernel.emit(f"urem i64 {each.index}, {j_count}")
    kernel.sum_into(calls.row(kernel.long_at(b, j), gradient=True), kernel.fadd(found, last))
    each.close()
    return kernel


# -- Sums of products -----------------------------------------------------------------------------


def products(lanes: int, *, left_per_call: bool) -> Kernel:
    """Return the kernel of z[k] = Σⱼ left[k,j]·right[k,j] + bias[k].

    Words: region, K, J, the first slot of z, and the tables of left, right and bias.
    """
    kernel = Kernel(f"products_{'call' if left_per_call else 'row'}", lanes)
    region, calls = Region(kernel), Region(kernel, PER_CALL)
    k_count, j_count, first, left, right, bias = kernel.words(6)
    left, right, bias = kernel.table(left), kernel.table(right), kernel.table(bias)
    v_blocks = kernel.blocks(region.vectors)
    each = Loop(kernel, k_count)
    start = kernel.mul(each.index, j_count)
    lefts, rights = kernel.at(left, start), kernel.at(right, start)
    begin = kernel.everywhere(kernel.number(calls.row(kernel.long_at(bias, each.index))))
    z = region.row(kernel.add(first, each.index))

    def block(v: str, wide: int) -> None:
        loop = Loop(kernel, j_count, [begin] * wide)
        b_row = kernel.vector_at(region.row(kernel.long_at(rights, loop.index)), v)
        a_slot = kernel.long_at(lefts, loop.index)
        sums = []
        for n, found in enumerate(loop.values):
            if left_per_call:
                a = kernel.everywhere(kernel.number(calls.row(a_slot)))
            else:
                a = kernel.load(kernel.vector_at(kernel.vector_at(region.row(a_slot), v), str(n)))
            sums.append(kernel.fma(a, kernel.load(kernel.vector_at(b_row, str(n))), found))
        for n, register in enumerate(loop.close(sums)):
            kernel.store(register, kernel.vector_at(z, kernel.add(v, n)))

    kernel.in_blocks(v_blocks, block)
    each.close()
    return kernel


def products_back(lanes: int, side: str, other: str) -> Kernel:
    """Return the kernel that adds upstream times the other factor to the gradient of one factor of each product.

    `side` and `other` are "row" or "call". Words: region, K, J, first slot, the tables of the side and of
    the other, and a flag whether to add.
    """
    kernel = Kernel(f"products_back_{side}_{other}", lanes)
    region, calls = Region(kernel), Region(kernel, PER_CALL)
    k_count, j_count, first, side_table, other_table, adds = kernel.words(6)
    side_table, other_table, adds = kernel.table(side_table), kernel.table(other_table), kernel.is_set(adds)
    each = Loop(kernel, k_count)
    start = kernel.mul(each.index, j_count)
    sides, others = kernel.at(side_table, start), kernel.at(other_table, start)
    upstream = region.row(kernel.add(first, each.index), gradient=True)
    inner = Loop(kernel, j_count)
    slot, factor = kernel.long_at(sides, inner.index), kernel.long_at(others, inner.index)
    target = (calls if side == "call" else region).row(slot, gradient=True)
    if other == "call":
        number = kernel.everywhere(kernel.number(calls.row(factor)))
    else:
        row = region.row(factor)
    loop = Loop(kernel, region.vectors, [kernel.splat(0.0)] * (side == "call"))
    v = loop.index
    x = number if other == "call" else kernel.load(kernel.vector_at(row, v))
    contribution = kernel.fmul(kernel.load(kernel.vector_at(upstream, v)), x)
    if side == "call":
        (found,) = loop.close([kernel.fadd(loop.values[0], kernel.rows_only(contribution, v, region))])
        kernel.sum_into(target, found)
    else:
        kernel.put(contribution, kernel.vector_at(target, v), adds)
        loop.close()
    inner.close()
    each.close()
    return kernel


def dots(lanes: int) -> Kernel:
    """Return the kernel of the same sums over neighboring numbers per call, one lane for each.

    Words: K, J, first slot, the tables of the first slots of each left and each right, the table of bias.
    """
    kernel = Kernel("dots", lanes)
    calls = Region(kernel, PER_CALL)
    k_count, j_count, first, left, right, bias = kernel.words(6)
    left, right, bias = kernel.table(left), kernel.table(right), kernel.table(bias)
    full = kernel.emit(f"udiv i64 {j_count}, {lanes}")
    done = kernel.mul(full, lanes)
    rest = kernel.emit(f"sub i64 {j_count}, {done}")
    each = Loop(kernel, k_count)
    a, b = calls.row(kernel.long_at(left, each.index)), calls.row(kernel.long_at(right, each.index))
    z = calls.row(kernel.add(first, each.index))
    begin = kernel.number(calls.row(kernel.long_at(bias, each.index)))
    loop = Loop(kernel, full, [kernel.splat(0.0)])
    at = kernel.load(kernel.vector_at(a, loop.index)), kernel.load(kernel.vector_at(b, loop.index))
    (found,) = loop.close([kernel.fma(*at, loop.values[0])])
    loop = Loop(kernel, rest, [begin], "double")
    n = kernel.add(done, loop.index)
    times = kernel.emit(f"fmul double {kernel.number(kernel.at(a, n))}, {kernel.number(kernel.at(b, n))}")
    (end,) = loop.close([kernel.emit(f"fadd double {loop.values[0]}, {times}")])
    kernel.line(f"  store double {end}, ptr {z}, align 8")
    kernel.sum_into(z, found)
    each.close()
    return kernel


def dots_back(lanes: int) -> Kernel:
    """Return the kernel that adds upstream times the other side to the gradient of one side of each such sum.

    Words: K, J, first slot, the tables of the first slots of each side and of each other side.
    """
    kernel = Kernel("dots_back", lanes)
    calls = Region(kernel, PER_CALL)
    k_count, j_count, first, side, other = kernel.words(5)
    side, other = kernel.table(side), kernel.table(other)
    full = kernel.emit(f"udiv i64 {j_count}, {lanes}")
    done = kernel.mul(full, lanes)
    rest = kernel.emit(f"sub i64 {j_count}, {done}")
    each = Loop(kernel, k_count)
    up = kernel.number(calls.row(kernel.add(first, each.index), gradient=True))
    ups = kernel.everywhere(up)
    target = calls.row(kernel.long_at(side, each.index), gradient=True)
    x = calls.row(kernel.long_at(other, each.index))
    loop = Loop(kernel, full)
    place = kernel.vector_at(target, loop.index)
    kernel.store(kernel.fma(ups, kernel.load(kernel.vector_at(x, loop.index)), kernel.load(place)), place)
    loop.close()
    loop = Loop(kernel, rest)
    n = kernel.add(done, loop.index)
    place = kernel.at(target, n)
    times = kernel.emit(f"fmul double {up}, {kernel.number(kernel.at(x, n))}")
    kernel.line(f"  store double {kernel.emit(f'fadd double {kernel.number(place)}, {times}')}, ptr {place}, align 8")
    loop.close()
    each.close()
    return kernel


KERNELS: dict[str, Callable[[int], Kernel]] = {
    "matrix": matrix,
    "outer": outer,
    "row sums": row_sums,
    "products": partial(products, left_per_call=False),
    "products, left per call": partial(products, left_per_call=True),
    "products back, row by row": partial(products_back, side="row", other="row"),
    "products back, row by call": partial(products_back, side="row", other="call"),
    "products back, call by row": partial(products_back, side="call", other="row"),
    "products back, call by call": partial(products_back, side="call", other="call"),
    "dots": dots,
    "dots back": dots_back,
    "load inputs": moves.load_inputs,
    "store outputs": moves.store_outputs,
    "seed": moves.seed,
    "seed call": moves.seed_call,
    "clear": moves.clear,
    "gather": moves.gather,
    "gather back": moves.gather_back,
}
