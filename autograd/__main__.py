"""`python -m autograd` is the command `chalkgrad`."""

from autograd.cli.main import main

if __name__ == "__main__":
    raise SystemExit(main())
