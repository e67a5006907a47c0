"""A small GPT, out of scalars: it reads words, one character after another, and learns to make up new ones.

It has the parts of every GPT: an embedding of the character and of its place, attention to the characters
before, a layer of neurons, and at the end a score for each character that could come next. Every number in
it is a `Value`, every derivative comes from `loss.backward()`, and one line of the mathematics is one line here.

Without options it learns the names of Python's standard library; with `--words FILE` it learns your own words,
one on each line. `--replay` records the graph of one word once and replays it on arrays: the same losses, faster.
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

# -- 1. Words, and the tokens that stand for their characters ------------------------------------------

LONGEST = 15  # characters of a word; the recorded graph of `--replay` has room for as many
END = "·"  # stands before every word and after it


def standard_library() -> list[str]:
    """Return words that need no download: the names of the modules that come with Python."""
    return sorted(name for name in sys.stdlib_module_names if not name.startswith("_"))


class Alphabet:
    """The characters of the words and their numbers: a *token* is such a number, and 0 is the end of a word."""

    def __init__(self, words: list[str]) -> None:
        self.characters = [END, *sorted(set("".join(words)))]
        self.number = {character: token for token, character in enumerate(self.characters)}

    def __len__(self) -> int:
        return len(self.characters)

    def tokens(self, word: str) -> list[int]:
        """Return the word between two ends: the model learns to predict `tokens[i + 1]` after `tokens[: i + 1]`."""
        return [0, *(self.number[character] for character in word), 0]


# -- 2. The model ------------------------------------------------------------------------------------


class GPT(Module):
    """The model: its parameters, and the scores that it computes for one character after another."""

    def __init__(
        self, tokens: int, generator: random.Random, *, width: int = 16, heads: int = 4, layers: int = 1
    ) -> None:
        def matrix(name: str, rows: int, columns: int) -> list[list[Value]]:
            return [[Value(generator.gauss(0, 0.1), f"{name}[{i},{j}]") for j in range(columns)] for i in range(rows)]

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

    def __call__(self, token: int | list[Value], cache: KeyValueCache) -> list[Value]:
        """Return the score of each character that may come next; `cache` is of the characters before."""
        x = add(self.embedding(token), self.place[cache.length])
        x = rms_norm(x)
        for layer, keys, values in zip(self.layers, cache.keys, cache.values):
            seen = rms_norm(x)
            query = linear(layer["query"], seen)
            keys.append(linear(layer["key"], seen))
            values.append(linear(layer["value"], seen))
            x = add(x, linear(layer["out"], self.attention(query, keys, values)))
            hidden = [z.relu() for z in linear(layer["up"], rms_norm(x))]
            x = add(x, linear(layer["down"], hidden))
        cache.length += 1
        return linear(self.score, x)

    def embedding(self, token: int | list[Value]) -> list[Value]:
        """Return the embedding of a token, which may also be given as a one-hot row."""
        if isinstance(token, int):
            return self.token[token]
        return linear(list(map(list, zip(*self.token))), token)

    def attention(self, query: list[Value], keys: list[list[Value]], values: list[list[Value]]) -> list[Value]:
        """Return the mean of the values so far, weighted by how well each key fits the query, for each head."""
        size = len(query) // self.heads
        mixed = []
        for start in range(0, len(query), size):
            head = slice(start, start + size)
            weights = softmax([affine(query[head], key[head]) / math.sqrt(size) for key in keys])
            mixed += [affine(weights, list(column)) for column in zip(*(value[head] for value in values))]
        return mixed


class KeyValueCache:
    """The keys and values of the characters so far, layer by layer, which attention looks back at."""

    def __init__(self, model: GPT) -> None:
        self.length = 0
        self.keys: list[list[list[Value]]] = [[] for _ in model.layers]
        self.values: list[list[list[Value]]] = [[] for _ in model.layers]


def linear(rows: list[list[Value]], x: list[Value]) -> list[Value]:
    """Return a matrix times a vector; each row is one node."""
    return [affine(row, x) for row in rows]


def add(a: list[Value], b: list[Value]) -> list[Value]:
    """Return the sum of two vectors."""
    return [ai + bi for ai, bi in zip(a, b)]


def rms_norm(x: list[Value]) -> list[Value]:
    """Return the vector scaled so that the mean of its squares is 1."""
    root = (affine(x, x) / len(x) + 1e-5).sqrt()
    return [xi / root for xi in x]


def softmax(scores: list[Value]) -> list[Value]:
    """Return probabilities: eˢ over the sum of all of them, by logarithms, so that nothing overflows."""
    log_sum = logsumexp(scores)
    return [(score - log_sum).exp() for score in scores]


# -- 3. The loss: the cross-entropy of each next character ---------------------------------------------


def cross_entropy(scores: list[Value], target: int | list[Value]) -> Value:
    """Return −log pₜ = log Σ eˢ − sₜ; the target may be a one-hot row (all zeros: no target)."""
    if isinstance(target, int):
        return logsumexp(scores) - scores[target]
    return logsumexp(scores) * total(target) - affine(scores, target)


def word_loss(model: GPT, tokens: list[int] | list[list[Value]], share: float | Value) -> Value:
    """Return the part of one word in the loss, which is the mean cross-entropy over the characters of the batch."""
    cache = KeyValueCache(model)
    return total([cross_entropy(model(now, cache), after) for now, after in pairwise(tokens)]) * share


def share_of(words: list[str]) -> float:
    """Return the share of one character in the loss of these words, whose ends count too."""
    return 1 / sum(len(word) + 1 for word in words)


# -- 4. Learning ---------------------------------------------------------------------------------------


class Adam:
    """Gradient descent along running means of the gradients, over the root of their squares (Kingma and Ba 2014)."""

    def __init__(self, parameters: list[Value], *, beta1: float = 0.85, beta2: float = 0.99) -> None:
        self.parameters, self.beta1, self.beta2, self.steps = parameters, beta1, beta2, 0
        self.mean = [0.0] * len(parameters)
        self.square = [0.0] * len(parameters)

    def step(self, lr: float) -> None:
        """Change every parameter, and set its gradient to zero."""
        self.steps += 1
        fair1, fair2 = 1 - self.beta1**self.steps, 1 - self.beta2**self.steps  # both means start at 0
        for i, p in enumerate(self.parameters):
            self.mean[i] = self.beta1 * self.mean[i] + (1 - self.beta1) * p.grad
            self.square[i] = self.beta2 * self.square[i] + (1 - self.beta2) * p.grad**2
            p.data -= lr * (self.mean[i] / fair1) / (math.sqrt(self.square[i] / fair2) + 1e-8)
            p.grad = 0.0


def eager(model: GPT, alphabet: Alphabet) -> Callable[[list[str]], float]:
    """Return a function that builds the graph of each word of a batch, runs `backward()`, and returns the loss."""

    def learn(words: list[str]) -> float:
        loss = 0.0
        for word in words:
            part = word_loss(model, alphabet.tokens(word), share_of(words))
            part.backward()  # adds to the gradients of the words before
            loss += part.data
        return loss

    return learn


def replayed(model: GPT, alphabet: Alphabet) -> Callable[[list[str]], float]:
    """Return the same function from one recorded graph, whose inputs are the tokens as one-hot rows.

    A shorter word ends in rows of zeros. Such a row is not a target, so it adds no loss; and attention looks
    back only, so it changes nothing before it.
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


