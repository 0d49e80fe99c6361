"""Settings describe themselves and refuse what is out of range, in words a person understands."""

from dataclasses import dataclass

import pytest

from workbench.core.errors import InvalidSetting
from workbench.core.records import from_json
from workbench.core.settings import applicable, describe, setting, validated
from workbench.core.specs import TrainingSettings


@dataclass(frozen=True)
class Settings:
    """One field of each kind."""

    units: int = setting(256, low=16, high=2048, help="Width of each layer")
    dropout: float = setting(0.3, low=0.0, high=0.9, advanced=True)
    cell: str = setting("lstm", choices=("lstm", "gru"))
    steps: int = setting(4, choices=(2, 4, 8))
    tied: bool = setting(False)
    not_a_setting: int = 3


def test_fields_are_described_in_their_order():
    fields = {field.name: field for field in describe(Settings)}
    assert list(fields) == ["units", "dropout", "cell", "steps", "tied"]
    assert (fields["units"].low, fields["units"].high, fields["units"].default) == (16, 2048, 256)
    assert fields["units"].help == "Width of each layer"
    assert fields["units"].type is int
    assert fields["dropout"].advanced
    assert not fields["units"].advanced


def test_text_from_a_command_line_is_converted():
    values = {"units": "64", "dropout": "0.5", "cell": "gru", "steps": "8", "tied": "yes"}
    assert validated(Settings, values) == Settings(64, 0.5, "gru", 8, True)


def test_what_is_not_given_keeps_its_default():
    assert validated(Settings, {}) == Settings()


def test_both_ends_of_a_range_are_allowed():
    assert validated(Settings, {"units": 16}).units == 16
    assert validated(Settings, {"units": 2048}).units == 2048


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"unit": 64}, "no setting 'unit'.*units, dropout"),
        ({"not_a_setting": 4}, "no setting 'not_a_setting'"),
        ({"units": 15}, "units is 15; the smallest allowed is 16"),
        ({"units": 2049}, "the largest allowed is 2048"),
        ({"units": "many"}, "units must be a whole number, not 'many'"),
        ({"units": 64.5}, "whole number"),
        ({"units": True}, "whole number"),
        ({"units": "inf"}, "whole number"),
        ({"units": None}, "whole number"),
        ({"dropout": "nan"}, "smallest allowed"),
        ({"dropout": True}, "must be a number"),
        ({"cell": "rnn"}, "choose one of lstm, gru"),
        ({"cell": 3}, "must be text"),
        ({"steps": 3}, "choose one of 2, 4, 8"),
        ({"tied": "perhaps"}, "true or false"),
    ],
)
def test_a_bad_value_is_refused_by_name(values, words):
    with pytest.raises(InvalidSetting, match=words):
        validated(Settings, values)


def test_defaults_of_training_are_within_their_own_ranges():
    defaults = {field.name: field.default for field in describe(TrainingSettings)}
    assert validated(TrainingSettings, defaults) == TrainingSettings()
    assert all(field.help for field in describe(TrainingSettings))


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"momentum": 0.5}, "momentum changes nothing where optimizer is adamw.*choose sgd for optimizer"),
        ({"optimizer": "adam", "weight_decay": 0.1}, "weight_decay changes nothing where optimizer is adam"),
        ({"checkpoints_kept": 2}, "checkpoints_kept changes nothing.*choose 1 or more for checkpoint_every"),
        ({"decay": 0.5}, "choose exponential or step or plateau for schedule"),
    ],
)  # fmt: skip
def test_what_would_change_nothing_is_refused(values, words):
    with pytest.raises(InvalidSetting, match=words):
        validated(TrainingSettings, values)


def test_a_whole_record_of_settings_is_accepted():
    """Stored specs name every field, also those that mean nothing beside the others."""
    adam = TrainingSettings(optimizer="adam")
    assert validated(TrainingSettings, vars(adam)) == adam
    sgd = validated(TrainingSettings, {"optimizer": "sgd", "momentum": 0.5})
    assert sgd.momentum == 0.5


def test_a_preset_gives_way_to_what_makes_it_mean_nothing():
    assert applicable(TrainingSettings, {"optimizer": "adam", "weight_decay": 0.1, "epochs": 3}) == {
        "optimizer": "adam", "epochs": 3,
    }  # fmt: skip


def test_specs_stored_before_a_setting_came_to_be_are_read_as_they_were_meant():
    before = {
        "epochs": 3,
        "learning_rate": 0.002,
        "batch_size": 64,
        "window": 64,
        "seed": 0,
        "patience": 5,
    }
    before |= {"weight_decay": 0.01, "clip_norm": 1.0, "mixed_precision": False}
    assert from_json(TrainingSettings, before) == TrainingSettings(epochs=3)
