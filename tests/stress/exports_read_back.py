"""Compositions under random settings, given out in every kind of file, and every file read by other people's libraries.

    PYTHONPATH=.:tests nice -n 15 python tests/stress/exports_read_back.py [--count 500] [--seed 0] [--part 1/1] [--only N] [--keep FOLDER]

The models are the bundled ones; a Coconet, a melody VAE and an LSTM told of mood and genre that have learned nothing; and n-grams of
ABC text and of REMI events. Every sixth composition is one like that before it. Of each, every promise of its request is
looked up in its notes; it is engraved and sounds; and its MIDI, MusicXML, ABC, SVG, PDF, sound and share page are read back
(``tests/read_back.py``), and every twenty of them as a zip. Number, seed and count decide what is composed: ``--only`` makes one
again, ``--part 2/3`` is the second of three processes. Prints what is wrong as it is seen, and the sums; exits 1 where anything is.
"""

import argparse
import contextlib
import io
import json
import random
import sys
import tempfile
import time
import zipfile
from collections import Counter
from pathlib import Path

import kept_promises
import read_back
from random_requests import random_request
from untrained import COCONET, MELODY_VAE, keep_untrained

from workbench.core.errors import CannotEncode
from workbench.core.provenance import statement
from workbench.core.runs import Composition
from workbench.core.specs import ModelSpec, TokenizerSpec, TrainingSpec
from workbench.services import (
    activity,
    composing,
    datasets,
    exporting,
    importing,
    models,
    previews,
    steering,
    training,
)
from workbench.workspace import Workspace, open_workspace

SHARES = {
    "folk": 20, "chorales": 12, "vae": 4, "coconet": 3, "told": 3, "abc-chars": 4, "remi": 4
}  # fmt: skip
"""Of fifty."""
TOLD = {"mood": ("calm", "glad"), "genre": ("jig", "reel")}
EVERY_OTHER = 6
"""Every so manieth composition is like the one before it."""
BATCH = 20
"""So many go into a zip; after it, what was made of them is thrown away."""


