"""The bench on real tunes: n-grams and the bundled model beside people's music."""

import json
import re
from dataclasses import replace

import pytest
from workspaces import copied

from workbench.cli import main
from workbench.core.bench import BenchSpec
from workbench.core.errors import InvalidSetting, UnknownName
from workbench.core.model_card import write_card
from workbench.core.packing import read_scores
from workbench.core.score import transpose
from workbench.core.specs import ComposeRequest, ModelSpec, TokenizerSpec, TrainingSpec
from workbench.jobs import JOBS
from workbench.jobs import bench as bench_job
from workbench.metrics.lines import lines
from workbench.services import (
    activity,
    bench_reports,
    benches,
    composing,
    datasets,
    evaluation,
    library,
    models,
    originality,
    training,
)
from workbench.services.passages import excerpt
from workbench.store import open_store
from workbench.workspace import open_workspace

PIECES = 3


@pytest.fixture(scope="module")
def measured(loaded, tmp_path_factory):
    """Two n-grams and the bundled folk model on the held-out tunes of sixty; the workspace, the bench, and the runs."""
    workspace = copied(loaded, tmp_path_factory.mktemp("bench") / "home")
    datasets.create(workspace, "tunes", split="60/20/20", seed=1)
    runs = []
    for order in (1, 4):
        asked = TrainingSpec("tunes", TokenizerSpec("melody-steps"), ModelSpec("ngram", {"order": order}))  # fmt: skip
        runs.append(training.start(workspace, asked))
        activity.finish(workspace, training.job(workspace, runs[-1]))
    bench = benches.enqueue(workspace, BenchSpec("tunes", (*runs, "folk"), PIECES, seed=5))
    done = activity.finish(workspace, benches.job(workspace, bench).id)
    assert done.state == "done", done.details
    return workspace, bench, runs


def test_held_out_figures_are_those_of_evaluate(measured):
    workspace, bench, runs = measured
    job = activity.finish(workspace, evaluation.enqueue(workspace, runs[1], "tunes"))
    expected = job.result["evaluation"]
    row = benches.leaderboard(workspace, bench, runs).standings[1]
    assert row.values["held_out"].value == pytest.approx(expected["nats_per_quarter"])
    assert row.values["accuracy"].value == pytest.approx(expected["accuracy"])
    assert row.values["moving_accuracy"].value == pytest.approx(expected["moving_accuracy"])


def test_a_longer_memory_is_the_better_n_gram(measured):
    workspace, bench, _ = measured
    short, long, _ = benches.leaderboard(workspace, bench).standings
    assert long.values["held_out"].is_best
    assert short.values["held_out"].difference > 0
    assert 0 < short.values["held_out"].p <= 1


def test_the_bundled_model_may_have_heard_these_tunes(measured):
    workspace, bench, _ = measured
    folk = benches.leaderboard(workspace, bench).standings[2]
    assert folk.has_heard and "held_out" not in folk.values
    assert folk.values["valid"].value == 1.0
    with pytest.raises(InvalidSetting, match="known to one of these models"):
        benches.enqueue(workspace, BenchSpec("tunes", ("folk",), 0, unheard_only=True))


def test_models_compose_under_the_plans_of_the_human_pieces(measured):
    workspace, bench, runs = measured
    found = benches.get(workspace, bench)
    for number in range(PIECES):
        human, made = (benches.composed(workspace, bench, name, number) for name in ("", runs[1]))
        assert found.showings[1].music.pieces[number].like == number
        assert found.humans[number].key == str(made.keys[0])
        assert str(human.meters[-1]) == str(made.meters[0])
    assert found.showings[1].music.pieces[2].seed == 7
    assert len(found.people.pieces) == PIECES
    with pytest.raises(UnknownName, match="no piece 99"):
        benches.composed(workspace, bench, runs[1], 99)


def test_the_passage_in_common_is_the_same_music_in_both(measured):
    workspace, bench, _ = measured
    borrowed = [
        (showing.entrant.name, number, each.borrowed.longest)
        for showing in benches.get(workspace, bench).showings
        for number, each in enumerate(showing.music.pieces)
        if each.borrowed and each.borrowed.longest
    ]
    assert borrowed
    for model, number, found in borrowed:
        ours = benches.composed(workspace, bench, model, number)
        here = excerpt(ours, found.line, found.start, found.notes)
        there = excerpt(library.score(workspace, found.piece), found.piece_line, found.piece_start, found.notes)  # fmt: skip
        pitches = [[int(e.score.notes["pitch"][n]) for n in e.marked] for e in (here, there)]
        assert len(pitches[0]) == found.notes
        assert [p - found.semitones for p in pitches[0]] == pitches[1]
        assert here.first_bar <= here.last_bar


