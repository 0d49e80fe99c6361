"""Where files come from: a file, a folder, a zip or tar archive, an address on the net.

Conventions
-----------
:func:`walk` goes through a source once, in order, and yields an :class:`Item` for every file in it and a
:class:`Refused` for whatever cannot be opened. An item is read before the next one is asked for, for an
archive on a tape is read in one go. Nothing is ever written under a name that an archive
or a folder gives: names are only shown.

A *shown* name is what a person sees in the report: printable, with forward slashes, whatever bytes the
source had. It leads nowhere.

What is refused, and how much is too much, is in :mod:`workbench.sources.bounds`.
"""

from workbench.sources.addresses import Address, is_address, walk_address
from workbench.sources.bounds import Bounds
from workbench.sources.downloads import Stopped, download, forget
from workbench.sources.items import Found, Item, Refused, shown_name
from workbench.sources.walking import walk

__all__ = [
    "Address",
    "Bounds",
    "Found",
    "Item",
    "Refused",
    "Stopped",
    "download",
    "forget",
    "is_address",
    "shown_name",
    "walk",
    "walk_address",
]
