"""The kinds of mistakes, each in words that do not give the right answer away."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

KINDS: Mapping[str, str] = {
    # in a formula
    "sign": "a sign is the other way round",
    "swapped": "a difference, a quotient or a power is the wrong way round",
    "brackets": "brackets are missing",
    "operation": "an operation is another one",
    "a constant": "a number such as 2 or ½ is left out, or one too many",
    "an exponent": "an exponent is wrong",
    "a factor left out": "a factor is left out",
    "a factor too many": "a factor is one too many",
    "a path left out": "a path, or a term of a sum, is left out",
    "a term left out": "a term is left out",
    "a term too many": "a term is one too many",
    "a term": "1 minus something is meant, or that itself",
    # of names and derivatives
    "another name": "another name is meant",
    "the updated weight": "an updated weight stands where the original one belongs",
    "the original weight": "an original weight stands where the updated one belongs",
    "pre-activation": "a pre-activation stands where the activation belongs",
    "activation": "an activation stands where the pre-activation belongs",
    "another gradient": "this is another gradient than the one that is asked",
    "no path": "a derivative in it is 0, because nothing leads from the one name to the other",
    # of rules
    "the chain rule": "the chain rule: an inner derivative is left out, or the outer one is taken elsewhere",
    "the product rule": "the product rule",
    "the quotient rule": "the quotient rule",
    "the power rule": "the power rule is taken for another function, or another rule for a power",
    "not differentiated": "a function stands where its derivative belongs",
    "another function": "this is the derivative of another function",
    "the calculator": "an angle in degrees, or a logarithm to another base",
    # of whole arrays
    "the transpose": "an array is transposed",
    "the wrong way round": "the factors of a matrix product are the wrong way round",
    "the wrong axis": "a sum runs along the wrong axis",
    "a matrix product": "a matrix product stands where a product entry by entry belongs",
    "entry by entry": "a product entry by entry stands where a matrix product belongs",
    "not summed": "a sum over the rows of a batch is left out",
    "summed": "entries are summed where no sum belongs",
    "divided by n": "a division by the number of rows is one too many",
    "not divided by n": "a division by the number of rows is left out",
    "swapped rows or columns": "two rows or two columns are swapped",
    "shifted": "rows or columns are moved along",
    "another row or column": "another row or column is taken",
    "another array": "another array is meant",
    # in a line of array code
    "1/n missing": "a division by the number of rows is left out",
    "1/n twice": "a division by the number of rows is one too many",
    "= where += belongs": "a second contribution takes the place of the first: += belongs there",
    "a detached branch": "a gradient flows where the forward pass has cut the path, or the other way round",
    "a branch twice": "the gradient of one path is counted twice",
    "changed in place": "an array is changed in place before it is needed",
    "keepdims lost": "an axis is lost that keepdims would keep",
    "returned in another order": "gradients are returned in another order",
    "softmax without − one-hot": "the one-hot target is not subtracted from the softmax",
    "stale cache": "a value of an earlier pass is used",
    # in a number
    "a figure": "a figure is another one than that which was written before",
    "truncated": "digits were cut off where they are to be rounded",
    "rounded up": "the last digit is one too large",
    "a rounded number": "a rounded result is written as a whole number; write ≈",
    "transposed": "two digits are transposed",
    "decimal point": "the decimal point is in another place",
    "a digit": "one digit is another",
}
