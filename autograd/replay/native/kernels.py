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


def elementwise(kernel: Kernel, op: Op, kinds: tuple[str | float, ...], wants: tuple[bool, ...]) -> None:
    """Write the kernel of an operation over vectors, forward or reverse.

    `kinds` says what each operand is: "row", a slot of the instruction's own region; "call", a number
    per call where the instruction computes one per row; "number", a constant in a word; or a float that
    the code is written for. Words: region, members, times, first slot, one for each operand, and in the
    reverse pass, for each wanted operand of the own region, a flag whether to add.
    """
    given = tuple(kind if isinstance(kind, float) else None for kind in kinds)
    region = Region(kernel)
    members, times, first = kernel.words(3)
    calls = Region(kernel, PER_CALL) if "call" in kinds else region
    words = ["" if isinstance(kind, float) else kernel.word() for kind in kinds]
    adds = [kernel.is_set(kernel.word()) if want and kind == "row" else "" for want, kind in zip(wants, kinds)]
    tables = {n: kernel.table(words[n]) for n, kind in enumerate(kinds) if kind in {"row", "call"}}
    vectors = kernel.mul(times, region.vectors)
    fixed = {
        n: kernel.everywhere(kernel.emit(f"bitcast i64 {words[n]} to double"))
        for n, kind in enumerate(kinds)
        if kind == "number"
    }
    with Loop(kernel, members) as each:
        slot = kernel.add(first, each)
        slots = {n: kernel.long_at(table, each) for n, table in tables.items()}
        rows = {n: region.row(slots[n]) for n in slots if kinds[n] == "row"}
        fixed |= {n: kernel.everywhere(kernel.number(calls.row(slots[n]))) for n in slots if kinds[n] == "call"}
        y, upstream = region.row(slot), region.row(slot, gradient=True)
        owners = {n: calls if kinds[n] == "call" else region for n, want in enumerate(wants) if want}
        targets = {n: owner.row(slots[n], gradient=True) for n, owner in owners.items()}
        summed = [n for n in targets if kinds[n] == "call"]

        loop = Loop(kernel, vectors, [kernel.splat(0.0)] * len(summed))
        v = loop.index
        operands: list[Any] = list(given)
        for n, register in fixed.items():
            operands[n] = Lanes(kernel, register)
        for n, row in rows.items():
            operands[n] = Lanes(kernel, kernel.load(kernel.vector_at(row, v)))
        carried = []
        if not any(wants):
            (result,) = write_trace(trace_forward(op, given), [*operands, None], [0])
            kernel.store(as_lanes(kernel, result).register, kernel.vector_at(y, v))
        else:
            result = Lanes(kernel, kernel.load(kernel.vector_at(y, v)))
            up = Lanes(kernel, kernel.load(kernel.vector_at(upstream, v)))
            partials = write_trace(trace_partials(op, given), [*operands, result], list(targets))
            found = [(n, (up * partial).register) for n, partial in zip(targets, partials)]
            for n, contribution in found:
                if n not in summed:
                    kernel.put(contribution, kernel.vector_at(targets[n], v), adds[n])
            sums = dict(zip(summed, loop.values))
            carried = [kernel.fadd(sums[n], kernel.rows_only(c, v, region)) for n, c in found if n in sums]
        for n, register in zip(summed, loop.close(carried)):
            kernel.sum_into(targets[n], register)


# -- Matrix products ------------------------------------------------------------------------------


def matrix(kernel: Kernel) -> None:
    """Write the kernel of z[j] = b[j] + Σ w[j,k]·x[k], or z[j] += Σ w[j,k]·x[k], for several vectors x of rows.

    Words: J, K, the first slot of w and its strides, the first slot of b and its stride, the number of
    vectors, the tables of the first slots of each x and each z, and flags: gradients, add.
    """
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


def outer(kernel: Kernel) -> None:
    """Write the kernel of dw[j,k] += Σ over the rows of dz[j]·x[k], the gradient of a matrix.

    Words: J, K, the first slot of w and its strides, the number of vectors, the table of the first slots
    of each x, and the first slot of z.
    """
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


def row_sums(kernel: Kernel) -> None:
    """Write the kernel of db[j] += Σ over the rows of dz[j]. Words: region, J, times, first slot of z, table of b."""
    region, calls = Region(kernel), Region(kernel, PER_CALL)
    j_count, times, z_first, b = kernel.words(4)
    b = kernel.table(b)
    with Loop(kernel, kernel.mul(j_count, times)) as each:
        row = region.row(kernel.add(z_first, each), gradient=True)
        loop = Loop(kernel, region.last, [kernel.splat(0.0)])
        (found,) = loop.close([kernel.fadd(loop.values[0], kernel.load(kernel.vector_at(row, loop.index)))])
        last = kernel.rows_only(kernel.load(kernel.vector_at(row, region.last)), region.last, region)
        j = kernel.emit(f"urem i64 {each}, {j_count}")
        kernel.sum_into(calls.row(kernel.long_at(b, j), gradient=True), kernel.fadd(found, last))


