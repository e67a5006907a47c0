"""A small GPT, out of scalars: it reads words, one character after another, and learns to make up new ones.

The shape is that of every GPT: an embedding of the character and of its place, attention to what came
before, a layer of neurons, and at the end a score for each character that could come next. Every number in
it is a `Value`, every derivative comes from `loss.backward()`, and one line of the mathematics is one line here.

Run as it is, it learns the names of Python's standard library; `--words FILE` has it learn your own words,
one a line. `--replay` records the graph of one word once and replays it on arrays: the same losses, much faster.
"""

# ruff: noqa: T201 -- a demo prints

from __future__ import annotations

import argparse
import math
import random
import sys
import textwrap
import time
from itertools import chain, pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from autograd import Value, affine, logsumexp, record, total
from nn import Module

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

# -- 1. Words: what is learned, and how a word becomes numbers ----------------------------------------

LONGEST = 15  # characters of a word; the recorded graph of `--replay` has room for as many
END = "·"  # stands before every word and after it


def standard_library() -> list[str]:
    """Words that need no download: the modules that come with Python."""
    return sorted(name for name in sys.stdlib_module_names if not name.startswith("_"))


class Alphabet:
    """The characters of the words, numbered: a *token* is such a number, 0 the end of a word."""

    def __init__(self, words: list[str]) -> None:
        self.characters = [END, *sorted(set("".join(words)))]
        self.number = {character: token for token, character in enumerate(self.characters)}

    def __len__(self) -> int:
        return len(self.characters)

    def tokens(self, word: str) -> list[int]:
        """The word between two ends: `tokens[i + 1]` is what the model is to say after `tokens[: i + 1]`."""
        return [0, *(self.number[character] for character in word), 0]


# -- 2. The model ------------------------------------------------------------------------------------


class GPT(Module):
    """The parameters, and what is computed with them for one character after another."""

    def __init__(self, tokens: int, dice: random.Random, *, width: int = 16, heads: int = 4, layers: int = 1) -> None:
        def matrix(name: str, rows: int, columns: int) -> list[list[Value]]:
            return [[Value(dice.gauss(0, 0.1), f"{name}[{i},{j}]") for j in range(columns)] for i in range(rows)]

        self.heads = heads
        self.token = matrix("token", tokens, width)
        self.place = matrix("place", LONGEST + 1, width)
        self.layers = [
            {
                "query": matrix(f"query{layer}", width, width),
                "key": matrix(f"key{layer}", width, width),
                "value": matrix(f"value{layer}", width, width),
                "out": matrix(f"out{layer}", width, width),
                "up": matrix(f"up{layer}", 4 * width, width),
                "down": matrix(f"down{layer}", width, 4 * width),
            }
            for layer in range(layers)
        ]
        self.score = matrix("score", tokens, width)

    def __call__(self, token: int | list[Value], past: Past) -> list[Value]:
        """The score of each character that may come after this one; `past` is what was computed before it."""
        x = add(self.embedding(token), self.place[past.length])
        x = rms_norm(x)
        for layer, keys, values in zip(self.layers, past.keys, past.values):
            seen = rms_norm(x)
            query = linear(layer["query"], seen)
            keys.append(linear(layer["key"], seen))
            values.append(linear(layer["value"], seen))
            x = add(x, linear(layer["out"], self.attention(query, keys, values)))
            hidden = [z.relu() for z in linear(layer["up"], rms_norm(x))]
            x = add(x, linear(layer["down"], hidden))
        past.length += 1
        return linear(self.score, x)

    def embedding(self, token: int | list[Value]) -> list[Value]:
        """The row of the token; a token may also be given as a row of zeros with a one at its place."""
        if isinstance(token, int):
            return self.token[token]
        return linear(list(map(list, zip(*self.token))), token)

    def attention(self, query: list[Value], keys: list[list[Value]], values: list[list[Value]]) -> list[Value]:
        """A mean of the values so far, weighted by how well each key goes with the query; for each head apart."""
        size = len(query) // self.heads
        mixed = []
        for start in range(0, len(query), size):
            head = slice(start, start + size)
            weights = softmax([affine(query[head], key[head]) / math.sqrt(size) for key in keys])
            mixed += [affine(weights, list(column)) for column in zip(*(value[head] for value in values))]
        return mixed


