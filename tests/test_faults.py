"""What goes wrong from outside: Ctrl-C at any moment, a full disk, a place that cannot be written.

Afterwards a graph is as it was before or complete, and a file is the old one or the new one, whole. What goes wrong
with the program that draws is in `test_drawing`.
"""

import errno
import inspect
import math
import os
import resource
import signal
import stat
import sys
import threading
from fractions import Fraction

import pytest

from autograd import (
    ChalkgradError,
    DomainError,
    OutputError,
    Value,
    affine,
    draw,
    explain,
    grad,
    gradients,
    paths,
    steps,
)
from autograd.engine import backward, fast, fast_pass, graph, transforms, value
from autograd.files import whole_files
from autograd.files.graph_files import load_graph, save_graph
from autograd.files.whole_files import write_file
from autograd.webpage import page
from nn import MLP, SGD, half_squared_error
from nn.saving import load, save
from nn.training.loop import fit
from nn.training.progress import ProgressBar

# -- Ctrl-C at any moment ------------------------------------------------------------------------------


def ctrl_c():
    raise KeyboardInterrupt


def interrupted_at(moment, call, *modules, keep_out=(), by=ctrl_c):
    """Whether an interruption came at this instruction of the modules' code, rather than the call to its end."""
    files_of = {module.__file__ for module in modules} | {fast_pass.FILE}
    left = moment

    def watch(frame, event, _):
        nonlocal left
        if frame.f_code.co_filename not in files_of:
            return None
        frame.f_trace_opcodes = True
        if event == "opcode" and frame.f_lineno not in keep_out:
            if left == 0:
                left = -1
                by()
            left -= 1
        return watch

    outer = sys.gettrace()
    sys.settrace(watch)
    try:
        call()
    except KeyboardInterrupt:
        return True
    finally:
        sys.settrace(outer)
    return left < 0


ENGINE = (value, backward, fast_pass)


def a_graph():
    a, b, c = Value(2.0, "a"), Value(-3.0, "b"), Value(0.5, "c")
    z = affine([a, b], [c, 2.0], a)
    E = (z.tanh() + a * b - c) ** 2
    E.label = "E"
    return E, (a, b, c)


@pytest.fixture(scope="module", autouse=True)
def instructions_are_seen():
    """Python 3.12 tells a tracer of no instruction in the first code that it watches, only from then on."""
    interrupted_at(math.inf, a_graph()[0].backward, *ENGINE)


def every_gradient(root):
    return [(node.grad, node.has_grad) for node in graph.topological_order(root)]


@pytest.fixture(params=["fast", "plain"])
def operators(request):
    if request.param == "plain":
        fast.remove()
        yield
        fast.install()
    else:
        yield


def taking_turns():
    """The line of `backward` that takes the lock and gives it back: between it and its block Python lets nothing in."""
    lines, start = inspect.getsourcelines(Value.backward)
    return [start + next(at for at, line in enumerate(lines) if line.strip().startswith("with "))]


def other_graphs_were_backward(root, a, b, c):
    (a * c + b).backward()
    root.parents[0].parents[0].backward()


def gradients_were_assigned(root, a, b, c):
    a.grad, b.grad, c.grad, root.grad, root.parents[0].grad = None, 3, Fraction(1, 2), 4.0, 5.0


EARLIER = [lambda *_: None, lambda root, *_: root.backward(), other_graphs_were_backward, gradients_were_assigned]


@pytest.mark.usefixtures("operators")
@pytest.mark.parametrize("earlier", EARLIER, ids=["nothing", "a pass", "other graphs", "assigned"])
def test_after_ctrl_c_in_a_backward_pass_every_gradient_is_as_before_or_complete(earlier):
    complete, its_leaves = a_graph()
    earlier(complete, *its_leaves)
    complete.backward()
    for moment in range(100_000):
        E, its_leaves = a_graph()
        earlier(E, *its_leaves)
        before = every_gradient(E)
        interrupted = interrupted_at(moment, E.backward, *ENGINE, keep_out=taking_turns())
        after = every_gradient(E)
        assert after in (before, every_gradient(complete)), moment
        if not interrupted:
            assert after == every_gradient(complete)
            break
    assert moment > 500
    another = threading.Thread(target=E.backward, daemon=True)  # which is not kept waiting for ever
    another.start()
    another.join(20)
    assert not another.is_alive()


