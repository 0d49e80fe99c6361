"""What each token of a composition was drawn among, and where the model looked.

For every token, primer excepted, the likeliest candidates stand with two probabilities: the model's own, and the one
it was drawn with after the grammar's mask, temperature, top-k and top-p. The token that was drawn is always one of them. Of a model that looks back, the earlier
tokens that it attended to most stand beside.
"""

import json
import zlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from workbench.core.errors import UnreadableFile

CANDIDATES = 6
LOOKS = 4
"""Earlier tokens that are kept of where a model looked."""
_MOST_BYTES = 64 * 2**20
_DTYPE = np.dtype([("token", "<u2"), ("model", "<f2"), ("drawn", "<f2")])
_LOOK = np.dtype([("token", "<u2"), ("share", "<f2")])
_PLACE_BYTES = 2 * 4


@dataclass(frozen=True, eq=False)
class Explanation:
    """``candidates`` (T, K) with fields ``token``, ``model`` and ``drawn`` (both 0 to 1), the likeliest first; of
    a token that was given (a primer's), all are zero. ``places`` (T, 2) is where each token stands in the
    piece: ticks from its beginning, and part. ``symbols`` says tokens as a person would type them. ``looks`` (T, L) with fields ``token``, the
    number of an earlier token in the sequence, and ``share`` of the attention (0 to 1; 0 is none), the most first; (T, 0) where
    the model does not look back.
    """

    candidates: NDArray[np.void]
    places: NDArray[np.int32]
    symbols: dict[int, str]
    looks: NDArray[np.void]

    def at(self, onset: int, part: int) -> list[int]:
        """The tokens (their numbers in the sequence) that said what begins there, in ticks."""
        return np.flatnonzero((self.places == (onset, part)).all(axis=1)).tolist()

    def surprise(self, tokens: Sequence[int]) -> NDArray[np.float64]:
        """(T,) nats of each token to the model alone; NaN where it was given."""
        found = self.candidates["token"] == np.asarray(tokens)[:, np.newaxis]
        found &= self.candidates["drawn"] > 0
        chance = np.where(found, self.candidates["model"].astype(np.float64), 0).max(axis=1)
        given = ~(self.candidates["drawn"] > 0).any(axis=1)
        # A chance too small for 16 bits counts as the smallest there is.
        nats = -np.log(np.maximum(chance, float(np.finfo(np.float16).smallest_subnormal)))
        return np.where(given, np.nan, nats)

    def of_notes(self, notes: NDArray[np.void], tokens: Sequence[int]) -> NDArray[np.float64]:
        """(N,) nats of each note of a score, those of all the tokens that say it; NaN where it was given."""
        surprise = self.surprise(tokens)
        said: dict[tuple[int, int], float] = {}
        for (onset, part), nats in zip(self.places.tolist(), surprise.tolist(), strict=True):
            said[onset, part] = said.get((onset, part), 0.0) + nats
        places = zip(notes["onset"].tolist(), notes["part"].tolist(), strict=True)
        return np.array([said.get(place, np.nan) for place in places], np.float64)


def candidates(
    model: NDArray[np.float64], drawn: NDArray[np.float64], token: int
) -> NDArray[np.void]:
    """(K,) the row of one token: ``model`` (V,) and ``drawn`` (V,) probabilities, and what was drawn."""
    row: NDArray[np.void] = each_candidates(model[np.newaxis], drawn[np.newaxis], [token])[0]
    return row


def each_candidates(
    model: NDArray[np.float64], drawn: NDArray[np.float64], tokens: Sequence[int]
) -> NDArray[np.void]:
    """(N, K) the rows of tokens (N,): ``model`` (N, V) and ``drawn`` (N, V) probabilities, and what was drawn."""
    said = np.asarray(tokens)[:, np.newaxis]
    order = np.argsort(-(model + drawn), axis=1, kind="stable")[:, :CANDIDATES]
    is_lost = (order != said).all(axis=1)
    order[is_lost, -1] = said[is_lost, 0]
    table = np.zeros((len(order), CANDIDATES), _DTYPE)
    kept = table[:, : order.shape[1]]
    kept["token"] = order
    kept["model"] = np.take_along_axis(model, order, axis=1)
    kept["drawn"] = np.take_along_axis(drawn, order, axis=1)
    # The drawn one had a chance, even where 16 bits cannot say so small a number.
    is_said, least = kept["token"] == said, np.finfo(np.float16).smallest_subnormal
    kept["drawn"][is_said] = np.maximum(kept["drawn"][is_said], least)
    return table


def look(attention: NDArray[np.float32] | None, number: int) -> NDArray[np.void]:
    """(L,) where a model looked that gave token ``number`` of a sequence; (0,) where it does not look back.

    ``attention`` (P,) are its shares on the last P inputs. The newest of these is the token before; what stands before the
    first token is the start symbol, which nobody needs to see.
    """
    if attention is None:
        return np.zeros(0, _LOOK)
    row = np.zeros(LOOKS, _LOOK)
    tokens = number - len(attention) + np.arange(len(attention))
    most = np.argsort(-np.where(tokens >= 0, attention, 0), kind="stable")[:LOOKS]
    most = most[tokens[most] >= 0]
    row["token"][: len(most)] = tokens[most]
    row["share"][: len(most)] = attention[most]
    return row


def given() -> NDArray[np.void]:
    """(K,) the row of a token that was not drawn."""
    return np.zeros(CANDIDATES, _DTYPE)


def pack_explanation(explanation: Explanation) -> bytes:
    """Bytes for the database, about four for every token and candidate."""
    names = {str(token): symbol for token, symbol in sorted(explanation.symbols.items())}
    head = {"symbols": names, "looks": explanation.looks.shape[1]}
    line = json.dumps(head, separators=(",", ":")).encode() + b"\n"
    places = explanation.places.astype("<i4").tobytes()
    return zlib.compress(
        line + places + explanation.candidates.tobytes() + explanation.looks.tobytes()
    )


def unpack_explanation(data: bytes) -> Explanation:
    """What :func:`pack_explanation` wrote; ``UnreadableFile`` where the bytes are no such thing."""
    try:
        stream = zlib.decompressobj()
        raw = stream.decompress(data, _MOST_BYTES)
        if not stream.eof:
            raise ValueError("too large" if stream.unconsumed_tail else "cut off")
        line, _, rows = raw.partition(b"\n")
        head = json.loads(line)
        if "symbols" not in head:  # kept before there were looks
            head = {"symbols": head, "looks": 0}
        symbols = {int(token): str(symbol) for token, symbol in head["symbols"].items()}
        looks, row_bytes = int(head["looks"]), CANDIDATES * _DTYPE.itemsize
        length = len(rows) // (_PLACE_BYTES + row_bytes + looks * _LOOK.itemsize)
        places = np.frombuffer(rows, "<i4", 2 * length).reshape(length, 2)
        offset = places.nbytes
        table = np.frombuffer(rows, _DTYPE, length * CANDIDATES, offset)
        looked = np.frombuffer(rows, _LOOK, offset=offset + table.nbytes)
        return Explanation(
            table.reshape(length, CANDIDATES), places, symbols, looked.reshape(length, looks)
        )
    except (zlib.error, ValueError, AttributeError, TypeError, KeyError) as error:
        raise UnreadableFile(
            f"What was kept of how this came about is damaged ({error}); make the piece again."
        ) from error
