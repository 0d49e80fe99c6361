"""Envelopes: how a note of each General MIDI family begins, fades and ends.

symusic's synthesizer plays the looped samples of a SoundFont and none of its envelopes: a piano would sound on
like an organ and stop with a click. These are the classic shapes instead: a linear attack, an
exponential decay, and a release once the note is let go.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Envelope:
    """``attack`` and ``release`` in seconds; ``half_life`` is the time in which middle C loses half its amplitude."""

    attack: float
    half_life: float
    release: float


_SUSTAINED = math.inf

# One a family, in the order of General MIDI: eight programs each.
_FAMILIES = (
    Envelope(0.002, 0.9, 0.25),  # piano
    Envelope(0.001, 0.5, 0.80),  # chromatic percussion
    Envelope(0.010, _SUSTAINED, 0.08),  # organ
    Envelope(0.002, 0.7, 0.15),  # guitar
    Envelope(0.003, 1.0, 0.10),  # bass
    Envelope(0.040, _SUSTAINED, 0.20),  # strings
    Envelope(0.050, _SUSTAINED, 0.30),  # ensemble and choir
    Envelope(0.020, _SUSTAINED, 0.12),  # brass
    Envelope(0.015, _SUSTAINED, 0.10),  # reed
    Envelope(0.025, _SUSTAINED, 0.12),  # pipe
    Envelope(0.005, _SUSTAINED, 0.10),  # synth lead
    Envelope(0.080, _SUSTAINED, 0.50),  # synth pad
    Envelope(0.040, 2.0, 0.50),  # synth effects
    Envelope(0.002, 0.6, 0.25),  # sitar, banjo, koto
    Envelope(0.001, 0.3, 0.30),  # percussive
    Envelope(0.010, _SUSTAINED, 0.20),  # sound effects
)
_PLUCKED = dict.fromkeys((45, 46, 47), Envelope(0.001, 0.45, 0.35))  # pizzicato, harp, timpani
DRUM = Envelope(0.0, _SUSTAINED, 0.30)


def envelope(program: int) -> Envelope:
    """The envelope of a General MIDI program, 0..127."""
    return _PLUCKED.get(program, _FAMILIES[program // 8])


def onset_shape(shape: Envelope, pitch: int, samples: int, rate: int) -> NDArray[np.float32]:
    """(samples,) amplitude of a held note from its beginning on. Low notes ring longer."""
    time = np.arange(samples, dtype=np.float32) / np.float32(rate)
    half_life = shape.half_life * 2 ** ((60 - pitch) / 24)
    curve = np.exp2(-time / np.float32(half_life))
    attack = min(samples, round(shape.attack * rate))
    curve[:attack] *= np.linspace(0, 1, attack, dtype=np.float32)
    return curve


def release_shape(shape: Envelope, rate: int) -> NDArray[np.float32]:
    """Amplitude after the note is let go, from 1 to 0: a fade that is steep first, as ears expect."""
    return np.linspace(1, 0, max(2, round(shape.release * rate)), dtype=np.float32) ** 3