@pytest.mark.long
def test_a_bench_whose_worker_died_goes_on_with_the_model_it_was_at(measured, tmp_path, monkeypatch):  # fmt: skip
    workspace, bench, runs = measured
    workspace = copied(workspace, tmp_path / "again")
    folder = workspace.benches / bench
    before = benches.get(workspace, bench)
    asked = folder / bench_job.ASKED_FILE
    text = asked.read_text().replace(str(measured[0].home), str(workspace.home))
    asked.write_text(text)
    (folder / bench_job.BENCH_FILE).unlink()
    (folder / "showing-1.json").rename(
        folder / "showing-1.abcd.partial.json"
    )  # it was being written
    composed = []
    compose = bench_job.compositions
    monkeypatch.setattr(
        bench_job, "compositions", lambda source, model, *rest: composed.append(model) or compose(source, model, *rest)
    )  # fmt: skip
    activity.finish(workspace, activity.enqueue(workspace, "bench", {"bench": bench}, title="again"))  # fmt: skip
    assert composed == [runs[1]]
    assert not list(folder.glob("*.partial*"))
    after = benches.get(workspace, bench)
    times = {"seconds": 0.0, "created": ""}
    assert _timeless(replace(after, **times)) == _timeless(replace(before, **times))


def _timeless(bench):
    """Without the time that composing took."""
    showings = [
        replace(s, music=replace(s.music, pieces=tuple(replace(p, seconds=0.0) for p in s.music.pieces)))
        for s in bench.showings
    ]  # fmt: skip
    return replace(bench, showings=tuple(showings))


def test_a_planted_copy_is_found_and_shown(measured):
    """A training tune in another key, as a model might have composed it."""
    from workbench.jobs.bench_music import look

    workspace, bench, _ = measured
    folder = workspace.benches / bench
    asked = bench_job.from_json(bench_job.Asked, bench_job.read(folder / bench_job.ASKED_FILE))
    patterns = bench_job._training(folder, asked)
    name, tune = next(iter(read_scores(folder / bench_job.MUSIC_FILE, "train/")))
    found = look(transpose(tune, 3), patterns, like=0).measured.borrowed
    assert found.verdict == "copied"
    assert found.longest.piece == name.partition("/")[2]
    assert found.longest.notes == len(lines(tune)[0])
    assert found.longest.semitones == 3


def test_a_composition_of_a_bundled_model_is_looked_up_among_its_collections(measured):
    workspace = measured[0]
    job = activity.finish(workspace, composing.enqueue(workspace, ComposeRequest("folk", bars=4, seed=2)))  # fmt: skip
    made = job.result["composition"]
    found = originality.found(activity.finish(workspace, originality.enqueue(workspace, made)))
    assert found.pieces == library.count(
        workspace
    )  # of the collections that its recipe names, those that are here
    assert not found.is_complete  # what of them it learned from is not known here
    assert found.borrowed.verdict in ("copied", "like people", "newer than people")
    assert found.usual[0] < found.usual[1]


def test_what_cannot_be_measured_is_refused_and_leaves_nothing(measured):
    workspace, _, runs = measured
    before = sorted(workspace.benches.iterdir())
    for spec, words in (
        (BenchSpec("tunes", ()), "1 to 24 models"),
        (BenchSpec("tunes", (runs[0],), 5000), "0 to 1000 pieces"),
        (BenchSpec("tunes", (runs[0],), seed=-1), "seed"),
    ):
        with pytest.raises(InvalidSetting, match=words):
            benches.enqueue(workspace, spec)
    with pytest.raises(UnknownName):
        benches.enqueue(workspace, BenchSpec("tunes", ("nobody",)))
    for name in ("bench-../../x", "bench-0123abcd", "nothing"):
        with pytest.raises(UnknownName):
            benches.get(workspace, name)
    assert sorted(workspace.benches.iterdir()) == before


@pytest.mark.long
def test_reports_say_what_the_table_says(measured, tmp_path):
    import pypdfium2

    workspace, bench, runs = measured
    board = benches.leaderboard(workspace, bench, runs[1:])
    value = f"{board.standings[0].values['held_out'].value:.3f}"
    for ending in ("html", "pdf", "svg", "png", "csv", "md", "tex"):
        bench_reports.write(workspace, bench, tmp_path / f"report.{ending}", runs[1:])
    text = (tmp_path / "report.html").read_text()
    assert value in text and runs[1] in text
    assert text.count(f"Made by a model: Music Workbench, model {runs[1]}") == 2
    assert (
        text.count("<audio") == 4 and "data:audio/mpeg" in text
    )  # two of people and of each model
    assert not re.search(r'(src|href)="(?!data:|#)', text)  # nothing is fetched
    pages = pypdfium2.PdfDocument(tmp_path / "report.pdf")
    assert value in pages[0].get_textpage().get_text_range()
    assert (tmp_path / "report.svg").read_text().startswith("<?xml")
    assert (tmp_path / "report.png").read_bytes().startswith(b"\x89PNG")
    with pytest.raises(InvalidSetting, match="no report"):
        bench_reports.write(workspace, bench, tmp_path / "report.docx")