# -- Sums of products -----------------------------------------------------------------------------


def products(kernel: Kernel, *, left_per_call: bool) -> None:
    """Write the kernel of z[k] = Σⱼ left[k,j]·right[k,j] + bias[k].

    Words: region, K, J, the first slot of z, and the tables of left, right and bias.
    """
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


def products_back(kernel: Kernel, side: str, other: str) -> None:
    """Write the kernel that adds upstream times the other factor to the gradient of one factor of each product.

    `side` and `other` are "row" or "call". Words: region, K, J, first slot, the tables of the side and of
    the other, and a flag whether to add.
    """
    region, calls = Region(kernel), Region(kernel, PER_CALL)
    k_count, j_count, first, side_table, other_table, adds = kernel.words(6)
    side_table, other_table, adds = kernel.table(side_table), kernel.table(other_table), kernel.is_set(adds)
    with Loop(kernel, k_count) as each:
        start = kernel.mul(each, j_count)
        sides, others = kernel.at(side_table, start), kernel.at(other_table, start)
        upstream = region.row(kernel.add(first, each), gradient=True)
        with Loop(kernel, j_count) as inner:
            slot, factor = kernel.long_at(sides, inner), kernel.long_at(others, inner)
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


def dots(kernel: Kernel) -> None:
    """Write the kernel of the same sums over neighboring numbers per call, one lane for each.

    Words: K, J, first slot, the tables of the first slots of each left and each right, the table of bias.
    """
    calls = Region(kernel, PER_CALL)
    k_count, j_count, first, left, right, bias = kernel.words(6)
    left, right, bias = kernel.table(left), kernel.table(right), kernel.table(bias)
    full = kernel.emit(f"udiv i64 {j_count}, {kernel.lanes}")
    done = kernel.mul(full, kernel.lanes)
    rest = kernel.emit(f"sub i64 {j_count}, {done}")
    with Loop(kernel, k_count) as each:
        a, b = calls.row(kernel.long_at(left, each)), calls.row(kernel.long_at(right, each))
        z = calls.row(kernel.add(first, each))
        begin = kernel.number(calls.row(kernel.long_at(bias, each)))
        loop = Loop(kernel, full, [kernel.splat(0.0)])
        at = kernel.load(kernel.vector_at(a, loop.index)), kernel.load(kernel.vector_at(b, loop.index))
        (found,) = loop.close([kernel.fma(*at, loop.values[0])])
        loop = Loop(kernel, rest, [begin], "double")
        n = kernel.add(done, loop.index)
        times = kernel.emit(f"fmul double {kernel.number(kernel.at(a, n))}, {kernel.number(kernel.at(b, n))}")
        (end,) = loop.close([kernel.emit(f"fadd double {loop.values[0]}, {times}")])
        kernel.line(f"  store double {end}, ptr {z}, align 8")
        kernel.sum_into(z, found)


def dots_back(kernel: Kernel) -> None:
    """Write the kernel that adds upstream times the other side to the gradient of one side of each such sum.

    Words: K, J, first slot, the tables of the first slots of each side and of each other side.
    """
    calls = Region(kernel, PER_CALL)
    k_count, j_count, first, side, other = kernel.words(5)
    side, other = kernel.table(side), kernel.table(other)
    full = kernel.emit(f"udiv i64 {j_count}, {kernel.lanes}")
    done = kernel.mul(full, kernel.lanes)
    rest = kernel.emit(f"sub i64 {j_count}, {done}")
    with Loop(kernel, k_count) as each:
        up = kernel.number(calls.row(kernel.add(first, each), gradient=True))
        ups = kernel.everywhere(up)
        target = calls.row(kernel.long_at(side, each), gradient=True)
        x = calls.row(kernel.long_at(other, each))
        with Loop(kernel, full) as loop:
            place = kernel.vector_at(target, loop)
            kernel.store(kernel.fma(ups, kernel.load(kernel.vector_at(x, loop)), kernel.load(place)), place)
        with Loop(kernel, rest) as loop:
            n = kernel.add(done, loop)
            place = kernel.at(target, n)
            kernel.add_to(place, kernel.emit(f"fmul double {up}, {kernel.number(kernel.at(x, n))}"))


KERNELS: dict[str, Callable[[Kernel], None]] = {
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
    "gather": partial(moves.gather, back=False),
    "gather back": partial(moves.gather, back=True),
}
