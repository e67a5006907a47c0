"""What every front end fills and marking reads: the tree, claims, the interpreter, sample points."""
