"""``python -m numbapool``: see `numbapool.cli`."""

import sys

from .cli import main

sys.exit(main())
