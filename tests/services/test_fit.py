"""What a tokenizer cannot say of a dataset is known before anything is trained."""

import pytest
from workspaces import copied

from workbench.core.errors import InvalidSetting
from workbench.core.specs import TokenizerSpec
from workbench.services import datasets, training


@pytest.fixture(scope="module")
def tunes(loaded, tmp_path_factory):
    workspace = copied(loaded, tmp_path_factory.mktemp("fit") / "home")
    datasets.create(workspace, "fit")
    return workspace


def test_all_of_it(tunes):
    fit = training.fit_of(tunes, "fit", TokenizerSpec("abc-subwords"))
    assert (fit.pieces, fit.said, fit.of, fit.reasons) == (59, 59, 59, {})


def test_what_cannot_be_said_is_counted_by_its_reason(tunes):
    spec = TokenizerSpec("melody-steps", {"low": 60, "high": 75})
    fit = training.fit_of(tunes, "fit", spec)
    assert 0 < fit.said < 10
    assert fit.said + sum(fit.reasons.values()) == fit.pieces == 59
    commonest, count = next(iter(fit.reasons.items()))
    assert commonest == (
        "The melody runs from … to … in its key; moved to the key without accidentals that does not fit into … to …."
    )
    assert count > 40


def test_a_large_dataset_is_looked_at_here_and_there(tunes, monkeypatch):
    monkeypatch.setattr(training, "FIT_PIECES", 20)
    fit = training.fit_of(tunes, "fit", TokenizerSpec("chorale-grid"))
    assert fit.pieces == 20
    assert fit.of == 59
    assert fit.said == 0
    assert len(fit.reasons) == 1


def test_settings_are_checked(tunes):
    with pytest.raises(InvalidSetting, match="no octave"):
        training.fit_of(tunes, "fit", TokenizerSpec("abc-chars", {"low": 60, "high": 65}))
