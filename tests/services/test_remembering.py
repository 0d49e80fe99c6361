"""What a model has heard, itself or as another one that it went on from."""

from workbench.core.training_settings import TrainingSettings
from workbench.services import datasets, fine_tuning, remembering, training
from workbench.store import open_store


def test_what_goes_on_from_a_bundled_model_may_have_heard_its_collections(filled):
    """Its dataset is not in this library of sixty tunes: any of them may have been in it."""
    version = datasets.create(filled, "tunes", query="collection:ryans-mammoth", seed=1)
    held_out = version.members("test")
    spec = fine_tuning.going_on(filled, "folk", "tunes", TrainingSettings(epochs=1))
    run = training.start(filled, spec)
    again = training.start(filled, fine_tuning.from_the_beginning(spec))
    found = remembering.heard_among(filled, ["folk", run, again], held_out)
    assert held_out
    assert found["folk"] == found[run] == (set(held_out), False)
    assert found[again] == (set(), True)


def test_what_was_heard_before_music_from_elsewhere_is_not_forgotten(filled):
    """A run of this library, trained on elsewhere with music that is not here, and brought back."""
    version = datasets.create(filled, "tunes", query="collection:ryans-mammoth", seed=1)
    spec = fine_tuning.from_the_beginning(
        fine_tuning.going_on(filled, "folk", "tunes", TrainingSettings(epochs=1))
    )
    first, back = (training.start(filled, spec) for _ in range(2))
    with open_store(filled) as store:
        store.db.execute(
            "UPDATE runs SET spec = json_set(spec, '$.start_from', ?), dataset_fingerprint = ? WHERE id = ?",
            [first, "elsewhere", back],
        )
    heard = set(version.members("train")) | set(version.members("valid"))
    found = remembering.heard_among(filled, [first, back], version.pieces)
    assert found[first] == (heard, True)
    assert found[back] == (heard, False)
    # What is told of the old dataset's pieces is of its own dataset, and that is not here.
    assert remembering.labels(filled, first, ["collection"])
    assert remembering.labels(filled, back, ["collection"]) == {}
