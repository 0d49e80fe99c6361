"""What a model's card says of its music: how much of it is borrowed, and five pieces to hear.

Both are measured or made here, by seeds that are fixed, and replaced as a whole when they are made again (``publish_model.py --refresh``).
"""

import io
import random
import re
import shlex
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pypdfium2
from PIL import Image

from workbench.core.bench import Bench, BenchSpec, Measured
from workbench.core.dataset import DatasetVersion
from workbench.core.errors import WorkFailed
from workbench.core.specs import ComposeRequest
from workbench.metrics.human_baseline import COPIED
from workbench.services import (
    activity,
    benches,
    composing,
    exporting,
    models,
    previews,
    steering,
)
from workbench.services.models import Model
from workbench.store import open_store
from workbench.workspace import Workspace

PIECES = 100
"""Composed to tell how much is borrowed."""
ORIGINALITY, SAMPLES = "Originality", "Five pieces to hear"
FOLDER = "samples"
SEEDS = (1, 2, 3, 4, 5)
BARS = 16
DOTS_A_POINT = 1.7
"""Of a picture; a line of music is then some 870 dots long."""
GREYS, WHITE = 6, 250
MARGIN = 12  # dots
FOOT = 0.06
"""Share of a page, from below, where its number stands."""
MOST_SAMPLE_BYTES = 300_000
_EIGHT = 1
"""Which of a piece's shares is that of patterns of eight notes."""


# --- the card as a text ------------------------------------------------------------------------


def with_section(card: str, title: str, text: str, *, before: str = "Limits") -> str:
    """The card with this section in place of that of the same title, or before another where it had none."""
    section = f"## {title}\n\n{text.strip()}\n\n"
    pattern = re.compile(rf"^## {re.escape(title)}\n.*?(?=^## |\Z)", re.MULTILINE | re.DOTALL)
    if pattern.search(card):
        return pattern.sub(lambda _: section, card, count=1).rstrip() + "\n"
    head, mark, rest = card.partition(f"## {before}\n")
    return (
        f"{head}{section}{mark}{rest}" if mark else f"{card.rstrip()}\n\n{section}".rstrip() + "\n"
    )


def refresh(workspace: Workspace, name: str, dataset: DatasetVersion) -> None:
    """Make the samples of a bundled model anew and write both sections into its card."""
    model = models.get(workspace, name)
    path = model.folder / models.DESCRIPTION_FILE
    borrowed = originality(workspace, model, dataset)
    heard = samples(workspace, model, model.folder / FOLDER)
    card = with_section(path.read_text(encoding="utf-8"), ORIGINALITY, borrowed)
    path.write_text(with_section(card, SAMPLES, heard), encoding="utf-8")


# --- originality ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Copying:
    """What pieces have from the training music, together."""

    notes: list[int]
    """The longest passage of each piece, 0 where nothing is found."""
    shares: list[float]
    """The same by all notes of the piece."""
    patterns: float
    """Mean share of patterns of eight notes that are found."""
    copied: float
    """Share of the pieces that are called copied."""

    def row(self, name: str) -> str:
        """A line of the card's table."""
        return (
            f"| {name} | {len(self.notes)} | {np.mean(self.notes):.1f} | {np.percentile(self.notes, 95):.0f} "
            f"| {max(self.notes)} | {np.mean(self.shares):.1%} | {self.patterns:.1%} | {self.copied:.0%} |"
        )


def originality(workspace: Workspace, model: Model, dataset: DatasetVersion) -> str:
    """The section's text: measured on the dataset version that the model learned from, or why it cannot be."""
    recipe = model.card.recipe
    if recipe and recipe.dataset.fingerprint != dataset.fingerprint:
        return (
            "Not measured: the commands above give music of another fingerprint today than this model learned from, so nothing tells what it\n"
            "has from it."
        )
    bench = benches.measured(workspace, BenchSpec(dataset.id, (model.name,), PIECES))
    made, human = bench.showings[0].music.pieces, bench.human.pieces
    if not all(each.borrowed for each in (*made, *human)):
        return "Not measured: there are too few pieces to tell what people borrow from one another."
    longest = max(made, key=_passage)
    return f"""{len(made)} compositions with the seeds {made[0].seed} to {made[-1].seed}, under the plans (key, meter, length, tempo) of the held-out pieces, looked up
in the {bench.training_pieces:,} pieces it learned from; and the held-out pieces by people, looked up there in the same way. A passage is notes of one line
that follow one another, in any key.

| | pieces | longest passage copied, notes: mean | 95 % have at most | the longest | its share of a piece's notes, mean | patterns of 8 notes found | pieces called copied |
|---|---:|---:|---:|---:|---:|---:|---:|
{_copying(bench, made).row("**this model**")}
{_copying(bench, human).row("held-out music by people")}

{_where(workspace, longest)} What is called copied, and why short passages say nothing, is explained on the page *Bench*
and in `workbench/metrics/human_baseline.py`."""