@pytest.mark.usefixtures("operators")
def test_a_signal_handler_may_begin_the_pass_of_another_graph_at_any_moment():
    complete = a_graph()[0]
    complete.backward()
    for moment in range(100_000):
        E, other = a_graph()[0], a_graph()[0]
        interrupted = interrupted_at(moment, E.backward, *ENGINE, by=other.backward)
        assert every_gradient(E) == every_gradient(complete), moment
        if not interrupted:
            break
        assert every_gradient(other) == every_gradient(complete), moment
    assert moment > 500


@pytest.mark.parametrize(
    "read",
    [
        gradients,
        lambda y: list(steps(y)),
        lambda y: grad(y, graph.leaves(y)),
        lambda y: str(paths(y, "a")),
        lambda y: draw(y).source,
        lambda y: str(explain(y, "a")),
    ],
    ids=["gradients", "steps", "grad", "paths", "draw", "explain"],
)
def test_after_ctrl_c_in_whatever_only_reads_the_graph_is_as_it_was_and_reads_the_same(read):
    modules = [*ENGINE, graph, transforms, sys.modules["autograd.path_sums.search"]]
    E = a_graph()[0]
    E.backward()
    before, shape = every_gradient(E), graph.topological_order(E)
    told = repr(read(E))
    for moment in range(0, 1_000_000, 397):
        interrupted = interrupted_at(moment, lambda: read(E), *modules)
        assert every_gradient(E) == before
        assert graph.topological_order(E) == shape
        if not interrupted:
            break
    assert moment > 397
    assert len(repr(read(E))) == len(told)


def test_a_pass_that_meets_a_derivative_that_does_not_exist_leaves_every_gradient_as_it_was():
    x = Value(0.0, "x")
    y = (x * 2 + 1) * x.sqrt()
    before = every_gradient(y)
    with pytest.raises(DomainError):
        y.backward()
    assert every_gradient(y) == before


ROWS = [([0.5, -1.0], 0.25), ([1.0, 0.5], -0.5), ([-0.5, 0.25], 1.0)]


def weights_after(epochs, moment=None):
    """The weights after so many steps; with a moment, Ctrl-C at that line of the code, and how many it then were."""
    model = MLP(2, [2, 1], activation="tanh", seed=1)
    left = moment

    def watch(frame, event, _):
        nonlocal left
        if event == "line" and left is not None and "/nn/" in frame.f_code.co_filename:
            left -= 1
            if left == 0:
                signal.raise_signal(signal.SIGINT)
        return watch

    outer = sys.gettrace()
    sys.settrace(watch if moment else outer)
    try:
        optimizer = SGD(model.parameters(), lr=0.1)
        history = fit(model, ROWS, half_squared_error, optimizer, epochs=epochs, callbacks=[ProgressBar(shown=False)])
    except KeyboardInterrupt:
        history = None
    finally:
        sys.settrace(outer)
    return [parameter.data for parameter in model.parameters()], history, left


@pytest.mark.skipif(threading.current_thread() is not threading.main_thread(), reason="signals go to the main thread")
def test_after_ctrl_c_in_a_training_the_weights_are_those_of_a_whole_number_of_steps():
    whole = [weights_after(epochs)[0] for epochs in range(1, 5)]
    whole.insert(0, [parameter.data for parameter in MLP(2, [2, 1], activation="tanh", seed=1).parameters()])
    stopped = 0
    for moment in range(1, 100_000, 97):
        weights, history, left = weights_after(4, moment)
        assert weights in whole, moment
        stopped += history is None or bool(history.stopped)
        if left > 0:
            break
    assert stopped > 3


# -- Files: the old one or the new one -------------------------------------------------------------------


def names_in(folder):
    return sorted(file.name for file in folder.iterdir())


def writers():
    E, _ = a_graph()
    model = MLP(2, [2, 1], seed=1)
    return {
        "graph.json": lambda path: save_graph(E, path),
        "model.json": lambda path: save(model, path),
        "picture.svg": draw(E).render,
        "picture.dot": draw(E).render,
        "derivation.txt": explain(E, "a").save,
        "derivation.html": explain(E, "a").save,
        "page.html": page(E).save,
    }


NAMES = list(writers())


@pytest.fixture(scope="module")
def written():
    return writers()


