"""What a model has heard, itself or as another one that it went on from."""

from workbench.core.training_settings import TrainingSettings
from workbench.services import datasets, fine_tuning, remembering, training


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
