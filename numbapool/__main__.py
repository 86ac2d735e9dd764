"""``python -m numbapool``: see `numbapool.demo`."""

import sys

from .demo import main

sys.exit(main())
