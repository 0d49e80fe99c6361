"""Composing with the bundled models: every promise holds in every piece."""

import random
from dataclasses import replace

import pytest

from workbench.core.errors import CannotEncode, InvalidSetting, UnknownName, WorkbenchError
from workbench.core.score import bars, parse_key
from workbench.core.specs import ComposeRequest
from workbench.services import activity, composing, models, previews
from workbench.store import open_store
from workbench.workspace import open_workspace

METERS = {"folk": ["2/2", "6/8", "2/4", "4/4", "3/4", "9/8"], "chorales": ["4/4", "3/4"]}
RANGES = {
    "folk": [(55, 88)],
    "chorales": [(57, 81), (53, 74), (48, 69), (36, 64)],
}


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    return open_workspace(tmp_path_factory.mktemp("composing"))


def composed(workspace, request: ComposeRequest, *, numbered: bool = False) -> str:
    job = composing.enqueue(workspace, request, numbered=numbered)
    done = activity.finish(workspace, job)
    assert done.state == "done", done.details
    return done.result["composition"]


def random_request(model: str, rng: random.Random) -> ComposeRequest:
    tonic = rng.choice(["C", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B"])
    return ComposeRequest(
        model,
        bars=rng.randint(1, 6),
        seed=rng.randrange(10_000),
        temperature=rng.choice([0.5, 1.0, 1.5]),
        top_k=rng.choice([0, 5]),
        top_p=rng.choice([1.0, 0.9]),
        key=f"{tonic} {'minor' if tonic in 'DEFGAB' and rng.random() < 0.3 else 'major'}",
        meter=rng.choice(METERS[model]),
        tempo=rng.choice([None, 96.0]),
    )


@pytest.mark.parametrize("model", sorted(METERS))
@pytest.mark.parametrize("seed", range(6))
def test_key_meter_bars_and_ranges_are_as_asked(workspace, model, seed):
    request = random_request(model, random.Random(seed))
    score = composing.score(workspace, composed(workspace, request))
    lines = bars(score)
    assert len(lines) == request.bars
    assert all(bar.is_full and str(bar.meter) == request.meter for bar in lines)
    assert [str(key) for key in score.keys] == [str(parse_key(request.key))]
    for part, (low, high) in enumerate(RANGES[model]):
        pitches = score.notes["pitch"][score.notes["part"] == part]
        assert not len(pitches) or low <= pitches.min() <= pitches.max() <= high
    preview = previews.preview(workspace, score)
    assert all(engraving.pages for engraving in preview.engravings)
    assert preview.sound


def test_made_again_it_has_the_same_notes_and_another_seed_others(workspace):
    request = ComposeRequest("folk", bars=4, seed=11)
    first = composed(workspace, request)
    again = composing.again(workspace, first)
    again = activity.finish(workspace, again).result["composition"]
    assert composing.same_notes(workspace, first, again)
    other = composed(workspace, ComposeRequest("folk", bars=4, seed=12))
    assert not composing.same_notes(workspace, first, other)


def test_what_an_earlier_file_with_the_same_weights_composed_is_made_again(workspace, monkeypatch):
    request = ComposeRequest("harmoniser", bars=1, seed=5, rewrites=4)
    card = replace(models.get(workspace, "harmoniser").card, formerly=("f" * 64,))
    monkeypatch.setattr(models, "_card", lambda path, changed: card)
    made = composing.get(workspace, composed(workspace, request))
    score = composing.score(workspace, made.id)
    assert made.model_fingerprint == card.sha256 not in card.formerly
    earlier = replace(made, id="0123456789ab", model_fingerprint=card.formerly[0])
    strange = replace(made, id="ba9876543210", model_fingerprint="0" * 64)
    with open_store(workspace) as store:
        for each in (earlier, strange):
            store.compositions.add(each, score, None)
    assert composing.lineage(workspace, earlier.id).is_same_model
    job = activity.finish(workspace, composing.again(workspace, earlier.id))
    assert composing.settle_again(workspace, earlier.id, job.result["composition"])
    assert not composing.lineage(workspace, strange.id).is_same_model
    with pytest.raises(InvalidSetting, match="has changed"):
        composing.again(workspace, strange.id)


def test_no_two_compositions_are_called_alike(workspace):
    request = ComposeRequest("folk", bars=1, key="G major", meter="6/8")
    made = (composed(workspace, request, numbered=True) for _ in range(2))
    one, other = (composing.get(workspace, each).title for each in made)
    assert one != other
    assert one.startswith("No. ") and one.endswith(", 6/8 in G major")


def test_a_typed_primer_is_how_the_piece_begins(workspace):
    request = ComposeRequest(
        "folk", bars=2, key="C major", meter="4/4", primer="60 _ 62 _ 64 _ 65 _"
    )
    score = composing.score(workspace, composed(workspace, request))
    assert score.notes["pitch"][:4].tolist() == [60, 62, 64, 65]


@pytest.mark.parametrize(
    ("changes", "error", "words"),
    [
        ({"model": "nobody"}, UnknownName, "no model"),
        ({"model": "../folk"}, UnknownName, "no model"),
        ({"key": "H major"}, CannotEncode, "H major"),
        ({"key": "C locrian"}, CannotEncode, "never heard"),
        ({"meter": "7/8"}, CannotEncode, "never heard 7/8"),
        ({"meter": "four"}, CannotEncode, "four"),
        ({"bars": 0}, InvalidSetting, "0 bars"),
        ({"bars": 10_000}, InvalidSetting, "10000 bars"),
        ({"temperature": -1.0}, InvalidSetting, "emperature"),
        ({"top_p": 0.0}, InvalidSetting, "top"),
        ({"tempo": 4000.0}, InvalidSetting, "tempo"),
        ({"seed": -1}, InvalidSetting, "seed"),
        ({"primer": "_ 60"}, CannotEncode, "nothing to hold"),
        ({"primer": "60 x"}, CannotEncode, "'x'"),
        ({"primer": "60 " * 500}, CannotEncode, "shorten the primer"),
    ],
)
def test_what_cannot_be_composed_is_refused_before_any_work(workspace, changes, error, words):
    request = ComposeRequest(**({"model": "folk", "meter": "4/4"} | changes))
    with pytest.raises(error, match=words):
        composing.enqueue(workspace, request)
    assert activity.current(workspace) == []


@pytest.mark.parametrize("name", sorted(METERS))
def test_a_bundled_model_keeps_what_its_card_promises(workspace, name):
    model = models.get(workspace, name)
    size = sum(file.stat().st_size for file in model.folder.iterdir())
    assert size <= 8_000_000
    assert "n-gram baseline" in models.description(model)
    assert model.card.sha256 in models.description(model)


def test_lineage_of_a_bundled_model(workspace):
    found = composing.lineage(workspace, composed(workspace, ComposeRequest("folk", bars=1)))
    assert found.model is not None
    assert found.model.is_bundled
    assert found.is_same_model


def test_a_deleted_composition_is_gone(workspace):
    made = composed(workspace, ComposeRequest("folk", bars=1, seed=77))
    composing.delete(workspace, made)
    with pytest.raises(WorkbenchError):
        composing.get(workspace, made)


@pytest.mark.parametrize("model", sorted(METERS))
def test_every_note_is_explained_by_what_it_was_drawn_among(workspace, model):
    primer = "60 _ 62 _" if model == "folk" else ""
    request = ComposeRequest(model, bars=2, seed=4, temperature=0.8, top_p=0.95, primer=primer)
    made = composing.get(workspace, composed(workspace, request))
    explained = composing.explanation(workspace, made.id)
    drawn = explained.candidates["drawn"] > 0
    chosen = explained.candidates["token"] == [[token] for token in made.tokens]
    given = len(primer.split())
    assert not drawn[:given].any()
    assert (drawn & chosen)[given:].any(axis=1).all()
    assert (explained.candidates["model"].sum(axis=1)[given:] > 0.5).all()
    score = composing.score(workspace, made.id)
    for note in score.notes:
        (token,) = explained.at(int(note["onset"]), int(note["part"]))
        if token >= given:
            assert explained.symbols[made.tokens[token]] == str(note["pitch"])
