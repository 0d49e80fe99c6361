"""Model cards of others: what they say of how a model composes is in range, and forms are bounded."""

import json

import pytest

from workbench.core.errors import UnreadableFile
from workbench.core.forms import MOST_BARS, MOST_FORMS, read
from workbench.core.model_card import CARD_FILE, read_card
from workbench.workspace import REPOSITORY

CARD = REPOSITORY / "models" / "pretrained" / "folk-abc" / CARD_FILE


def changed(folder, **values):
    card = json.loads(CARD.read_text("utf-8"))
    (folder / CARD_FILE).write_text(json.dumps(card | values), "utf-8")
    return folder


@pytest.mark.parametrize("level", [-1, 10.5, 1e300, float("nan"), float("inf"), "bold", None])
def test_a_creativity_that_is_none_is_refused(tmp_path, level):
    with pytest.raises(UnreadableFile, match="damaged"):
        read_card(changed(tmp_path, creativity=level))


def test_a_card_from_before_composes_as_the_model_learned(tmp_path):
    card = json.loads(CARD.read_text("utf-8"))
    del card["creativity"], card["returning"], card["heard"]["forms"]
    (tmp_path / CARD_FILE).write_text(json.dumps(card), "utf-8")
    old = read_card(tmp_path)
    assert (old.creativity, old.returning, old.heard.forms) == (5, False, ())


def test_of_too_many_forms_the_first_are_read(tmp_path):
    heard = json.loads(CARD.read_text("utf-8"))["heard"] | {"forms": ["ab" * 10_000] * 2_000}
    forms = read(read_card(changed(tmp_path, heard=heard)).heard.forms)
    assert forms.lengths.tolist() == [MOST_BARS] * MOST_FORMS
