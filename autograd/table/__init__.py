"""The table of derivatives, and the operators that read it. Read `ops` first."""