def batches(words: list[str], size: int, generator: random.Random) -> Iterator[list[str]]:
    """Yield batches of the words in random order, and then again in another order, without end."""
    waiting: list[str] = []
    while True:
        while len(waiting) < size:
            waiting += generator.sample(words, len(words))
        yield waiting[:size]
        waiting = waiting[size:]


def show(step: int, steps: int, loss: float) -> None:
    """Show the progress: one line that is overwritten, or without a terminal a line now and then."""
    line = f"  step {step:5} of {steps}   loss {loss:.3f}   {'█' * round(10 * loss)}"
    if sys.stdout is not None and sys.stdout.isatty():
        print(f"\r{line:<79}", end="\n" if step == steps else "", flush=True)
    elif step in (1, steps) or step % max(1, steps // 10) == 0:
        print(line, flush=True)


# -- 5. Making up words --------------------------------------------------------------------------------


def sample(model: GPT, alphabet: Alphabet, generator: random.Random, temperature: float = 0.6) -> str:
    """Return a new word; a temperature below 1 favors likely characters."""
    cache, token, word = KeyValueCache(model), 0, ""
    while len(word) < LONGEST:
        shares = softmax([score / temperature for score in model(token, cache)])
        token = generator.choices(range(len(alphabet)), [share.data for share in shares])[0]
        if token == 0:
            break
        word += alphabet.characters[token]
    return word


# -- 6. The demo ---------------------------------------------------------------------------------------


def read_arguments(arguments: list[str] | None) -> argparse.Namespace:
    """Return the options of the command line, with the words read from their file."""
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
    """Train, make up words, and show them."""
    asked = read_arguments(arguments)
    alphabet = Alphabet(asked.words)
    generator = random.Random(asked.seed)
    model = GPT(len(alphabet), generator)
    parameters = model.parameters()
    print(f"{len(asked.words)} words of {len(alphabet) - 1} characters, {len(parameters)} parameters")

    start = time.perf_counter()
    learn = (replayed if asked.replay else eager)(model, alphabet)
    adam = Adam(parameters)
    losses: list[float] = []
    for batch in batches(asked.words, asked.batch, generator):
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
    made = [sample(model, alphabet, generator) for _ in range(20)]
    known = set(asked.words)
    print(textwrap.fill("  ".join(f"({word})" if word in known else word for word in made), 78))
    print("\nIt has learned." if lately < guessing - 0.5 else "\nIt has not learned much yet: give it more --steps.")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
