"""Exercises: a derivation with blanks, made from a graph, filled in and marked."""
