"""Run a program on machine code: one loop calls kernels that LLVM compiled.

Only kernels are compiled, never programs. A program is data that the kernels read, so compiling takes the
same time for a graph of any size, and each kernel is compiled once in a process. The package `llvmlite`
contains LLVM; without it programs run on NumPy.
"""

from __future__ import annotations

import ctypes
import math
from array import array
from threading import Lock
from typing import TYPE_CHECKING, Any

from autograd.errors import MissingExtraError
from autograd.optional import import_extra
from autograd.replay.native import assembler as asm
from autograd.replay.native.assembler import Kernel
from autograd.replay.native.bytecode import Bytecode, ElementwiseKey, KernelKey
from autograd.replay.native.kernels import KERNELS, elementwise
from autograd.table.ops import TABLE

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from autograd.replay.instructions import Array, Program

np = import_extra("numpy", "replay", "record")

BLOCK_BYTES = 512 * 1024  # values and gradients of the rows of one block: they stay in the cache of a core
MIN_LLVM = (16,)  # the first with pointers without types
MIN_VECTORS = 4  # in a block, however large a row is


# -- Compiling -------------------------------------------------------------------------------------------


class KernelLibrary:
    """The kernels that this process has compiled."""

    def __init__(self) -> None:
        llvm = import_extra("llvmlite.binding", "fast", "record")
        if llvm.llvm_version_info < MIN_LLVM:
            raise MissingExtraError(
                f"native replay needs an llvmlite with LLVM {MIN_LLVM[0]} or newer, and this one has "
                f"{'.'.join(map(str, llvm.llvm_version_info))}: pip install -U 'chalkgrad[fast]'"
            )
        llvm.initialize_native_target()
        llvm.initialize_native_asmprinter()
        features = llvm.get_host_cpu_features()
        self.lanes = 8 if features.get("avx512f") else 4 if features.get("avx") else 2
        self._llvm = llvm
        self._features = features.flatten()
        self._engines: list[Any] = []  # the machine code lives as long as its engine
        self._addresses: dict[KernelKey, int] = {}
        self._lock = Lock()
        self.watches = llvm.get_process_triple().startswith("x86_64")  # a run reports NaN and infinity
        texts, name = ([asm.RUN, asm.WATCHED], "watched") if self.watches else ([asm.RUN], "run")
        (run,) = self._compiled(texts, [name])
        self.run = ctypes.CFUNCTYPE(None, *[ctypes.c_size_t] * 3)(run)

    def addresses(self, keys: Iterable[KernelKey]) -> list[int]:
        """Return the addresses of these kernels; compile the missing ones together."""
        keys = list(keys)
        with self._lock:
            missing = [key for key in keys if key not in self._addresses]
            if missing:
                kernels = [write_kernel(key, f"kernel{n}") for n, key in enumerate(missing)]
                needs = dict.fromkeys(need for kernel in kernels for need in kernel.needs)
                found = self._compiled([*[kernel.text for kernel in kernels], *needs], [k.name for k in kernels])
                self._addresses.update(zip(missing, found))
        return [self._addresses[key] for key in keys]

    def _compiled(self, texts: list[str], names: list[str]) -> list[int]:
        module = self._llvm.parse_assembly("\n".join(texts))
        module.verify()
        target = self._llvm.Target.from_default_triple().create_target_machine(
            cpu=self._llvm.get_host_cpu_name(), features=self._features, opt=2
        )
        engine = self._llvm.create_mcjit_compiler(module, target)  # the engine owns the target
        engine.finalize_object()
        self._engines.append(engine)
        return [engine.get_function_address(name) for name in names]


