"""Lecture notes as they stand: Markdown, LaTeX, notebooks and HTML, read as worksheets.

Read `note_text`, `parts` (what says something), `tokens`, `token_reader`, `symbol_reader` and `grammar`
(formulas), `chains` and `tables` (what is equal
to what), `names`, `unfolding`, `grounding`, `scopes` and `meanings` (what it is about), and `reading`, which has
`read_note`.
"""
