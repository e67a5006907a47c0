"""A whole class: its hand-ins marked in several processes, with points, feedback and a page for the class."""
