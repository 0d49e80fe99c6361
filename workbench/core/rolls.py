"""Piano rolls: which of 88 keys sound in each frame, and how a roll is said key by key.

A *roll* is (T, ``KEYS``), true where a key sounds; key 0 is the lowest of a piano, MIDI 21. Frames are equal steps of time.

A frame is said as the keys that sound in it, from below, and then ``NEXT``::

    <start>  60 64 67 next  _60 _64 69 next

``60`` strikes a key, ``_60`` lets one go on that sounded in the frame before. So repeated notes are told from held ones, every roll has a
sentence, and the chance of a frame is that of its tokens.
"""

import numpy as np
from numpy.typing import NDArray

KEYS = 88
LOWEST = 21  # MIDI
MOST_KEYS = 20
"""That may sound in one frame. Ten fingers strike fewer; in the rolls that benchmarks use there are at most fifteen."""

NEXT = 1
STRUCK = 2  # token of the lowest key
HELD = STRUCK + KEYS
SIZE = HELD + KEYS

Roll = NDArray[np.bool_]

_NAMES = [str(LOWEST + key) for key in range(KEYS)]
TOKENS = ("<start>", "next", *_NAMES, *(f"_{name}" for name in _NAMES))


def key_of(token: int) -> int:
    """The key that a token is about, -1 for ``NEXT`` and the start symbol."""
    return (token - STRUCK) % KEYS if token >= STRUCK else -1


def tokens_of(sounds: Roll, struck: Roll) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """The tokens (N,) of a roll, and (N,) the frame of each.

    ``struck`` (T, ``KEYS``) is where a key that sounds begins, for the first time or again.
    """
    keys = np.arange(KEYS, dtype=np.int32)
    said = np.where(sounds, np.where(struck, STRUCK, HELD) + keys, 0)  # (T, KEYS)
    rows = np.concatenate([said, np.full((len(said), 1), NEXT)], axis=1)
    frames, columns = np.nonzero(rows)
    return rows[frames, columns].astype(np.int32), frames


def begun(sounds: Roll) -> Roll:
    """(T, ``KEYS``) where keys begin, if one that stays is held: a roll does not tell one that is struck again."""
    result = sounds.copy()
    result[1:] &= ~sounds[:-1]
    return result
