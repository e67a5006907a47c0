"""A whole class: the hand-ins of a folder marked in several processes, with points, feedback and a page for the class."""
