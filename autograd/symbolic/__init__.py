"""Formulas that flow through the table, and how they are written."""
