"""The looks of everything, in one place: figures, colors, escapes, terminal columns."""
