"""What a hand derivation says, as every front end fills it in and marking reads it.

To be read in this order: `tree` (expressions), `claims`, `dependencies` (names and their definitions), `interpreter`
(numbers for names), `worksheet` (all of it in one object), `sampling` (points at which formulas are compared);
`arrays` has vectors and matrices of any of these.
"""
