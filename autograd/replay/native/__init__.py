"""Replay on the processor itself, compiled by LLVM."""
