"""Watch the chain rule on a 2-2-2 network, and mark the document that it comes from.

The same as `chalkgrad demo --all`: page and pictures go to the folder given, or to out/.
"""

import sys
from pathlib import Path

from autograd.cli.demo import main

if __name__ == "__main__":
    raise SystemExit(main(Path(sys.argv[1] if len(sys.argv) > 1 else "out"), every=True))