def write_kernel(key: KernelKey, name: str) -> Kernel:
    """Return the code of the kernel with this key.

    The reverse pass through tanh computes upstream · (1 − y·y), here for four rows at once.

    >>> from autograd.replay.native.bytecode import ElementwiseKey
    >>> kernel = write_kernel(ElementwiseKey("tanh", ("row",), (True,), 4), "tanh_back")
    >>> [line.split()[2:6] for line in kernel.lines if " fmul " in line or " fsub " in line]
    [['fmul', '<4', 'x', 'double>'], ['fsub', '<4', 'x', 'double>'], ['fmul', '<4', 'x', 'double>']]
    """
    kernel = Kernel(name, key.lanes)
    if isinstance(key, ElementwiseKey):
        elementwise(kernel, TABLE[key.op], key.operands, key.wants)
    else:
        KERNELS[key.name](kernel)
    return kernel


def library() -> KernelLibrary:
    """Return the library of this process. Raises MissingExtraError if llvmlite is not installed."""
    with _making:
        if not _library:
            _library.append(KernelLibrary())
        return _library[0]


_library: list[KernelLibrary] = []
_making = Lock()


# -- Running ---------------------------------------------------------------------------------------------


class NativeBackend:
    """Runs a program on compiled kernels; `theta` holds the parameters in the order of the program.

    A backend has its own arrays and runs one call at a time; threads that share it wait for each other.
    """

    name = "native"

    def __init__(self, program: Program) -> None:
        self.program = program
        self._library = library()
        self.lanes = self._library.lanes
        words = Bytecode(program, self.lanes)
        self._rows = words.slots - program.shared
        self._lock = Lock()

        addresses = np.array(self._library.addresses(words.keys), dtype=np.int64)
        self._words = np.array(words.words, dtype=np.int64)
        self._words[words.calls] = addresses[words.called]
        self._tables = np.array(words.tables, dtype=np.int64)
        start = _address(self._words)
        self._sections = {name: (start + 8 * a, start + 8 * b) for name, (a, b) in words.sections.items()}
        self._start, self._end = self._sections["begin"][0], self._sections["end"][1]
        self._in_rows = program.loss >= program.shared

        numbers = -(-words.numbers // self.lanes) * self.lanes
        self._values, self._gradients = np.zeros(numbers), np.zeros(numbers)
        self._values[: len(program.constants)] = program.constants
        self._values[list(words.constants.values())] = list(words.constants)
        parameters = slice(program.first_parameter, program.first_parameter + len(program.parameters))
        self.theta, self.gradient = self._values[parameters], self._gradients[parameters]

        self._state = array("q", [0] * asm.STATE_WORDS)
        self._floats = memoryview(self._state).cast("B").cast("d")
        self._where = self._state.buffer_info()[0]
        region = [_address(self._values), _address(self._gradients), 8, 1, 1]
        self._state[asm.PER_CALL : asm.PER_CALL + len(region)] = array("q", region)
        self._state[asm.TABLES] = _address(self._tables)
        vector = 2 * 8 * self.lanes * max(1, self._rows)
        self.block = self.lanes * max(MIN_VECTORS, BLOCK_BYTES // vector)
        self._size = -1  # of the batch that the state describes
        self._memory = np.empty(0)
        self._inputs: Array | None = None
        self._outputs: Array | None = None
        self._losses = np.empty(0)

    # -- What every backend offers ----------------------------------------------------------------------

    def run(self, theta: Array, rows: Array, weight: float) -> tuple[Array, Array]:
        """Return the loss of each row, and the gradient of `weight` times their sum by the parameters."""
        losses = np.empty(len(rows))
        with self._lock:
            self._run(theta, rows, weight, losses)
            if not self._in_rows:
                losses[:] = self._values[self.program.loss]
            return losses, self.gradient.copy()

    def step(self, theta: Array, rows: Array, weight: float) -> tuple[float, Array]:
        """Return the sum of the losses, and the same gradient: all that a step of training needs.

        Raises FloatingPointError if any number on the way is not finite.
        """
        with self._lock:
            if len(self._losses) != len(rows):
                self._losses = np.empty(len(rows))
            self._run(theta, rows, weight, self._losses, trap=True)
            total = self._floats[asm.LOSS] if self._in_rows else self._values[self.program.loss].item() * len(rows)
            gradient = self.gradient.copy()
        if not (self._library.watches or (math.isfinite(total) and np.isfinite(gradient).all())):
            raise FloatingPointError("a number is not finite")
        return total, gradient

    def hold(self, theta: Array) -> Array:
        """Return the kernels' own array of parameters, set to `theta`; a run with this array copies nothing."""
        self.theta[:] = theta
        return self.theta

    def forward(self, theta: Array, rows: Array) -> Array:
        """Return the outputs, rows × outputs."""
        found = np.empty((len(rows), len(self.program.outputs)))
        with self._lock:
            if theta is not self.theta:
                self.theta[:] = theta
            self._state[asm.FLAGS] = 0
            self._call("begin forward")
            self._in_blocks(["rows forward", "outputs"], rows, found)
            shared = np.flatnonzero(self.program.outputs < self.program.shared)
            if len(shared):
                found[:, shared] = self._values[self.program.outputs[shared]]
            if self._state[asm.FLAGS]:
                _trap(always=False)
        return found

    # -- One run ------------------------------------------------------------------------------------------

    def _run(self, theta: Array, rows: Array, weight: float, losses: Array, *, trap: bool = False) -> None:
        if theta is not self.theta:
            self.theta[:] = theta
        state, floats = self._state, self._floats
        floats[asm.SEED] = weight if self._in_rows else weight * len(rows)
        state[asm.LOSS] = state[asm.FLAGS] = 0
        if 0 < len(rows) <= self.block:  # the sections are neighbors, so one call runs them all
            self._set_up(rows, losses)
            self._library.run(self._start, self._end, self._where)
        else:
            self._call("begin")
            self._in_blocks(["rows"], rows, losses)
            self._call("end")
        if state[asm.FLAGS]:
            _trap(always=trap)

    def _call(self, section: str) -> None:
        self._library.run(*self._sections[section], self._where)

    def _in_blocks(self, sections: Sequence[str], rows: Array, outputs: Array) -> None:
        """Run sections block by block, each with as many rows as the cache holds."""
        blocks = -(-len(rows) // self.block)
        for block in range(blocks):
            part = slice(block * len(rows) // blocks, (block + 1) * len(rows) // blocks)
            self._set_up(rows[part], outputs[part])
            for section in sections:
                self._call(section)

    def _set_up(self, rows: Array, outputs: Array) -> None:
        """Write the addresses of rows and outputs into the state, and make room for as many rows."""
        state = self._state
        if rows is not self._inputs:
            if not (rows.flags.c_contiguous and rows.dtype == np.float64):
                rows = np.ascontiguousarray(rows, dtype=np.float64)
            self._inputs = rows  # kept alive: the state holds its address
            state[asm.INPUTS] = _address(rows)
        if outputs is not self._outputs:
            self._outputs = outputs
            state[asm.OUTPUTS] = _address(outputs)
        if len(rows) != self._size:
            self._size = len(rows)
            vectors = max(1, -(-len(rows) // self.lanes))
            row_bytes = 8 * self.lanes * vectors
            half = -(-self._rows * row_bytes // 64) * 64  # the first half holds values, the second gradients
            if self._memory.nbytes < 2 * half + 64:
                self._memory = np.empty(2 * half // 8 + 8)
            start = -(-_address(self._memory) // 64) * 64
            base = start - self.program.shared * row_bytes  # per-row slots are numbered after the per-call slots
            state[asm.PER_ROW + asm.VALUES], state[asm.PER_ROW + asm.GRADIENTS] = base, base + half
            state[asm.PER_ROW + asm.ROW_BYTES], state[asm.PER_ROW + asm.VECTORS] = row_bytes, vectors
            state[asm.PER_ROW + asm.TAIL] = len(rows) - (vectors - 1) * self.lanes
            state[asm.BATCH] = len(rows)


def _trap(*, always: bool) -> None:
    """Raise FloatingPointError for a number that is not finite, always or only if NumPy is set to raise."""
    if always or "raise" in np.geterr().values():
        raise FloatingPointError("a number stopped being finite")


def _address(numbers: Array) -> int:
    address: int = numbers.__array_interface__["data"][0]
    return address