def test_the_command_line_gives_the_same_figures(measured, capsys, tmp_path):
    workspace, bench, runs = measured
    out = tmp_path / "table.md"
    arguments = ["evaluate", "--all", "--dataset", "tunes", *(f"--model={run}" for run in runs), "--pieces", "0"]  # fmt: skip
    code = main([*arguments, "--out", str(out), "--workspace", str(workspace.home), "--json"])
    assert code == 0
    said = json.loads(capsys.readouterr().out)
    board = benches.leaderboard(workspace, bench, runs)
    for row, expected in zip(said["models"], board.standings, strict=True):
        assert row["figures"]["held_out"] == pytest.approx(
            {k: v for k, v in vars(expected.values["held_out"]).items() if v is not None}
        )
    assert "Held-out surprise" in out.read_text()
    code = main(["evaluate", "--dataset", "tunes", "--workspace", str(workspace.home)])
    assert code == 1 and "--all" in capsys.readouterr().err


def test_a_bench_that_was_done_is_known_by_what_it_asks(measured):
    workspace, bench, runs = measured
    asked = BenchSpec("tunes", (*runs, "folk"), PIECES, seed=5)
    assert benches.known(workspace, asked) == benches.get(workspace, bench)
    for other in (replace(asked, pieces=4), replace(asked, models=("folk",)), replace(asked, seed=6)):  # fmt: skip
        assert benches.known(workspace, other) is None


def test_a_bench_is_another_where_a_model_composes_otherwise_since(measured, tmp_path):
    """Its file has not changed, but what is usual for it: a row of before is none of now."""
    workspace = copied(measured[0], tmp_path / "own")
    asked = BenchSpec("tunes", (*measured[2], "folk"), PIECES, seed=5)
    assert benches.known(workspace, asked)
    model = models.get(workspace, measured[2][0])
    write_card(model.folder, replace(model.card, creativity=4.0))
    assert benches.known(workspace, asked) is None


def test_a_bench_is_another_where_it_would_be_measured_otherwise_since(measured, monkeypatch):
    """A bound over more points is lower; a row of before beside one of now would compare estimates."""
    workspace, _, runs = measured
    asked = BenchSpec("tunes", (*runs, "folk"), PIECES, seed=5)
    monkeypatch.setattr(benches, "estimate_of", lambda architecture: "in another way")
    assert benches.known(workspace, asked) is None


def test_a_bench_of_former_features_is_another(measured, monkeypatch):
    workspace, _, runs = measured
    asked = BenchSpec("tunes", (*runs, "folk"), PIECES, seed=5)
    monkeypatch.setattr(benches, "FEATURES_VERSION", benches.FEATURES_VERSION + 1)
    assert benches.known(workspace, asked) is None


def test_a_bench_is_thrown_away_and_one_of_another_version_left_out(measured, tmp_path):
    workspace = copied(measured[0], tmp_path / "own")
    bench = measured[1]
    assert bench in [each.id for each in benches.all(workspace)]
    (workspace.benches / bench / bench_job.BENCH_FILE).write_text('{"id": "old"}')
    assert bench not in [each.id for each in benches.all(workspace)]
    benches.delete(workspace, bench)
    with pytest.raises(UnknownName):
        benches.get(workspace, bench)


@pytest.mark.long
def test_the_job_needs_no_database(measured, tmp_path):
    """So it can be done on another machine."""
    from workbench.core.report import SilentReport

    workspace, bench, _ = measured
    other = open_workspace(tmp_path)
    folder = other.benches / bench
    folder.mkdir(parents=True)
    for name in (bench_job.ASKED_FILE, bench_job.MUSIC_FILE):
        (folder / name).write_bytes((workspace.benches / bench / name).read_bytes())
    asked = bench_job.read(folder / bench_job.ASKED_FILE)
    asked["spec"]["pieces"] = 0
    bench_job.write(folder / bench_job.ASKED_FILE, asked)
    JOBS.get("bench").run({"bench": bench}, other, SilentReport())
    assert benches.get(other, bench).showings[0].foreseen == benches.get(workspace, bench).showings[0].foreseen  # fmt: skip
    with open_store(other) as store:
        assert store.jobs.latest(["bench"]) is None
