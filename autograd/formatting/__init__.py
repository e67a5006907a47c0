"""How things look, in one place: figures, colors, escapes, terminal columns."""