def cleaning_up():
    """The lines of `write_file` that take the unfinished file away: a second Ctrl-C may find one there."""
    lines, start = inspect.getsourcelines(write_file)
    finally_at = next(at for at, line in enumerate(lines) if line.strip() == "finally:")
    return range(start + finally_at, start + len(lines))


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # an open file that nobody got
def test_after_ctrl_c_in_saving_the_file_is_the_old_one_or_the_new_one_and_nothing_lies_beside_it(tmp_path):
    target = tmp_path / "model.json"
    for moment in range(100_000):
        target.write_text("old")
        interrupted = interrupted_at(moment, lambda: write_file(target, "new"), whole_files, keep_out=cleaning_up())
        assert target.read_text() in ("old", "new"), moment
        assert names_in(tmp_path) == ["model.json"], moment
        if not interrupted:
            break
    assert moment > 30
    assert target.read_text() == "new"


@pytest.mark.parametrize("name", NAMES)
def test_a_full_disk_leaves_the_old_file_and_nothing_beside_it(written, tmp_path, monkeypatch, name):
    def full(_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    target = tmp_path / name
    target.write_text("old")
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OutputError, match="No space left on device"):
        written[name](target)
    assert target.read_text() == "old"
    assert names_in(tmp_path) == [name]


def test_a_disk_that_fills_up_while_it_is_written_leaves_the_old_file_and_nothing_beside_it(tmp_path):
    target = tmp_path / "large.txt"
    target.write_text("old")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    outer = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, before[1]))  # the system refuses what is beyond
    try:
        with pytest.raises(OutputError, match="File too large"):
            write_file(target, "x" * (2 << 20))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, outer)
    assert target.read_text() == "old"
    assert names_in(tmp_path) == ["large.txt"]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "place",
    [
        lambda folder, name: folder / "no folder" / name,
        lambda folder, name: folder / "a file" / name,
        lambda folder, name: folder / "a folder" / name,
        lambda folder, name: folder / ("long" * 100 + name),
        lambda folder, name: folder / ("null\0" + name),
    ],
    ids=["no folder", "within a file", "a folder of that name", "too long", "a null character"],
)
def test_a_place_that_cannot_be_written_is_named_and_nothing_is_left(written, tmp_path, place, name):
    (tmp_path / "a file").write_text("a file")
    (tmp_path / "a folder" / name).mkdir(parents=True)
    with pytest.raises(OutputError, match="could not be written"):
        written[name](place(tmp_path, name))
    assert names_in(tmp_path) == ["a file", "a folder"]
    assert names_in(tmp_path / "a folder") == [name]


@pytest.mark.parametrize("name", NAMES)
def test_a_write_protected_file_stays_as_it_is(written, tmp_path, monkeypatch, name):
    target = tmp_path / name
    target.write_text("old")
    target.chmod(stat.S_IREAD)
    allowed = os.access
    monkeypatch.setattr(
        os, "access", lambda path, mode, **how: mode != os.W_OK and allowed(path, mode, **how)
    )  # also root
    with pytest.raises(OutputError, match="write-protected"):
        written[name](target)
    assert target.read_text() == "old"


@pytest.mark.parametrize("name", NAMES)
def test_a_link_is_followed_and_whoever_has_the_old_file_open_reads_it_to_its_end(written, tmp_path, name):
    (tmp_path / "elsewhere").mkdir()
    real, link = tmp_path / "elsewhere" / name, tmp_path / name
    real.write_text("old")
    link.symlink_to(real)
    with real.open() as reader:
        written[name](link)
        assert reader.read() == "old"
    assert link.is_symlink()
    assert len(real.read_bytes()) > 100
    assert names_in(tmp_path / "elsewhere") == [name]


def test_what_was_saved_before_the_fault_can_still_be_loaded(tmp_path, monkeypatch):
    E, _ = a_graph()
    model = MLP(2, [2, 1], seed=1)
    graph, weights = save_graph(E, tmp_path / "graph.json"), save(model, tmp_path / "model.json")
    monkeypatch.setattr(os, "replace", None)
    monkeypatch.setattr(
        "pathlib.Path.replace", lambda *_: (_ for _ in ()).throw(OSError(errno.EIO, "Input/output error"))
    )
    for write in (lambda: save_graph(E * 2, graph), lambda: save(MLP(3, [1]), weights)):
        with pytest.raises(ChalkgradError, match="Input/output error"):
            write()
    assert load_graph(graph).data == E.data
    assert load(weights)([0.5, -1.0]).data == model([0.5, -1.0]).data
