"""Symbols as they are read: a letter or a word with all that stands below and above it."""

from __future__ import annotations

import re

from autograd.notes.names import SymbolSpelling, bold
from autograd.notes.token_reader import END, Refused, TokenReader, plain_text, shown
from autograd.notes.tokens import GREEK, FormulaToken
from autograd.notes.vocabulary import ACCENTS, ALPHABETS, BOLD, FUNCTIONS, TEXTS, WORDS

MAX_DEPTH = 60  # of brackets, fonts and groups inside one another


class SymbolReader(TokenReader):
    """The part of the grammar that reads one symbol."""

    def name(self) -> SymbolSpelling:
        """Read a symbol with all that stands below and above it."""
        found = self._base()
        while True:
            token = self.raw()
            if token.kind == "sign" and token.text == "_":
                self.at += 1
                below = plain_text(self.group())
                found.below += (
                    ","
                    if found.below and found.below[-1].isdigit() and below[:1].isdigit()
                    else "_" * bool(found.below)
                ) + below
            elif token.kind == "sign" and token.text == "^":
                if not self._above(found):
                    return found
            elif (token.kind == "sign" and token.text == "'") or (token.kind == "command" and token.text == "prime"):
                self.at += 1
                found.primes += 1
            elif token.kind == "command" and token.text == "transposed":
                self.at += 1
                found.is_transposed = True
            elif self._is_digit_of(found, token):
                self.at += 1
                found.below += token.text
            else:
                return found

    def _is_digit_of(self, name: SymbolSpelling, token: FormulaToken) -> bool:
        """Return whether a number belongs to the name right before it: w5 for w_5."""
        before = self.tokens[self.at - 1] if self.at else END
        is_close = token.kind == "number" and token.start == before.end and before.kind == "letter"
        return is_close and token.text.isdigit() and len(token.text) < 3 and not name.index

    def _base(self) -> SymbolSpelling:
        token = self.take()
        if token.kind == "letter":
            run, end = "", self.at - 1
            while end < len(self.tokens) and self.tokens[end].kind == "letter":
                run += self.tokens[end].text
                end += 1
            word = next((run[:n] for n in range(len(run), 1, -1) if run[:n] in WORDS), token.text)
            self.at += len(word) - 1
            return SymbolSpelling(word)
        if token.text in GREEK:
            return SymbolSpelling(GREEK[token.text])
        if token.text in FUNCTIONS and token.kind == "command":
            return SymbolSpelling(token.text)
        if token.kind != "command":
            raise Refused(f"{shown(token)} is no name", token)
        if token.text in ACCENTS:
            found = type(self)(self.grammar, self.group(), self.depth + 1).name()
            found.accent += ACCENTS[token.text]
            return found
        if token.text in TEXTS:
            return self._word(token)
        if token.text in ALPHABETS:
            return self._in_alphabet(token)
        raise Refused(f"{shown(token)} is no name", token)

    def _word(self, token: FormulaToken) -> SymbolSpelling:
        word = re.sub(r"\W+", "_", plain_text(self.group(), spaced=self.grammar.note.text)).strip("_")
        if not word:
            raise Refused("words stand in the formula", token)
        if "_" in word and self._begins_symbol():  # \text{Total error to } h_1
            after = self.name()
            return SymbolSpelling(f"{word}_{after.key}")
        return SymbolSpelling(word)

    def _begins_symbol(self) -> bool:
        token = self.raw()
        return token.kind == "letter" or (token.kind == "command" and (token.text in GREEK or token.text in ALPHABETS))

    def _in_alphabet(self, token: FormulaToken) -> SymbolSpelling:
        group = self.group()
        if token.text in ("mathrm", "rm", "mathit", "mathtt", "mathsf") and all(
            t.kind in ("letter", "number") for t in group
        ):
            return SymbolSpelling("".join(t.text for t in group) or "_")
        if self.depth > MAX_DEPTH:
            raise Refused("fonts are nested too deeply", token)
        parser = type(self)(self.grammar, group, self.depth + 1)
        found = parser.name()
        if parser.peek().kind != "end":
            raise Refused("an expression in a font of its own", token)
        if token.text in BOLD and len(found.base) == 1:
            found.base = bold(found.base)
        return found

    def _above(self, found: SymbolSpelling) -> bool:
        """Read what stands above a name, if it belongs to the name and is no exponent."""
        start = self.at
        self.at += 1
        group = self.group()
        text = plain_text(group)
        match = re.fullmatch(r"[(\[]([^()\[\]]+)[)\]](T|top|transposed)?", text)
        words = re.sub(r"[(){}\[\] ]", "", text)
        if match:
            inside = match[1]
            step = self.grammar.iteration
            if step and inside in (step, f"{step}+1"):
                found.is_new = found.is_new or inside != step
            elif inside in ("new", "old"):
                found.is_new = inside == "new"
            elif re.fullmatch(r"[\w,+-]+", inside) and not re.fullmatch(r"[\d]*[+-][\d+-]*", inside):
                found.index += f"[{inside}]"
            else:
                self.at = start
                return False
            found.is_transposed = found.is_transposed or bool(match[2])
        elif words in ("new", "neu", "+"):
            found.is_new = True
        elif words in ("old", "alt"):
            pass
        elif text in ("T", "top", "transposed", "intercal"):
            found.is_transposed = True
        elif text in ("*", "ast", "star"):
            found.accent += "_star"
        elif text == "prime":
            found.primes += 1
        elif re.fullmatch(r"[lL](?:[+-]1)?", text) and (
            found.base.isupper() or found.base in "azbδ" or ord(found.base[0]) > 0x1D000
        ):
            found.index += f"[{text}]"
        else:
            self.at = start
            return False
        return True
