"""A mixer: which parts of a score are heard, how loud, and on which instruments.

A mix only says how a score is *played*; what it returns is a score of its own, the notes of silent parts left out.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from workbench.core.errors import InvalidSetting
from workbench.core.score import Score

LOUDEST = 150  # per cent


@dataclass(frozen=True)
class Channel:
    """How one part is heard. ``volume`` in per cent of its own, ``program`` General MIDI from 0 and None for its own."""

    is_mute: bool = False
    is_solo: bool = False
    volume: int = 100
    program: int | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.volume <= LOUDEST or not 0 <= (self.program or 0) <= 127:
            raise InvalidSetting(
                f"A part is played at 0 to {LOUDEST} per cent on one of the instruments 0 to 127."
            )


def mixed(score: Score, channels: Sequence[Channel]) -> Score:
    """The score as the mixer plays it, one channel a part. A part is silent that is mute, or not solo while another is.

    Raises ``InvalidSetting`` where nothing would be heard.
    """
    if len(channels) != len(score.parts):
        raise ValueError(f"{len(channels)} channels for {len(score.parts)} parts")
    solo = any(channel.is_solo for channel in channels)
    heard = [
        not channel.is_mute and channel.volume > 0 and (channel.is_solo or not solo)
        for channel in channels
    ]
    notes = score.notes[np.array(heard)[score.notes["part"]]].copy()
    if len(score.notes) and not len(notes):
        raise InvalidSetting("No part is left to hear; turn one on in the mixer.")
    # A velocity of v sounds as (v / 127) squared, so half of the sound is 0.71 of the velocity.
    gain = np.sqrt(np.array([channel.volume for channel in channels]) / 100)[notes["part"]]
    notes["velocity"] = np.clip(np.rint(notes["velocity"] * gain), 1, 127)
    parts = [
        part if channel.program is None else replace(part, program=channel.program)
        for part, channel in zip(score.parts, channels, strict=True)
    ]
    return replace(score, notes=notes, parts=tuple(parts))
