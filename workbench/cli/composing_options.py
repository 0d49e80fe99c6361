"""The options of ``compose``, by what they are about."""

import argparse
from pathlib import Path

from workbench.metrics.goals import GOALS


def add(compose: argparse.ArgumentParser) -> None:
    """All of them."""
    compose.add_argument("--model", metavar="RUN_OR_PRETRAINED")
    compose.add_argument(
        "--again", metavar="COMPOSITION", help="with --lock: compose the rest of a composition once more, with its own settings"
    )  # fmt: skip
    compose.add_argument(
        "--lock", default="", metavar="1-4,9", help="bars that stay note for note, by their numbers in the score"
    )  # fmt: skip
    compose.add_argument("--bars", type=int, default=8)
    compose.add_argument(
        "--seed", type=int, help="0 where it is left out; with --again one more than the composition's"
    )  # fmt: skip
    _add_chances(compose)
    _add_music(compose)
    _add_limits(compose)
    _add_beginnings(compose)
    _add_tunes(compose)
    compose.add_argument("--count", type=int, default=1, help="pieces, with seeds that count up")
    compose.add_argument("--out", nargs="+", type=Path, required=True, metavar="FILE")


def _add_chances(compose: argparse.ArgumentParser) -> None:
    """How boldly it draws."""
    compose.add_argument(
        "--creativity", type=float, metavar="0..10",
        help="moves what follows together; 5 is as the model learned it; usual is what its card says, 4 for the bundled quartets. What is given besides stays as it is given",
    )  # fmt: skip
    compose.add_argument("--temperature", type=float)
    compose.add_argument("--top-k", type=int, default=0, help="0 for all")
    compose.add_argument("--top-p", type=float)
    compose.add_argument(
        "--min-p", type=float, help="least share of the likeliest symbol's probability; 0 for all"
    )
    compose.add_argument(
        "--repetition-penalty", type=float, metavar="1..5",
        help="how much less likely recent notes become; 1 for no penalty",
    )  # fmt: skip
    compose.add_argument(
        "--rewrites", type=int, metavar="N",
        help="how often a model that fills holes (Coconet) writes the piece again: more take longer; 24 where it is left out, and 0 for the 96 of earlier versions",
    )  # fmt: skip


def _add_music(compose: argparse.ArgumentParser) -> None:
    """What is told to the model of the piece."""
    compose.add_argument("--key", metavar="K", help='such as "D major"')
    compose.add_argument("--meter", metavar="M", help="such as 6/8")
    compose.add_argument("--tempo", type=float, help="quarter notes per minute")
    compose.add_argument(
        "--control", nargs="+", default=[], metavar="NAME=LABEL", action="extend",
        help="what the model is told of the piece, such as mood=calm",
    )  # fmt: skip


def _add_limits(compose: argparse.ArgumentParser) -> None:
    """What every note keeps to, and what the piece comes near to."""
    compose.add_argument(
        "--range", nargs="+", default=[], metavar="LOW:HIGH",
        help="MIDI numbers that all notes lie within, such as 60:84; one for each voice, or one for all",
    )  # fmt: skip
    compose.add_argument(
        "--in-key", action="store_true", help="notes of the key alone; in minor the raised seventh too"
    )  # fmt: skip
    compose.add_argument(
        "--parallels", action=argparse.BooleanOptionalAction, default=None,
        help="whether voices may go in parallel fifths and octaves; they may not where a model can be kept from it",
    )  # fmt: skip
    compose.add_argument(
        "--cross-relations", action=argparse.BooleanOptionalAction, default=None,
        help="whether one voice may contradict another's note, F sharp against its F; it may not where a model can be kept from it",
    )  # fmt: skip
    compose.add_argument(
        "--end-on-tonic", action=argparse.BooleanOptionalAction, default=None,
        help="whether the piece ends on its tonic; it does where a model can be held to it and given music leaves it",
    )  # fmt: skip
    for name in ("shortest", "longest"):
        compose.add_argument(
            f"--{name}", type=float, default=0.0, metavar="QUARTERS", help=f"the {name} note; 0 leaves it open"
        )  # fmt: skip
    compose.add_argument(
        "--form", default="", metavar="LETTERS",
        help="sections of equal length that return as their letters do, each with a close: AABA, AA'BA', ABACA",
    )  # fmt: skip
    compose.add_argument(
        "--goal", nargs="+", default=[], metavar="NAME=FIGURE", action="extend",
        help=f"what the piece is to come near to, such as density=5 (notes a bar): {', '.join(GOALS)}",
    )  # fmt: skip
    compose.add_argument(
        "--candidates", type=int, default=1, help="draw so many and keep the one nearest to the goals"
    )  # fmt: skip


def _add_beginnings(compose: argparse.ArgumentParser) -> None:
    """Music that it begins with, or that stays."""
    compose.add_argument("--primer", type=Path, metavar="FILE", help="begin as this file does")
    compose.add_argument(
        "--primer-text", default="", metavar="SYMBOLS", help='such as "60 _ 62 _ 64 _"'
    )
    compose.add_argument(
        "--given",
        metavar="FILE_OR_PIECE",
        help="music to harmonise or to fill, or for a melody VAE the tune to begin with",
    )
    compose.add_argument(
        "--voices",
        default="S",
        metavar="SATB",
        help="the given voices that stay, by letter; the others are written",
    )
    compose.add_argument(
        "--fill-bars",
        default="",
        metavar="5-8,12",
        help="bars of the given music in which no voice stays",
    )
    compose.add_argument(
        "--hum", type=Path, metavar="SOUND",
        help="begin with what somebody sings or hums there, one voice: it is continued, harmonised by a model of four voices, "
        "or varied by a melody VAE; in --meter",
    )  # fmt: skip
    compose.add_argument(
        "--hum-tempo", type=float, metavar="BPM",
        help="quarters a minute in which it was sung; the likeliest where it is left out",
    )  # fmt: skip


def _add_tunes(compose: argparse.ArgumentParser) -> None:
    """What a melody VAE makes of tunes."""
    compose.add_argument(
        "--toward", metavar="FILE_OR_PIECE", help="a tune to go to from the given one (melody VAE)"
    )
    compose.add_argument(
        "--blend", type=float, metavar="0..1",
        help="how far to go, the same everywhere; all the way in the course of the piece where it is left out",
    )  # fmt: skip
    for name, what in (("minus", "away from"), ("plus", "to")):
        compose.add_argument(
            f"--{name}", metavar="FILE_OR_PIECE",
            help=f"latent arithmetic: a tune whose points are taken {what} those of the given one",
        )  # fmt: skip
    compose.add_argument(
        "--vary", type=float, default=0.0, metavar="0..1", help="share of the given tune that is drawn anew"
    )  # fmt: skip
    compose.add_argument(
        "--attribute", nargs="+", default=[], metavar="NAME=AMOUNT", action="extend",
        help="standard deviations more of it, such as density=1.5 or pitch=-1 (melody VAE)",
    )  # fmt: skip
    compose.add_argument(
        "--phrases", action=argparse.BooleanOptionalAction, default=None,
        help="whether phrases return as in tunes that the model learned from; with folk-abc and the melody VAE they do unless you say no",
    )  # fmt: skip
