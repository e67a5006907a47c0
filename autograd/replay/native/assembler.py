"""An assembler for LLVM: it writes instructions and loops, and knows where the numbers of a program are.

A *kernel* is a function of its *words*, 64-bit integers that say what to compute, and of the *state*, an
array of addresses and sizes. There are two *regions* of numbers. In the per-row region, a slot is a row
of vectors, with one lane for each row of the batch. In the per-call region, a slot is one number; a
kernel of one lane reads it as a batch of one row.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

# The words of the state. A region has five: the addresses of its values and gradients, the bytes from slot
# to slot, the vectors in a slot, and the number of lanes of the last vector that are rows.
VALUES, GRADIENTS, ROW_BYTES, VECTORS, TAIL = range(5)
PER_ROW, PER_CALL = 0, 5
TABLES, INPUTS, BATCH, SEED, LOSS, OUTPUTS, FLAGS = range(10, 17)
STATE_WORDS = 17


class Loop:
    """A loop being written: its counter, and the registers it carries from one turn to the next.

    It ends with `close`, or, if it carries nothing, with a `with` statement, which gives the counter.
    """

    def __init__(self, kernel: Kernel, end: str, carried: Sequence[str] = (), kind: str = "") -> None:
        self.kernel = kernel
        self.name = name = kernel.label("loop")
        self.index = f"%{name}.index"
        self.values = [f"%{name}.carried{n}" for n in range(len(carried))]
        kernel.line(f"  br label %{name}.before\n{name}.before:\n  br label %{name}\n{name}:")
        kernel.line(f"  {self.index} = phi i64 [ 0, %{name}.before ], [ {self.index}.next, %{name}.turn ]")
        self._phis = len(kernel.lines)
        self._firsts = [(kind or kernel.floats, first) for first in carried]
        kernel.line("")  # a place for the carried registers, written by `close`
        more = kernel.emit(f"icmp slt i64 {self.index}, {end}")
        kernel.line(f"  br i1 {more}, label %{name}.body, label %{name}.end\n{name}.body:")

    def __enter__(self) -> str:
        return self.index

    def __exit__(self, *_error: object) -> None:
        self.close()

    def close(self, carried: Sequence[str] = ()) -> list[str]:
        """End the loop, and return the registers of what it carried."""
        name, kernel = self.name, self.kernel
        kernel.lines[self._phis] = "\n".join(
            f"  {register} = phi {kind} [ {first}, %{name}.before ], [ {last}, %{name}.turn ]"
            for register, (kind, first), last in zip(self.values, self._firsts, carried)
        )
        kernel.line(f"  br label %{name}.turn\n{name}.turn:\n  {self.index}.next = add i64 {self.index}, 1")
        kernel.line(f"  br label %{name}\n{name}.end:")
        return self.values


class Kernel:
    """The code of one kernel, `void name(words, state)`: its lines so far, and the number of lanes of a vector."""

    def __init__(self, name: str, lanes: int) -> None:
        self.name, self.lanes = name, lanes
        self.lines: list[str] = []
        self.needs: dict[str, None] = {}  # declarations, in order
        self.floats, self.longs, self.truths = (f"<{lanes} x {kind}>" for kind in ("double", "i64", "i1"))
        self.block = 3 if lanes == 4 else 4  # block × block sums are kept in registers, of which four lanes have 16
        self._count = 0
        self._word = 2  # the first two are the address of the kernel and the number of words

    @property
    def text(self) -> str:
        """Return the whole function."""
        body = "\n".join(self.lines)
        return f"define void @{self.name}(ptr %words, ptr %state) {{\nentry:\n{body}\n  ret void\n}}\n"

    def emit(self, text: str) -> str:
        """Write an instruction, and return the register of its result."""
        self._count += 1
        register = f"%r{self._count}"
        self.lines.append(f"  {register} = {text}")
        return register

    def line(self, text: str) -> None:
        """Write an instruction without a result, or a label."""
        self.lines.append(text)

    def label(self, name: str) -> str:
        """Return a new name for a place in the code."""
        self._count += 1
        return f"{name}{self._count}"

    def call(self, function: str, *args: str) -> str:
        """Call a function of LLVM on vectors; it is declared once."""
        types = ", ".join([self.floats] * len(args))
        name = f"@llvm.{function}.v{self.lanes}f64"
        self.needs[f"declare {self.floats} {name}({types})"] = None
        return self.emit(f"call {self.floats} {name}({', '.join(f'{self.floats} {arg}' for arg in args)})")

    def splat(self, number: float) -> str:
        """Return a constant vector: the same number in all lanes."""
        return _vector([f"double 0x{bits_of(number) % 2**64:016X}"] * self.lanes)

    def splat_long(self, number: int) -> str:
        """Return the same of integers."""
        return _vector([f"i64 {number}"] * self.lanes)

    # -- Words, state, addresses ------------------------------------------------------------------

    def word(self) -> str:
        """Return the next word."""
        self._word += 1
        return self.long_at("%words", str(self._word - 1))

    def words(self, count: int) -> list[str]:
        """Return the next few words."""
        return [self.word() for _ in range(count)]

    def state(self, number: int) -> str:
        """Return a word of the state."""
        return self.long_at("%state", str(number))

    def table(self, start: str) -> str:
        """Return the address of a table of slots."""
        return self.at(self.pointer(self.state(TABLES)), start)

    def pointer(self, address: str) -> str:
        """Return an address as a pointer."""
        return self.emit(f"inttoptr i64 {address} to ptr")

    def at(self, pointer: str, index: str) -> str:
        """Return the address of number `index` of an array."""
        return self.emit(f"getelementptr i64, ptr {pointer}, i64 {index}")

    def vector_at(self, pointer: str, index: str) -> str:
        """Return the address of vector `index`."""
        return self.emit(f"getelementptr {self.floats}, ptr {pointer}, i64 {index}")

    def long_at(self, pointer: str, index: str) -> str:
        """Return integer `index` of an array."""
        return self.emit(f"load i64, ptr {self.at(pointer, index)}, align 8")

    def add(self, a: str, b: str | int) -> str:
        """Return a + b of integers."""
        return self.emit(f"add i64 {a}, {b}")

    def mul(self, a: str, b: str | int) -> str:
        """Return a·b of integers."""
        return self.emit(f"mul i64 {a}, {b}")

    def is_set(self, word: str) -> str:
        """Return whether a word is not 0, as a register."""
        return self.emit(f"icmp ne i64 {word}, 0")

    # -- Vectors ----------------------------------------------------------------------------------

    def load(self, pointer: str) -> str:
        """Load a vector."""
        return self.emit(f"load {self.floats}, ptr {pointer}, align 8")

    def store(self, vector: str, pointer: str) -> None:
        """Store a vector."""
        self.line(f"  store {self.floats} {vector}, ptr {pointer}, align 8")

    def number(self, pointer: str) -> str:
        """Load one number."""
        return self.emit(f"load double, ptr {pointer}, align 8")

    def everywhere(self, number: str) -> str:
        """Return a vector with one number in every lane."""
        return self._spread(self.floats, f"double {number}")

    def _spread(self, kind: str, number: str) -> str:
        first = self.emit(f"insertelement {kind} poison, {number}, i64 0")
        return self.emit(f"shufflevector {kind} {first}, {kind} poison, <{self.lanes} x i32> zeroinitializer")

    def fma(self, a: str, b: str, c: str) -> str:
        """Return a·b + c of vectors."""
        return self.call("fmuladd", a, b, c)

    def fadd(self, a: str, b: str) -> str:
        """Return a + b of vectors."""
        return self.emit(f"fadd {self.floats} {a}, {b}")

    def fmul(self, a: str, b: str) -> str:
        """Return a·b of vectors."""
        return self.emit(f"fmul {self.floats} {a}, {b}")

    def put(self, vector: str, pointer: str, adds: str) -> None:
        """Add a vector to the one in memory, or store it if `adds` is false."""
        old = self.emit(f"select i1 {adds}, {self.floats} {self.load(pointer)}, {self.floats} zeroinitializer")
        self.store(self.fadd(old, vector), pointer)

    def sum_into(self, pointer: str, vector: str) -> None:
        """Add the sum over all lanes to the number in memory."""
        self.add_to(pointer, self.sums_of_lanes([vector])[0])

    def add_to(self, pointer: str, number: str) -> None:
        """Add a number to the one in memory."""
        total = self.emit(f"fadd double {self.number(pointer)}, {number}")
        self.line(f"  store double {total}, ptr {pointer}, align 8")

    def sums_of_lanes(self, vectors: Sequence[str]) -> list[str]:
        """Return the sum over all lanes of each vector; four sums together take as long as one."""
        if self.lanes < 4 or len(vectors) < 4:
            name = f"@llvm.vector.reduce.fadd.v{self.lanes}f64"
            self.needs[f"declare double {name}(double, {self.floats})"] = None
            return [self.emit(f"call reassoc double {name}(double -0.0, {self.floats} {v})") for v in vectors]
        lanes = range(self.lanes)
        # lane 0 of the first, lane 0 of the second, lane 2 of the first, …
        low = [lane - lane % 2 + self.lanes * (lane % 2) for lane in lanes]
        pairs = [self._folded(a, b, low, 1) for a, b in (vectors[0:2], vectors[2:4])]
        low = [lane - lane % 4 + lane % 2 + self.lanes * (lane % 4 // 2) for lane in lanes]
        found, width = self._folded(pairs[0], pairs[1], low, 2), self.lanes
        while width > 4:
            width //= 2
            halves = [self._picked(found, found, range(start, start + width), 2 * width) for start in (0, width)]
            found = self.emit(f"fadd <{width} x double> {halves[0]}, {halves[1]}")
        return [self.emit(f"extractelement <4 x double> {found}, i64 {n}") for n in range(4)]

    def _folded(self, a: str, b: str, low: Sequence[int], distance: int) -> str:
        return self.fadd(self._picked(a, b, low), self._picked(a, b, [lane + distance for lane in low]))

    def _picked(self, a: str, b: str, lanes: Sequence[int], width: int | None = None) -> str:
        kind, mask = f"<{width or self.lanes} x double>", _vector(f"i32 {lane}" for lane in lanes)
        return self.emit(f"shufflevector {kind} {a}, {kind} {b}, <{len(lanes)} x i32> {mask}")

    def rows_only(self, vector: str, v: str, region: Region) -> str:
        """Return the vector with 0 in those lanes of the last vector that are not rows of the batch."""
        if self.lanes == 1:
            return vector
        last = self.emit(f"icmp eq i64 {v}, {region.last}")
        truths = self.truths
        kept = self.emit(f"select i1 {last}, {truths} {region.mask}, {truths} {_vector(['i1 true'] * self.lanes)}")
        return self.emit(f"select {truths} {kept}, {self.floats} {vector}, {self.floats} zeroinitializer")

    def lanes_below(self, count: str) -> str:
        """Return a mask that is true in the first `count` lanes."""
        many = self._spread(self.longs, f"i64 {count}")
        return self.emit(f"icmp slt {self.longs} {_vector(f'i64 {lane}' for lane in range(self.lanes))}, {many}")

    def blocks(self, count: str) -> Blocks:
        """Divide 0..count into the fewest blocks of at most `block`, of nearly equal sizes."""
        number = self.emit(f"udiv i64 {self.add(count, self.block - 1)}, {self.block}")
        self.needs["declare i64 @llvm.umax.i64(i64, i64)"] = None
        divisor = self.emit(f"call i64 @llvm.umax.i64(i64 {number}, i64 1)")
        size = self.emit(f"udiv i64 {count}, {divisor}")
        return Blocks(number, size, self.emit(f"sub i64 {count}, {self.mul(size, number)}"))

    def in_blocks(self, blocks: Blocks, body: Callable[[str, int], None]) -> None:
        """Write a loop over blocks; `body(start, size)` writes the code for each possible size."""
        loop = Loop(self, blocks.number, ["0"], "i64")
        (start,) = loop.values
        is_longer = self.emit(f"icmp ult i64 {loop.index}, {blocks.longer}")
        this = self.add(blocks.size, self.emit(f"zext i1 {is_longer} to i64"))
        done = self.label("done")
        sizes = range(1, self.block + 1)
        self.line(f"  switch i64 {this}, label %{done} [ {' '.join(f'i64 {n}, label %{done}.{n}' for n in sizes)} ]")
        for n in sizes:
            self.line(f"{done}.{n}:")
            body(start, n)
            self.line(f"  br label %{done}")
        self.line(f"{done}:")
        loop.close([self.add(start, this)])


def bits_of(number: float) -> int:
    """Return the 64 bits of a float, as an integer."""
    bits: int = struct.unpack("<q", struct.pack("<d", float(number)))[0]
    return bits


def _vector(numbers: Iterable[str]) -> str:
    """Return a constant vector; each number is written with its type."""
    return f"<{', '.join(numbers)}>"


class Blocks(NamedTuple):
    """A range divided into blocks: their number, their size, and how many are longer by one."""

    number: str
    size: str
    longer: str


class Region:
    """One of the two regions in a kernel; without `which` the next word says which one."""

    def __init__(self, kernel: Kernel, which: int | None = None) -> None:
        self.kernel = kernel
        base = kernel.at("%state", kernel.word() if which is None else str(which))
        self.row_bytes, self.vectors = kernel.long_at(base, str(ROW_BYTES)), kernel.long_at(base, str(VECTORS))
        self.tail = kernel.long_at(base, str(TAIL))
        self.last = kernel.add(self.vectors, -1)
        self.mask = kernel.lanes_below(self.tail) if kernel.lanes > 1 else ""
        self.values = kernel.pointer(kernel.long_at(base, str(VALUES)))
        self.gradients = kernel.pointer(kernel.long_at(base, str(GRADIENTS)))

    def row(self, slot: str, *, gradient: bool = False) -> str:
        """Return the address of a slot."""
        base = self.gradients if gradient else self.values
        return self.kernel.emit(f"getelementptr i8, ptr {base}, i64 {self.kernel.mul(slot, self.row_bytes)}")


# -- The loop that runs a program -----------------------------------------------------------------

RUN = """
define void @run(ptr %start, ptr %end, ptr %state) {
entry:
  br label %next
next:
  %word = phi ptr [ %start, %entry ], [ %after, %work ]
  %more = icmp ult ptr %word, %end
  br i1 %more, label %work, label %done
work:
  %kernel.bits = load i64, ptr %word, align 8
  %kernel = inttoptr i64 %kernel.bits to ptr
  %length.place = getelementptr i64, ptr %word, i64 1
  %length = load i64, ptr %length.place, align 8
  %after = getelementptr i64, ptr %word, i64 %length
  call void %kernel(ptr %word, ptr %state)
  br label %next
done:
  ret void
}
"""

# An x86 processor records every division by zero, overflow and invalid operation in a register (bits 0, 2 and 3).
# The register is cleared before a run and read after it, so that no NaN or infinity on the way is missed.
WATCHED = """
declare void @llvm.x86.sse.stmxcsr(ptr)
declare void @llvm.x86.sse.ldmxcsr(ptr)
define void @watched(ptr %start, ptr %end, ptr %state) {
  %note = alloca i32
  call void @llvm.x86.sse.stmxcsr(ptr %note)
  %before = load i32, ptr %note
  %clean = and i32 %before, -64
  store i32 %clean, ptr %note
  call void @llvm.x86.sse.ldmxcsr(ptr %note)
  call void @run(ptr %start, ptr %end, ptr %state)
  call void @llvm.x86.sse.stmxcsr(ptr %note)
  %after = load i32, ptr %note
  store i32 %before, ptr %note
  call void @llvm.x86.sse.ldmxcsr(ptr %note)
  %seen = and i32 %after, 13
  %flags = zext i32 %seen to i64
  %place = getelementptr i64, ptr %state, i64 FLAGS
  %old = load i64, ptr %place
  %all = or i64 %old, %flags
  store i64 %all, ptr %place
  ret void
}
""".replace("FLAGS", str(FLAGS))
