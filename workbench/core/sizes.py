"""How much one piece may hold, wherever it comes from."""

from workbench.core.errors import UnreadableFile
from workbench.core.score import Score

MAX_NOTES = 200_000
MAX_BARS = 20_000


def check_size(score: Score, name: str) -> None:
    """Raise ``UnreadableFile`` for what is too long: a file of a few bytes can ask for hours of music, and for more bars than could ever be drawn."""
    if len(score.notes) > MAX_NOTES:
        raise UnreadableFile(
            f"{name} holds {len(score.notes):,} notes, more than the {MAX_NOTES:,} "
            "the workbench takes; split it into shorter pieces."
        )
    ends = [meter.onset for meter in score.meters[1:]] + [score.end]
    spans = zip(score.meters, ends, strict=True)
    count = sum(max(0, end - meter.onset) // meter.bar_ticks for meter, end in spans)
    if count + len(score.meters) > MAX_BARS:
        raise UnreadableFile(
            f"{name} lasts {count:,} bars, more than the {MAX_BARS:,} the workbench takes; "
            "split it into shorter pieces, or look for a damaged note length."
        )