def main() -> None:
    """Compose, give out, read back, count."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--count", type=int, default=500)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--part", default="1/1", metavar="N/OF")
    parser.add_argument("--only", type=int, metavar="N")
    parser.add_argument(
        "--keep", type=Path, metavar="FOLDER", help="for the files of what is wrong"
    )
    options = parser.parse_args()
    part, of = map(int, options.part.split("/"))
    numbers = [options.only] if options.only is not None else range(part - 1, options.count, of)
    with tempfile.TemporaryDirectory() as home:
        workspace = open_workspace(home)
        found = check_many(workspace, list(numbers), options.seed, options.keep)
    for what, count in sorted(found.items()):
        print(f"{count:6} {what}")
    for library, words in read_back.CANNOT_SAY.items():
        print(f"{library} {words}")
    sys.exit(found["WRONG"] > 0)


def with_models(workspace: Workspace) -> dict[str, str]:
    """The name of each model of ``SHARES``; those that are not bundled are made."""
    for name, spec in (("vae", MELODY_VAE), ("coconet", COCONET)):
        keep_untrained(workspace.runs / name, spec)
    keep_untrained(workspace.runs / "told", ModelSpec("lstm", {"units": 16}), TOLD)
    activity.finish(workspace, importing.load_corpus(workspace, "ryans-mammoth", limit=40))
    activity.finish(workspace, importing.load_corpus(workspace, "bach-chorales", limit=10))
    datasets.create(workspace, "tunes", query="collection:ryans-mammoth", split="70/15/15")
    datasets.create(workspace, "voices", query="collection:bach-chorales", split="70/15/15")
    names = {name: name for name in SHARES}
    for dataset, language in (("tunes", "abc-chars"), ("voices", "remi")):
        spec = TrainingSpec(dataset, TokenizerSpec(language), ModelSpec("ngram"))
        names[language] = training.start(workspace, spec)
        job = activity.finish(workspace, training.job(workspace, names[language]))
        assert job.state == "done", job.details
    return names


def check_many(
    workspace: Workspace, numbers: list[int], seed: int, keep: Path | None = None
) -> Counter[str]:
    """Compose the pieces of these numbers and look at all; counts of what was seen, and under ``WRONG`` of what is wrong."""
    names, found, before, batch = with_models(workspace), Counter[str](), "", []
    begun = time.monotonic()
    for place, number in enumerate(numbers):
        rng = random.Random(f"{seed} {number}")
        name = rng.choices(list(SHARES), list(SHARES.values()))[0]
        before = _composed(workspace, names[name], rng, before, found)
        faults, kinds = check(workspace, before, lengths=name not in ("abc-chars", "remi"))
        found.update([f"compositions of {name}", *(f"files {kind}" for kind in kinds)])
        for fault in faults:
            _say(f"WRONG, {number} ({name}): {fault}", found)
        if faults and keep:
            _keep(workspace, before, keep / str(number))
        batch.append(before)
        if len(batch) == BATCH or place == len(numbers) - 1:
            for fault in faults_of_zip(workspace, batch):
                _say(f"WRONG, zip up to {number}: {fault}", found)
            found["zips"] += 1
            batch = []
            for path in workspace.cache.iterdir():
                path.unlink()
            seconds = time.monotonic() - begun
            print(f"{place + 1} of {len(numbers)}, {seconds:.0f} s", flush=True)
    return found


def _say(words: str, found: Counter[str]) -> None:
    print(words, flush=True)
    found["WRONG"] += 1


def _composed(
    workspace: Workspace, model: str, rng: random.Random, before: str, found: Counter[str]
) -> str:
    """The id of a composition under random settings, or of one like that before."""
    request = random_request(models.get(workspace, model), rng)
    if before and rng.random() < 1 / EVERY_OTHER:
        request = steering.like(workspace, before)
        request = composing.variations(request, 2)[1]
        found["like another"] += 1
    limits = request.limits
    found["with a range"] += bool(limits.ranges)
    found["in the key"] += limits.in_key
    found["with note lengths"] += bool(limits.shortest or limits.longest)
    found["with a form"] += bool(limits.form)
    found["with goals"] += bool(request.goals)
    found["told something"] += bool(request.controls)
    job = activity.finish(workspace, composing.enqueue(workspace, request))
    assert job.state == "done", (request, job.details)
    return job.result["composition"]


def check(
    workspace: Workspace, composition: str, *, lengths: bool = True
) -> tuple[list[str], list[str]]:
    """What is wrong with a composition and its files; and of which kinds there are files."""
    made, score = composing.get(workspace, composition), composing.score(workspace, composition)
    faults = kept_promises.faults(workspace, composition, lengths=lengths)
    files: dict[str, bytes] = {}
    for suffix in previews.suffixes():
        try:
            files[suffix] = exporting.file(workspace, composition, suffix)
        except CannotEncode:
            if suffix != ".abc":
                faults.append(f"{suffix} cannot say it")
        except Exception as error:
            return [*faults, f"{suffix} fails: {error!r}"], list(files)
    faults += _faults_of_files(files, made, score)
    return faults, [suffix.lstrip(".") for suffix in files]


def _faults_of_files(files: dict[str, bytes], made: Composition, score) -> list[str]:
    title, said = made.title, statement(made)
    faults = read_back.faults_of_midi(files[".mid"], score)
    read = read_back.read_by_music21(files[".musicxml"], ".musicxml")
    heads = read_back.heads_of(read)
    zipped = read_back.read_by_music21(files[".mxl"], ".mxl")
    for suffix, each in ((".musicxml", read), (".mxl", zipped)):
        faults += [f"{suffix}: {one}" for one in read_back.faults_of_notation(each, score, title)]
    if files[".midi"] != files[".mid"] or files[".xml"] != files[".musicxml"]:
        faults.append("two names of one kind hold different files")
    if abc := files.get(".abc"):
        read = read_back.read_by_music21(abc, ".abc")
        faults += [f".abc: {one}" for one in read_back.faults_of_notation(read, score, title)]
        if len(read.parts) == 1:
            faults += [f".abc: {one}" for one in read_back.faults_of_abc(abc, score)]
    faults += read_back.faults_of_svg(files[".svg"], heads)
    faults += read_back.faults_of_pdf(files[".pdf"], heads.total(), title, said)
    faults += read_back.faults_of_sound(files[".wav"], score)
    exact, _ = read_back.heard(files[".wav"])
    for kind in ("flac", "mp3", "ogg"):
        faults += [
            f"{kind}: {one}" for one in read_back.faults_of_copy(files[f".{kind}"], kind, exact)
        ]
    return faults + read_back.faults_of_share_page(files[".html"], heads, exact, title, said)


def faults_of_zip(workspace: Workspace, compositions: list[str]) -> list[str]:
    """By its manifest: the files of every composition, the same as by themselves, and where each piece came from."""
    kinds = [suffix.lstrip(".") for suffix in previews.suffixes()]
    job = activity.finish(workspace, exporting.prepare(workspace, compositions, kinds))
    data = exporting.made(workspace, job.result["stored"]).read_bytes()
    faults = []
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        if archive.testzip() is not None:
            faults.append("damaged")
        rows = json.loads(archive.read("manifest.json"))["pieces"]
        listed = {name for row in rows for name in row["files"]}
        if listed | {"manifest.json", "manifest.csv"} != set(archive.namelist()):
            faults.append("the manifest names other files than there are")
        for composition, row in zip(compositions, rows, strict=True):
            made = composing.get(workspace, composition)
            if (row["id"], row["statement"]) != (composition, statement(made)):
                faults.append(f"{composition} is said to be {row['id']}")
            kept = {Path(name).suffix: archive.read(name) for name in row["files"]}
            if kept.keys() | {f".{kind}" for kind in row["left_out"]} != set(previews.suffixes()):
                faults.append(f"{composition}: files {sorted(kept)}")
            faults += [
                f"{composition}{suffix} is another file than by itself"
                for suffix, content in kept.items()
                if content != exporting.file(workspace, composition, suffix)
            ]
    return faults


def _keep(workspace: Workspace, composition: str, folder: Path) -> None:
    for suffix in previews.suffixes():
        with contextlib.suppress(Exception):
            exporting.write(workspace, composition, [folder / f"piece{suffix}"])


if __name__ == "__main__":
    main()
