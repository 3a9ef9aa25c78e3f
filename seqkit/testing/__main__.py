"""`python -m seqkit.testing`: the whole kit over all that is installed; it ends with 1 if anything fails."""

import sys

from seqkit.testing.sweep import main

sys.exit(main())
