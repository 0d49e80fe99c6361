"""A bench as a report, a job: one HTML file that needs nothing else, or a PDF; or its chart as a picture.

The HTML has the table, the charts, every measure with its definition, and pieces to see and hear. The PDF has the same but the sound, and
says how to make the pieces again.
"""

import base64
import html
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from workbench import formats
from workbench.core.bench import Bench
from workbench.core.files import write_whole
from workbench.core.packing import read_scores
from workbench.core.provenance import Credits, statement_of
from workbench.core.records import from_json
from workbench.core.report import Report
from workbench.core.score import Score
from workbench.jobs import BULK, Result, Spec, artifacts, job
from workbench.jobs.bench import BENCH_FILE, HUMAN_FILE, composed_file, read
from workbench.metrics.features import FEATURES
from workbench.metrics.leaderboard import (
    MARKS,
    PEOPLE,
    Leaderboard,
    heading,
    leaderboard,
    people_of,
)
from workbench.rendering.engraving import engrave
from workbench.rendering.interval_chart import Bar, Panel, interval_chart
from workbench.rendering.report_pdf import Block, report_pdf
from workbench.rendering.svg import stacked
from workbench.workspace import Workspace

FORMS = ("html", "pdf", "svg", "png")
REPORTS = "reports"
HEARD_PIECES = 2
"""To hear, of people and of each model."""
CHARTED = ("held_out", "frechet", "overlap", "borrowed", "trouble")
_STYLE = """
:root { color-scheme: light dark; --ink: #1b1b22; --ground: #fdfcf9; --line: #d8d4c8; --quiet: #66646c; }
@media (prefers-color-scheme: dark) { :root { --ink: #ececf1; --ground: #15141b; --line: #3a3944; --quiet: #a3a1ad; } }
body { color: var(--ink); background: var(--ground); font: 1rem/1.5 system-ui, sans-serif; max-width: 62rem; margin: 2rem auto; padding: 0 1rem; }
h1, h2, h3 { font-family: Georgia, serif; line-height: 1.2; } .quiet { color: var(--quiet); }
.wide { overflow-x: auto; } table { border-collapse: collapse; font-size: .9rem; } th, td { padding: .35rem .7rem; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top; }
.paper { background: #fff; color: #000; border-radius: .5rem; padding: .5rem; } .paper svg { max-width: 100%; height: auto; }
audio { width: 100%; margin: .5rem 0 1.5rem; }
"""


@dataclass(frozen=True)
class Sounding:
    """A piece to hear."""

    title: str
    score: Score
    statement: str = ""
    """That a model made it; sound then carries the mark too."""


@job("bench_report", lane=BULK)
def bench_report(spec: Spec, workspace: Workspace, report: Report) -> Result:
    """Write the bench ``bench`` as ``form``, of the models ``models`` and the ``figures`` (all where none is named); the file's path in the bench's folder."""
    folder = workspace.benches / spec["bench"]
    bench = from_json(Bench, read(folder / BENCH_FILE))
    board = leaderboard(bench, spec["models"], figures=spec["figures"], together=spec["together"])
    report.progress(0.1, "Drawing")
    form = spec["form"]
    if form in ("svg", "png"):
        data = interval_chart(_panels(board), form)
    else:
        pieces = list(_pieces(folder, bench, spec["models"]))
        make = _html if form == "html" else _pdf
        data = make(workspace, board, pieces, report)
    (folder / REPORTS).mkdir(exist_ok=True)
    target = folder / REPORTS / spec["name"]
    write_whole(target, data)
    return {"file": f"{REPORTS}/{target.name}"}


def _panels(board: Leaderboard) -> list[Panel]:
    people = people_of(board.bench)
    panels = []
    for figure in board.figures:
        rows = [row for row in board.standings if figure.name in row.values]
        if figure.name in CHARTED and rows:
            values = [(row.label, row.values[figure.name]) for row in rows]
            bars = tuple(Bar(label, v.value, v.low, v.high, v.is_best) for label, v in values)
            line = people[figure.name].value if figure.name in people else None
            unit = "%" if figure.is_share else figure.unit
            panels.append(Panel(figure.title, unit, bars, line, 100 if figure.is_share else 1))
    return panels


def _pieces(folder: Path, bench: Bench, names: Sequence[str]) -> Iterator[Sounding]:
    """The first few of people and of each model, which follow the same plans."""
    for number, (_, score) in zip(range(HEARD_PIECES), read_scores(folder / HUMAN_FILE), strict=False):  # fmt: skip
        yield Sounding(f"{bench.humans[number].title}, by people", score)
    for place, showing in enumerate(bench.showings):
        path = folder / composed_file(place)
        if (not names or showing.entrant.name in names) and path.exists():
            for number, (_, score) in zip(range(HEARD_PIECES), read_scores(path), strict=False):
                measured = showing.music.pieces[number]
                made = statement_of(showing.entrant.name, showing.entrant.sha256, measured.seed)
                title = (
                    f"{bench.titles[showing.entrant.name]}, No. {number + 1} (seed {measured.seed})"
                )
                yield Sounding(title, score, made)


# --- what both say ----------------------------------------------------------------------------------


