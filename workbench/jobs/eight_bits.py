"""A run's network with its weights in eight bits, given out only where it foresees music as well as before.

The spec is that of scoring the run's validation pieces (``workbench.services.evaluation.prepared``), with the name of the zip file
under ``cache`` (``stored``) and the texts that stand beside the model. The same model is made once.
"""

import secrets
import shutil
from dataclasses import replace
from pathlib import Path

from workbench.core.errors import WorkFailed
from workbench.core.model_card import file_digest, read_card, write_card
from workbench.core.report import Report
from workbench.core.run_bundle import GRAPH_FILE, README_FILE
from workbench.jobs import BULK, Result, Spec, job
from workbench.jobs.apart import do_apart
from workbench.jobs.encoding import lay_out
from workbench.jobs.evaluate import heard_plainly
from workbench.jobs.export_run import pack
from workbench.jobs.scoring import scored
from workbench.tokenizers import make
from workbench.workspace import Workspace

MOST_LOST = 0.005
"""Of the nats a quarter note that the validation pieces cost."""


@job("eight-bits", lane=BULK)
def eight_bits(spec: Spec, workspace: Workspace, report: Report) -> Result:
    """The result names the file under ``cache``, and tells the surprise ``before`` and ``after``, in nats a quarter note.

    Raises ``WorkFailed`` where more than ``MOST_LOST`` of it would be added.
    """
    folder, out = Path(spec["folder"]), workspace.cache / Path(spec["stored"]).name
    card = read_card(folder)
    place = workspace.cache / f"export-{secrets.token_hex(8)}"
    place.mkdir()
    try:
        for name in (GRAPH_FILE, *card.companions):
            shutil.copyfile(folder / name, place / name)
        if do_apart("eight-bits", place, report) is None:
            return {}
        write_card(place, replace(card, sha256=file_digest(place / GRAPH_FILE)))
        report.progress(0.5, "Scoring the validation pieces with both")
        tokenizer = make(card.tokenizer)
        heard = heard_plainly(spec, workspace, card)
        scores = workspace.cache / spec["scores"]
        splits, _ = lay_out(scores, tokenizer, place / "encoded", heard, (spec["split"],))
        sequences = splits[spec["split"]]
        before, after = (scored(each, sequences)[0].nats_per_quarter for each in (folder, place))
        del splits, sequences  # nothing is mapped any more
        if not after <= before * (1 + MOST_LOST):
            raise WorkFailed(
                f"In eight bits the network foresees the validation pieces worse: {after:.3f} instead of {before:.3f} nats a quarter "
                f"note, more than {MOST_LOST:.1%} are lost. Export ONNX as it is."
            )
        shutil.rmtree(place / "encoded")
        measured = f"\nThe weights are in eight bits. The validation pieces cost {after:.3f} nats per quarter note instead of {before:.3f}.\n"
        for name, text in spec["texts"].items():
            words = text + measured if name == README_FILE else text
            (place / Path(name).name).write_text(words, encoding="utf-8")
        pack(place, out)
    finally:
        shutil.rmtree(place, ignore_errors=True)
    return {"stored": out.name, "before": before, "after": after}