class Past:
    """The keys and values of the characters so far, layer by layer: what attention looks back at."""

    def __init__(self, model: GPT) -> None:
        self.length = 0
        self.keys: list[list[list[Value]]] = [[] for _ in model.layers]
        self.values: list[list[list[Value]]] = [[] for _ in model.layers]


def linear(rows: list[list[Value]], x: list[Value]) -> list[Value]:
    """A matrix times a vector: each row is one node."""
    return [affine(row, x) for row in rows]


def add(a: list[Value], b: list[Value]) -> list[Value]:
    """Two vectors, number by number."""
    return [ai + bi for ai, bi in zip(a, b)]


def rms_norm(x: list[Value]) -> list[Value]:
    """The vector at the length that vectors have here: the mean of its squares is 1."""
    root = (affine(x, x) / len(x) + 1e-5).sqrt()
    return [xi / root for xi in x]


def softmax(scores: list[Value]) -> list[Value]:
    """Shares of one whole: eˢ over the sum of them all; by logarithms, so that none overflows."""
    log_sum = logsumexp(scores)
    return [(score - log_sum).exp() for score in scores]


# -- 3. The loss: how surprised the model is by the word that is there ---------------------------------


def surprise(scores: list[Value], target: int | list[Value]) -> Value:
    """The cross-entropy −log pₜ = log Σ eˢ − sₜ; the target may be a row of zeros and a one (all zeros: no target)."""
    if isinstance(target, int):
        return logsumexp(scores) - scores[target]
    return logsumexp(scores) * total(target) - affine(scores, target)


def word_loss(model: GPT, tokens: list[int] | list[list[Value]], share: float | Value) -> Value:
    """What one word adds to the loss, which is the mean surprise at a character of the batch."""
    past = Past(model)
    return total([surprise(model(now, past), after) for now, after in pairwise(tokens)]) * share


def share_of(words: list[str]) -> float:
    """The share that one character has in the loss of these words, their ends counted."""
    return 1 / sum(len(word) + 1 for word in words)


# -- 4. Learning ---------------------------------------------------------------------------------------


class Adam:
    """Each parameter goes against its mean gradient, over the root of its mean square (Kingma and Ba 2014)."""

    def __init__(self, parameters: list[Value], *, beta1: float = 0.85, beta2: float = 0.99) -> None:
        self.parameters, self.beta1, self.beta2, self.steps = parameters, beta1, beta2, 0
        self.mean = [0.0] * len(parameters)
        self.square = [0.0] * len(parameters)

    def step(self, lr: float) -> None:
        """Move every parameter, and forget its gradient."""
        self.steps += 1
        fair1, fair2 = 1 - self.beta1**self.steps, 1 - self.beta2**self.steps  # both begin at 0, which is too little
        for i, p in enumerate(self.parameters):
            self.mean[i] = self.beta1 * self.mean[i] + (1 - self.beta1) * p.grad
            self.square[i] = self.beta2 * self.square[i] + (1 - self.beta2) * p.grad**2
            p.data -= lr * (self.mean[i] / fair1) / (math.sqrt(self.square[i] / fair2) + 1e-8)
            p.grad = 0.0


def eager(model: GPT, alphabet: Alphabet) -> Callable[[list[str]], float]:
    """One batch: the graph of each word is built, gone back through and dropped; gives the loss of the batch."""

    def learn(words: list[str]) -> float:
        loss = 0.0
        for word in words:
            part = word_loss(model, alphabet.tokens(word), share_of(words))
            part.backward()  # adds to what the words before it left in the parameters
            loss += part.data
        return loss

    return learn


def replayed(model: GPT, alphabet: Alphabet) -> Callable[[list[str]], float]:
    """The same from one recorded graph, whose inputs are the tokens: rows of zeros with a one, or all zeros at the end.

    A row of zeros is no target, so it adds no loss; and attention looks back only, so it changes nothing before it.
    """
    rows = [[Value(0.0) for _ in alphabet.characters] for _ in range(LONGEST + 2)]
    share = Value(0.0)
    step = record(word_loss(model, rows, share), inputs=[*chain(*rows), share], reduction="sum")

    def row(word: str, share: float) -> list[float]:
        numbers = [0.0] * (len(rows) * len(alphabet)) + [share]
        for place, token in enumerate(alphabet.tokens(word)):
            numbers[place * len(alphabet) + token] = 1.0
        return numbers

    return lambda words: float(step([row(word, share_of(words)) for word in words]))