def _blocks(board: Leaderboard) -> list[Block]:
    """Headings, paragraphs and tables, in order."""
    bench, spec = board.bench, board.bench.spec
    command = (
        f"python -m workbench evaluate --all --dataset {spec.dataset} {' '.join(f'--model {m}' for m in spec.models)} "
        f"--pieces {spec.pieces} --seed {spec.seed}{' --unheard' if spec.unheard_only else ''} --json"
    )
    found = [
        Block("title", f"{len(spec.models)} models on {spec.dataset}"),
        Block("text", f"Measured {bench.created[:10]} with the music workbench, on {len(bench.humans)} held-out pieces and "
              f"{bench.training_pieces} training pieces. Each model composed {spec.pieces} pieces in the keys, meters and lengths of the held-out ones, "
              f"with seeds from {spec.seed}."),
        Block("heading", "Leaderboard"),
        Block("table", rows=(("Model", *(heading(f) for f in board.figures)), *((label, *cells.values()) for label, cells in board.rows()))),
        Block("text", " ".join([MARKS, *board.remarks])),
        Block("heading", "What the figures say"),
        *(Block("text", f"{f.title} ({f.unit}). {f.reading}") for f in board.figures),
    ]  # fmt: skip
    showings = [s for s in bench.showings if s.entrant.name in {m for row in board.standings for m in row.models}]  # fmt: skip
    sets = {PEOPLE: bench.people} | {
        bench.titles[s.entrant.name]: s.music for s in showings if s.music.pieces
    }
    names = [f for f in FEATURES if f.name in bench.people.likeness]
    if names:
        found += [
            Block("heading", "As music"),
            Block("text", "How much of the area under the density of a feature is that of held-out music by people; in brackets the Kullback-Leibler divergence in nats."),
            Block("table", rows=(("Feature", *sets), *((f.title, *(_like(each.likeness, f.name) for each in sets.values())) for f in names))),
            *(Block("text", f"{f.title} ({f.unit}). {f.definition} {f.reading} Source: {f.source}. {f.differs}".strip()) for f in names),
        ]  # fmt: skip
    versions = ", ".join(f"{name} {version}" for name, version in bench.versions.items())
    models = "; ".join(f"{s.entrant.title}: {s.entrant.name}, SHA-256 {s.entrant.sha256[:16]}" for s in showings)  # fmt: skip
    found += [
        Block("heading", "How it was measured"),
        Block("text", f"Dataset {spec.dataset}, fingerprint {bench.dataset_fingerprint}. Models: {models}. Versions: {versions}."),
        Block("text", "Held-out surprise is total negative log-likelihood over total quarter notes of whole pieces. Intervals are of a bootstrap "
              "over families of pieces, the same draws for all models; differences in surprise are tested by flipping the signs of families, with "
              "Holm's correction. Originality is judged beside what people of the training split borrow from one another."),
        Block("code", command),
    ]  # fmt: skip
    return found


def _like(likeness: dict, name: str) -> str:
    found = likeness.get(name)
    return f"{found.overlap:.0%} ({found.divergence:.2f})" if found else "–"


# --- HTML and PDF -----------------------------------------------------------------------------------


def _html(
    workspace: Workspace, board: Leaderboard, pieces: Sequence[Sounding], report: Report
) -> bytes:
    blocks = _blocks(board)
    body = [_tag(each) for each in blocks[:5]]
    chart = interval_chart(_panels(board), "svg").decode()
    body.append(f'<div class="paper">{chart[chart.index("<svg") :]}</div>')
    if pieces:
        body.append("<h2>Pieces to hear</h2>")
    for number, piece in enumerate(pieces):
        report.progress(0.2 + 0.8 * number / len(pieces), f"Engraving {piece.title}")
        musicxml = formats.encode(piece.score, ".musicxml").decode()
        drawing = stacked(engrave(musicxml, standalone=True).pages)
        credits = Credits(piece.title, statement=piece.statement)
        sound = base64.b64encode(artifacts.file(workspace, piece.score, ".mp3", credits)).decode()
        title = html.escape(piece.title)
        said = f'<p class="quiet">{html.escape(piece.statement)}</p>' if piece.statement else ""
        body.append(
            f'<h3>{title}</h3><div class="paper">{drawing[drawing.index("<svg") :]}</div>'
            f'<audio controls preload="none" aria-label="{title}" src="data:audio/mpeg;base64,{sound}"></audio>{said}'
        )
    body += [_tag(each) for each in blocks[5:]]
    policy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; media-src data:; font-src data:"
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}"><title>{html.escape(blocks[0].text)}</title>'
        f"<style>{_STYLE}</style></head><body>{''.join(body)}</body></html>"
    ).encode()


def _tag(block: Block) -> str:
    if block.kind == "table":
        head, *rows = block.rows
        lines = "".join(f"<tr>{_cells('td', row)}</tr>" for row in rows)
        return (
            f'<div class="wide"><table><thead><tr>{_cells("th", head)}</tr></thead>'
            f"<tbody>{lines}</tbody></table></div>"
        )
    name = {"title": "h1", "heading": "h2", "text": "p", "code": "pre"}[block.kind]
    return f"<{name}>{html.escape(block.text)}</{name}>"


def _cells(tag: str, row: Sequence[str]) -> str:
    return "".join(f"<{tag}>{html.escape(cell) or '–'}</{tag}>" for cell in row)


def _pdf(
    workspace: Workspace, board: Leaderboard, pieces: Sequence[Sounding], report: Report
) -> bytes:
    blocks = _blocks(board)
    chart = Block("picture", picture=interval_chart(_panels(board), "png"))
    heard = []
    if pieces:
        words = "Pieces to hear: " + "; ".join(piece.title for piece in pieces)
        heard = [Block("text", f"{words}. They sound in the HTML report, and on the page Bench.")]
    return report_pdf([*blocks[:5], chart, *heard, *blocks[5:]])
