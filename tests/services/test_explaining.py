"""What a composition is kept with of how it came about."""

import numpy as np
import pytest
from untrained import TRANSFORMER, keep_untrained

from workbench.core.specs import ComposeRequest
from workbench.services import activity, composing

REACH = TRANSFORMER.settings["reach"]


@pytest.mark.long
def test_a_model_that_looks_back_says_where(workspace):
    keep_untrained(workspace.runs / "looking", TRANSFORMER)
    primer = "72 67 64 48 | _ _ _ _"
    request = ComposeRequest("looking", bars=2, meter="4/4", key="C major", primer=primer)
    done = activity.finish(workspace, composing.enqueue(workspace, request))
    made = composing.get(workspace, done.result["composition"])
    explained = composing.explanation(workspace, made.id)
    shares = explained.looks["share"].astype(float)
    assert not shares[:8].any()  # given
    assert (shares[9:].sum(axis=1) > 4 / REACH / 2).all()
    assert (shares.sum(axis=1) <= 1.01).all()
    numbers = np.arange(len(made.tokens))[:, np.newaxis]
    looked = shares > 0
    assert (explained.looks["token"] < numbers)[looked].all()
    assert (explained.looks["token"] >= numbers - REACH)[looked].all()


def test_one_that_counts_looks_nowhere(workspace):
    done = activity.finish(workspace, composing.enqueue(workspace, ComposeRequest("folk", bars=1)))
    assert composing.explanation(workspace, done.result["composition"]).looks.shape[1] == 0
