"""A formula with one small thing changed: the mistakes that people make, as edits of a tree.

An `Edit` can be read two ways. Where the writer's formula is wrong and the edited one is right, the
edit is *undone*: it says what stands there and what belongs. Where the formula is right and the
edited one gives the writer's number, it was *done*: it says what was worked out instead.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from autograd import look
from autograd.sheet import syntax
from autograd.sheet.grammar import spelled
from autograd.sheet.syntax import Binary, Call, Derivative, Name, Negative, Number, Place

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from autograd.sheet.sheet import Sheet
    from autograd.sheet.syntax import Node

_NOWHERE = Place(0, 0)


@dataclass(frozen=True)
class Mistake:
    """A kind of mistake, and the sentence that says which."""

    kind: str
    text: str

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True)
class Edit:
    """A formula with one small thing changed: the mistake it undoes, and the mistake it would make."""

    tree: Node
    undone: Mistake
    done: Mistake


def edits(
    tree: Node, sheet: Sheet, known: Sequence[str], factors: Sequence[Node], shown: Callable[[Node], str] | None = None
) -> Iterator[Edit]:
    """The formula with one small thing changed, the likeliest mistakes first.

    `known` are the names that may be meant, `factors` what may have been left out or put in.
    """
    yield from signs(tree)
    yield from swaps(tree)
    yield from fewer_factors(tree)
    yield from fewer_terms(tree)
    yield from other_names(tree, sheet, known)
    yield from constants(tree, sheet)
    yield from brackets(tree)
    yield from more_factors(tree, factors, shown)
    yield from operations(tree)


def stands(kind: str, here: Node, belongs: Node, back: str = "") -> tuple[Mistake, Mistake]:
    """The two readings of one part put as another; `back` is the kind of the mistake the other way."""
    a, b = written(here), written(belongs)
    return (
        Mistake(kind, f"{a} stands where {b} belongs"),
        Mistake(back or kind, f"this is what {b} would give; {a} belongs there"),
    )


# -- The edits ----------------------------------------------------------------------------------


def signs(tree: Node) -> Iterator[Edit]:
    """A sign turned: of the whole, of a term, of a factor."""
    turned = Mistake("sign", "the sign is the other way round")
    yield Edit(Negative(tree), turned, turned)
    for part in parts(tree):
        if isinstance(part, Binary) and part.operator in "+-":
            new: Node = Binary("-" if part.operator == "+" else "+", part.left, part.right, part.place)
            yield Edit(put(tree, part, new), *stands("sign", part, new))
            new = Binary(part.operator, Negative(part.left), part.right, part.place)
            yield Edit(put(tree, part, new), *stands("sign", part, new))
        elif isinstance(part, Negative) and part is not tree:
            yield Edit(put(tree, part, part.operand), *stands("sign", part, part.operand))


def swaps(tree: Node) -> Iterator[Edit]:
    """The operands of a difference, quotient or power the other way round."""
    for part in parts(tree):
        if isinstance(part, Binary) and part.operator in "-/^":
            new = Binary(part.operator, part.right, part.left, part.place)
            yield Edit(put(tree, part, new), *stands("swapped", part, new))


def brackets(tree: Node) -> Iterator[Edit]:
    """a·b + c as a·(b + c), a + b·c as (a + b)·c."""
    for part in parts(tree):
        if not isinstance(part, Binary) or part.operator not in "+-":
            continue
        for product in (part.left, part.right):
            if isinstance(product, Binary) and product.operator == "*":
                left, right = product.left, product.right
                if product is part.left:
                    right = inner = Binary(part.operator, right, part.right, part.place)
                else:
                    left = inner = Binary(part.operator, part.left, left, part.place)
                missing = Mistake("brackets", f"brackets are missing around {written(inner)}")
                unwanted = Mistake("brackets", f"there are no brackets around {written(inner)}")
                yield Edit(put(tree, part, Binary("*", left, right, product.place)), missing, unwanted)


def operations(tree: Node) -> Iterator[Edit]:
    """Times for divided by, plus for times."""
    for part in parts(tree):
        if isinstance(part, Binary) and part.operator in "*/+" and not syntax.arithmetic(part.right):
            for other in {"*": "/+", "/": "*", "+": "*"}[part.operator]:
                new = Binary(other, part.left, part.right, part.place)
                yield Edit(put(tree, part, new), *stands("operation", part, new))


def fewer_factors(tree: Node) -> Iterator[Edit]:
    """One factor, divisor or exponent less."""
    for part in parts(tree):
        if not isinstance(part, Binary) or part.operator not in "*/^":
            continue
        for extra, rest in ((part.right, part.left), (part.left, part.right)):
            if part.operator == "*":
                shown = f"the factor {written(extra)}"
            elif rest is part.left:
                shown = f"the {'divisor' if part.operator == '/' else 'exponent'} {written(extra)}"
            else:
                continue
            constant = syntax.arithmetic(extra)
            yield Edit(
                put(tree, part, rest),
                Mistake("a constant" if constant else "a factor too many", f"{shown} is one too many"),
                Mistake("a constant" if constant else "a factor left out", f"{shown} is left out"),
            )


def fewer_terms(tree: Node) -> Iterator[Edit]:
    """One term of a sum less."""
    for part in parts(tree):
        terms: Iterable[tuple[Node, Node]] = ()
        if isinstance(part, Binary) and part.operator in "+-":
            left = part.left if part.operator == "+" else Negative(part.right)
            terms = ((part.right, part.left), (part.left, part.right if part.operator == "+" else left))
        elif isinstance(part, Call) and part.function == "sum" and 1 < len(part.args) <= 8:
            terms = [
                (term, Call("sum", part.args[:at] + part.args[at + 1 :], part.place))
                for at, term in enumerate(part.args)
            ]
        for term, rest in terms:
            path = not syntax.arithmetic(term) and not syntax.arithmetic(rest)
            yield Edit(
                put(tree, part, rest),
                Mistake("a term too many", f"the term {written(term)} is one too many"),
                Mistake("a path left out" if path else "a term left out", f"the term {written(term)} is left out"),
            )


def constants(tree: Node, sheet: Sheet) -> Iterator[Edit]:
    """The whole or a term times 2 or n, or divided by it."""
    counts = {2: "2"}
    for name, given in sheet.givens.items():
        if given == int(given) and 2 < given < 1000:
            counts.setdefault(int(given), name)
    for rows in sheet.counts():
        if rows > 2:
            counts.setdefault(rows, str(rows))
    for count, shown in list(counts.items())[:4]:
        number = Number(str(count), float(count), 1.0)
        half = "½" if count == 2 else f"1/{shown}"
        for spot in (tree, *_terms(tree)):
            of = "" if spot is tree else f" of {written(spot)}"
            less = Mistake("a constant", f"a factor {shown}{of} is left out, or {half} is one too many")
            more = Mistake("a constant", f"a factor {shown}{of} is one too many, or {half} is left out")
            yield Edit(put(tree, spot, Binary("*", number, spot, _NOWHERE)), less, more)
            yield Edit(put(tree, spot, Binary("/", spot, number, _NOWHERE)), more, less)


def more_factors(tree: Node, factors: Sequence[Node], shown: Callable[[Node], str] | None = None) -> Iterator[Edit]:
    """The whole or a term times one of these factors; `shown` is how a factor is called."""
    for spot in (tree, *_terms(tree)):
        of = "" if spot is tree else f" of {written(spot)}"
        for factor in factors:
            called = (shown or written)(factor)
            constant = "a constant" if syntax.arithmetic(factor) else ""
            yield Edit(
                put(tree, spot, Binary("*", spot, factor, _NOWHERE)),
                Mistake(constant or "a factor left out", f"the factor {called}{of} is left out"),
                Mistake(constant or "a factor too many", f"the factor {called}{of} is one too many"),
            )


def other_names(tree: Node, sheet: Sheet, known: Sequence[str]) -> Iterator[Edit]:
    """One name put as another, at one spot or at all of them; one derivative put as another."""
    for name in dict.fromkeys(part.key for part in parts(tree) if isinstance(part, Name)):
        spots = [part for part in parts(tree) if isinstance(part, Name) and part.key == name]
        for other in known:
            if other == name:
                continue
            both = (
                Mistake(
                    name_kind(sheet, name, other),
                    f"{_called(sheet, name, other, *_as_written(sheet, spots[0], other))} belongs",
                ),
                Mistake(name_kind(sheet, other, name), f"{_called(sheet, other, name)} belongs"),
            )
            if len(spots) > 1:
                yield Edit(syntax.replaced(tree, lambda part, a=name, b=other: _renamed(part, a, b)), *both)  # type: ignore[misc] # the defaults
            for spot in spots:
                yield Edit(put(tree, spot, Name(other, _NOWHERE)), *both)
    for part in parts(tree):
        if isinstance(part, Derivative):
            for other in known:
                if other not in (part.by, part.of):
                    new = Derivative(part.of, other, part.place)
                    yield Edit(put(tree, part, new), *stands("another gradient", part, new))


def _renamed(part: Node, name: str, other: str) -> Node:
    return Name(other, part.place) if isinstance(part, Name) and part.key == name else part


def name_kind(sheet: Sheet, name: str, other: str) -> str:
    """The kind of mistake that one name is where another belongs."""
    if sheet.updates(name, other):
        return "the updated weight"
    if sheet.is_activation(other, of=name):
        return "pre-activation"
    return "activation" if sheet.is_activation(name, of=other) else "another name"


def _called(sheet: Sheet, name: str, other: str, a: str = "", b: str = "") -> str:
    """The two names (a and b as they are to be shown), with what they are to one another where that is the mistake."""
    kind = name_kind(sheet, name, other)
    a, b = a or name, b or other
    if kind == "the updated weight":
        return f"the updated {a} stands where the original {b}"
    if kind == "pre-activation":
        return f"{a}, the pre-activation, stands where the activation {b}"
    if kind == "activation":
        return f"{a}, the activation, stands where the pre-activation {b}"
    return f"{a} stands where {b}"


def _as_written(sheet: Sheet, spot: Name, other: str) -> tuple[str, str]:
    """A name and another, with the index that stands in the text, r[i], and not the number that i is there."""
    base, _, index = spot.key.partition("[")
    there, _, other_index = other.partition("[")
    if not index or not 0 < spot.place.line <= len(sheet.lines):
        return spot.key, other
    text = sheet.lines[spot.place.line - 1][spot.place.column - 1 :]
    name, bracket, rest = text.partition("[")
    if not bracket or spelled(name.strip()) != base:  # from another sheet, the key
        return spot.key, other
    shown = f"[{look.plain(rest.partition(']')[0])}]"
    return base + shown, there + shown if other_index == index else other


# -- Parts --------------------------------------------------------------------------------------


def parts(tree: Node) -> Iterator[Node]:
    """Every part of the tree once; of what stands in every term of a sum `for i in 1..n`, the first, and all names."""
    seen: set[object] = set()
    for part in syntax.walk(tree):
        place = _NOWHERE if isinstance(part, Name) else getattr(part, "place", _NOWHERE)
        known = id(part) if place == _NOWHERE else (type(part), place)
        if known not in seen:
            seen.add(known)
            yield part


def repeated(tree: Node) -> Node | None:
    """The tree with what is written in it more than once as one part, so that one edit is made everywhere.

    None where nothing is: (o − t)·a + (o − t)·b has o − t twice.
    """
    known: dict[object, tuple[Node, object]] = {}
    done: list[tuple[Node, object]] = []
    found = False
    for part in reversed(list(syntax.walk(tree))):
        below = [done.pop() for _ in range(_arity(part))]
        key = _key(part, [key for _, key in below])
        made = syntax.rebuilt(part, [node for node, _ in reversed(below)]) if below else part
        if isinstance(part, (Binary, Call)) and key in known:
            found = True
            made = known[key][0]
        done.append((made, key))
        known.setdefault(key, done[-1])
    return done.pop()[0] if found else None


def _arity(part: Node) -> int:
    if isinstance(part, Call):
        return len(part.args)
    return 2 if isinstance(part, Binary) else 1 if isinstance(part, Negative) else 0


def _key(part: Node, below: list[object]) -> object:
    """What a part says, wherever it stands."""
    if isinstance(part, Name):
        return part.key
    if isinstance(part, Derivative):
        return part.of, part.by
    if isinstance(part, Call):
        return part.function, part.primes, *below
    return getattr(part, "operator", getattr(part, "text", type(part).__name__)), *below


def put(tree: Node, spot: Node, new: Node) -> Node:
    """The tree with one of its parts put as another, and that in every term of a sum `for i in 1..n`."""
    found = list(syntax.walk(tree))
    instead = {id(spot): new}
    terms = _same_place(found, spot)
    if len(terms) > 1 and terms[0] is spot:
        for at, term in enumerate(terms[1:], start=1):
            instead[id(term)] = syntax.replaced(new, _in_term(found, at, len(terms)))
    done: list[Node] = []
    for part in reversed(found):
        made = syntax.rebuilt(part, done)
        done.append(instead.get(id(part), made))
    return done.pop()


def _same_place(found: Iterable[Node], spot: Node) -> list[Node]:
    """What the spot is in every term of its sum: all that was read at its place in the text."""
    place = getattr(spot, "place", _NOWHERE)
    if place == _NOWHERE:
        return [spot]
    return [part for part in found if type(part) is type(spot) and getattr(part, "place", None) == place]


def _in_term(found: Iterable[Node], at: int, terms: int) -> Callable[[Node], Node]:
    """Names as they are in the first term of a sum, put as they are in another one."""
    places: dict[Place, list[str]] = {}
    for part in found:
        if isinstance(part, Name):
            places.setdefault(part.place, []).append(part.key)
    keys = {same[0]: same[at] for same in places.values() if len(same) == terms}
    indices = {first.partition("[")[2]: other.partition("[")[2] for first, other in keys.items()}

    def moved(part: Node) -> Node:
        if not isinstance(part, Name):
            return part
        base, bracket, index = part.key.partition("[")
        return Name(keys.get(part.key, base + bracket + indices.get(index, index)), part.place)

    return moved


def _terms(tree: Node) -> Iterator[Node]:
    """What is added or subtracted somewhere in the tree."""
    for part in parts(tree):
        if isinstance(part, Binary) and part.operator in "+-":
            yield part.left
            yield part.right
        elif isinstance(part, Call) and part.function == "sum":
            yield from {getattr(term, "place", term): term for term in reversed(part.args)}.values()


# -- Formulas as the writer would write them ----------------------------------------------------

_BINDS = {"+": 1, "-": 1, "*": 2, "/": 2, "^": 4}
_SHOWN = {"+": " + ", "-": f" {look.MINUS} ", "*": "·", "/": "/", "^": "^"}


def written(tree: Node) -> str:
    """A tree as text, for a message.

    >>> from autograd.sheet.grammar import read
    >>> written(read("y = 2*(a - b)^2", ["a", "b"]).statements[0].segments[1].tree)
    '2·(a − b)^2'
    """
    text = _written(tree, 0)
    return text if len(text) <= 60 else text[:59] + "…"


def _written(tree: Node, level: int) -> str:
    if isinstance(tree, Number):
        text = tree.text.replace("-", look.MINUS)
        return f"({text})" if level and text.startswith(look.MINUS) else text
    if isinstance(tree, Name):
        return tree.key
    if isinstance(tree, Derivative):
        return f"d{tree.of}/d{tree.by}" if level < 3 else f"(d{tree.of}/d{tree.by})"
    if isinstance(tree, Call):
        return f"{tree.function}{chr(39) * tree.primes}({', '.join(_written(arg, 0) for arg in tree.args)})"
    if isinstance(tree, Negative):
        text, binds = look.MINUS + _written(tree.operand, 2), 1
    elif isinstance(tree, Binary):
        binds = _BINDS[tree.operator]
        text = _written(tree.left, binds) + _SHOWN[tree.operator] + _written(tree.right, binds + 1)
    else:
        return "?"
    return f"({text})" if binds < level else text
