"""Documents: blocks, and the writers that make text, Markdown, LaTeX and HTML of them."""