def batches(words: list[str], size: int, dice: random.Random) -> Iterator[list[str]]:
    """All the words in chance order, then again in another, so many at a time."""
    waiting: list[str] = []
    while True:
        while len(waiting) < size:
            waiting += dice.sample(words, len(words))
        yield waiting[:size]
        waiting = waiting[size:]


def show(step: int, steps: int, loss: float) -> None:
    """How far it is: one line, written over and over; where that is no terminal, a line now and then."""
    line = f"  step {step:5} of {steps}   loss {loss:.3f}   {'█' * round(10 * loss)}"
    if sys.stdout.isatty():
        print(f"\r{line:<79}", end="\n" if step == steps else "", flush=True)
    elif step in (1, steps) or step % max(1, steps // 10) == 0:
        print(line, flush=True)


# -- 5. Making up words --------------------------------------------------------------------------------


def sample(model: GPT, alphabet: Alphabet, dice: random.Random, temperature: float = 0.6) -> str:
    """A new word, one character after another; below 1 the temperature favours what is likely."""
    past, token, word = Past(model), 0, ""
    while len(word) < LONGEST:
        shares = softmax([score / temperature for score in model(token, past)])
        token = dice.choices(range(len(alphabet)), [share.data for share in shares])[0]
        if token == 0:
            break
        word += alphabet.characters[token]
    return word


# -- 6. The demo ---------------------------------------------------------------------------------------


def read_arguments(arguments: list[str] | None) -> argparse.Namespace:
    """What the user asks for, the words read."""
    reader = argparse.ArgumentParser(description="A small GPT, out of scalars: it learns to make up words.")
    reader.add_argument("--words", metavar="FILE", help="your words, one a line (Python's modules)")
    reader.add_argument("--replay", action="store_true", help="record the graph once and replay it on arrays")
    reader.add_argument("--steps", type=int, default=150, metavar="N", help="batches to learn from (%(default)s)")
    reader.add_argument("--seconds", type=float, default=math.inf, metavar="S", help="stop learning after so long")
    reader.add_argument("--batch", type=int, default=8, metavar="N", help="words in a batch (%(default)s)")
    reader.add_argument("--seed", type=int, default=1, metavar="N", help="for the same run again (%(default)s)")
    asked = reader.parse_args(arguments)
    if asked.steps < 1 or asked.batch < 1:
        reader.error("--steps and --batch are 1 or more")
    try:
        words = Path(asked.words).read_text("utf-8").split() if asked.words else standard_library()
    except (OSError, UnicodeDecodeError) as error:
        reader.error(f"the words cannot be read: {error}")
    asked.words = [word for word in dict.fromkeys(words) if len(word) <= LONGEST and END not in word]
    if not asked.words:
        reader.error(f"there are no words of at most {LONGEST} characters")
    return asked


def main(arguments: list[str] | None = None) -> int:
    """Train, make up words, and say what came of it."""
    asked = read_arguments(arguments)
    alphabet = Alphabet(asked.words)
    dice = random.Random(asked.seed)
    model = GPT(len(alphabet), dice)
    parameters = model.parameters()
    print(f"{len(asked.words)} words of {len(alphabet) - 1} characters, {len(parameters)} parameters")

    start = time.perf_counter()
    learn = (replayed if asked.replay else eager)(model, alphabet)
    adam = Adam(parameters)
    losses: list[float] = []
    for batch in batches(asked.words, asked.batch, dice):
        losses.append(learn(batch))
        adam.step(0.02 * (1 - (len(losses) - 1) / asked.steps))
        late = time.perf_counter() - start >= asked.seconds
        lately = sum(losses[-20:]) / len(losses[-20:])  # the loss of one batch depends on its words
        show(len(losses), len(losses) if late else asked.steps, lately)
        if late or len(losses) == asked.steps:
            break

    guessing = math.log(len(alphabet))
    print(f"{len(losses)} steps in {time.perf_counter() - start:.1f} s, {'replayed' if asked.replay else 'eager'}")
    print(f"loss {losses[0]:.3f} → {lately:.3f}; a guess among {len(alphabet)} characters costs {guessing:.3f}")

    print("\nIt makes up (in brackets what it was shown):\n")
    made = [sample(model, alphabet, dice) for _ in range(20)]
    known = set(asked.words)
    print(textwrap.fill("  ".join(f"({word})" if word in known else word for word in made), 78))
    print("\nIt has learned." if lately < guessing - 0.5 else "\nIt has not learned much yet: give it more --steps.")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