def _copying(bench: Bench, pieces: tuple[Measured, ...]) -> Copying:
    count = bench.features.index("note-count")
    patterns = [s for p in pieces if p.borrowed and (s := p.borrowed.shares[_EIGHT]) is not None]
    return Copying(
        [_passage(each) for each in pieces],
        [_passage(each) / (each.features[count] or 1) for each in pieces],
        float(np.mean(patterns)) if patterns else 0.0,
        float(np.mean([bool(p.borrowed) and p.borrowed.verdict == COPIED for p in pieces])),
    )


def _passage(piece: Measured) -> int:
    longest = piece.borrowed.longest if piece.borrowed else None
    return longest.notes if longest else 0


def _where(workspace: Workspace, piece: Measured) -> str:
    """A sentence on the longest passage of all."""
    if not piece.borrowed or not piece.borrowed.longest:
        return "Nothing of it is found there."
    source = piece.borrowed.longest.piece
    with open_store(workspace) as store:
        title = store.pieces.get(source).title or source
    return f"The longest, {_passage(piece)} notes in the piece of seed {piece.seed}, stands in *{title}*."


# --- samples --------------------------------------------------------------------------------------


def samples(workspace: Workspace, model: Model, folder: Path) -> str:
    """The section's text; the pieces and their pictures are written into the folder, which is emptied before."""
    folder.mkdir(exist_ok=True)
    for path in folder.iterdir():
        path.unlink()
    shown = []
    for seed in SEEDS:
        request = sample_request(model, seed)
        made = _composed(workspace, request)
        (folder / f"{seed}.mid").write_bytes(exporting.file(workspace, made, ".mid"))
        (folder / f"{seed}.png").write_bytes(picture(workspace, made))
        shown.append(
            f"**{seed}.** {request.meter} in {request.key}: [{seed}.mid]({FOLDER}/{seed}.mid)\n\n"
            f"![Piece {seed}, engraved]({FOLDER}/{seed}.png)"
        )
    size = sum(path.stat().st_size for path in folder.iterdir())
    if size > MOST_SAMPLE_BYTES:
        raise SystemExit(f"{folder} has {size:,} bytes, more than {MOST_SAMPLE_BYTES:,}.")
    commands = "\n".join(command(sample_request(model, seed), f"{seed}.mid") for seed in SEEDS)
    return (
        f"{BARS} bars each, with the seeds {SEEDS[0]} to {SEEDS[-1]}, key and meter drawn as often as they were heard; none was chosen and none left out. "
        f"These commands make the same notes again:\n\n```\n{commands}\n```\n\n"
        + "\n\n".join(shown)
    )


def sample_request(model: Model, seed: int) -> ComposeRequest:
    """What is asked for with a seed: as the command line and the page have it at first, but for key and meter."""
    draw, heard = random.Random(seed), model.card.heard
    (meter,) = draw.choices(list(heard.meters), list(heard.meters.values()))
    (key,) = draw.choices(list(heard.keys), list(heard.keys.values()))
    return ComposeRequest(
        model.name, bars=BARS, seed=seed, key=key, meter=meter, **steering.usual(model.card), **steering.usual_chances(model.card),
    )  # fmt: skip


def command(request: ComposeRequest, file: str) -> str:
    """The command that makes the piece again."""
    words = ["--model", request.model, "--bars", str(request.bars), "--seed", str(request.seed)]
    words += ["--key", str(request.key), "--meter", str(request.meter), "--out", file]
    return f"python -m workbench compose {shlex.join(words)}"


def _composed(workspace: Workspace, request: ComposeRequest) -> str:
    done = activity.finish(workspace, composing.enqueue(workspace, request))
    if done.state != "done":
        raise WorkFailed(done.message)
    return str(done.result["composition"])


def picture(workspace: Workspace, composition: str) -> bytes:
    """Its first page as a PNG file, in a few greys on white."""
    score = composing.score(workspace, composition)
    document = pypdfium2.PdfDocument(previews.file(workspace, score, ".pdf"))
    page = document[0].render(scale=DOTS_A_POINT, grayscale=True).to_numpy()
    page = page.reshape(page.shape[:2])
    return png(cropped(page[: round(len(page) * (1 - FOOT))]))


def cropped(dots: np.ndarray) -> np.ndarray:
    """(H, W) greys without the white around them."""
    rows, columns = (np.flatnonzero((dots < WHITE).any(axis=axis)) for axis in (1, 0))
    if not len(rows):
        raise WorkFailed("The engraving of a sample is empty.")
    top, left = max(rows[0] - MARGIN, 0), max(columns[0] - MARGIN, 0)
    return dots[top : rows[-1] + MARGIN, left : columns[-1] + MARGIN]


def png(dots: np.ndarray) -> bytes:
    """A PNG file of greys (H, W)."""
    buffer = io.BytesIO()
    picture = Image.fromarray(dots.astype(np.uint8), "L").quantize(GREYS)
    picture.save(buffer, "PNG", optimize=True)
    return buffer.getvalue()
