"""What each token of a composition was drawn among.

For every token, primer excepted, the likeliest candidates stand with two probabilities: the model's own, and the one
it was drawn with after the grammar's mask, temperature, top-k and top-p. The token that was drawn is always one of them.
"""

import json
import zlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from workbench.core.errors import UnreadableFile

CANDIDATES = 6
_MOST_BYTES = 64 * 2**20
_DTYPE = np.dtype([("token", "<u2"), ("model", "<f2"), ("drawn", "<f2")])
_TOKEN_BYTES = 2 * 4 + CANDIDATES * _DTYPE.itemsize


@dataclass(frozen=True, eq=False)
class Explanation:
    """``candidates`` (T, K) with fields ``token``, ``model`` and ``drawn`` (both 0 to 1), the likeliest first; of
    a token that was given (a primer's), all are zero. ``places`` (T, 2) is where each token stands in the
    piece: ticks from its beginning, and part. ``symbols`` says tokens as a person would type them.
    """

    candidates: NDArray[np.void]
    places: NDArray[np.int32]
    symbols: dict[int, str]

    def at(self, onset: int, part: int) -> list[int]:
        """The tokens (their numbers in the sequence) that said what begins there, in ticks."""
        return np.flatnonzero((self.places == (onset, part)).all(axis=1)).tolist()

    def surprise(self, tokens: Sequence[int]) -> NDArray[np.float64]:
        """(T,) bits of each token to the model alone; NaN where it was given."""
        found = self.candidates["token"] == np.asarray(tokens)[:, np.newaxis]
        found &= self.candidates["drawn"] > 0
        chance = np.where(found, self.candidates["model"].astype(np.float64), 0).max(axis=1)
        given = ~(self.candidates["drawn"] > 0).any(axis=1)
        # A chance too small for 16 bits counts as the smallest there is.
        bits = -np.log2(np.maximum(chance, float(np.finfo(np.float16).smallest_subnormal)))
        return np.where(given, np.nan, bits)


def candidates(
    model: NDArray[np.float64], drawn: NDArray[np.float64], token: int
) -> NDArray[np.void]:
    """(K,) the row of one token: ``model`` (V,) and ``drawn`` (V,) probabilities, and what was drawn."""
    order = np.argsort(-(model + drawn), kind="stable")[:CANDIDATES]
    if token not in order:
        order[-1] = token
    row = np.zeros(CANDIDATES, _DTYPE)
    row["token"][: len(order)] = order
    row["model"][: len(order)] = model[order]
    row["drawn"][: len(order)] = drawn[order]
    # The drawn one had a chance, even where 16 bits cannot say so small a number.
    place = np.flatnonzero(row["token"] == token)[0]
    row["drawn"][place] = max(row["drawn"][place], np.finfo(np.float16).smallest_subnormal)
    return row


def given() -> NDArray[np.void]:
    """(K,) the row of a token that was not drawn."""
    return np.zeros(CANDIDATES, _DTYPE)


def pack_explanation(explanation: Explanation) -> bytes:
    """Bytes for the database, about four for every token and candidate."""
    names = {str(token): symbol for token, symbol in sorted(explanation.symbols.items())}
    line = json.dumps(names, separators=(",", ":")).encode() + b"\n"
    places = explanation.places.astype("<i4").tobytes()
    return zlib.compress(line + places + explanation.candidates.tobytes())


def unpack_explanation(data: bytes) -> Explanation:
    """What :func:`pack_explanation` wrote; ``UnreadableFile`` where the bytes are no such thing."""
    try:
        stream = zlib.decompressobj()
        raw = stream.decompress(data, _MOST_BYTES)
        if not stream.eof:
            raise ValueError("too large" if stream.unconsumed_tail else "cut off")
        line, _, rows = raw.partition(b"\n")
        symbols = {int(token): str(symbol) for token, symbol in json.loads(line).items()}
        length = len(rows) // _TOKEN_BYTES
        places = np.frombuffer(rows, "<i4", 2 * length).reshape(length, 2)
        table = np.frombuffer(rows, _DTYPE, offset=places.nbytes).reshape(length, CANDIDATES)
        return Explanation(table, places, symbols)
    except (zlib.error, ValueError, AttributeError) as error:
        raise UnreadableFile(
            f"What was kept of how this came about is damaged ({error}); make the piece again."
        ) from error
