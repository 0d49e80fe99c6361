"""``python -m workbench``."""

import sys
from typing import Any, cast

# Through the store, sqlite-utils imports pandas where it is installed, only to know its column types. Commands and workers have
# no use for that half a second and those 80 MB, so for the length of that import there is no pandas.
modules = cast(dict[str, Any], sys.modules)
modules["pandas"] = None
import workbench.store  # noqa: E402, F401  (that it is imported is the point, and where)

del modules["pandas"]

from workbench.cli import main  # noqa: E402

if __name__ == "__main__":
    sys.exit(main())
