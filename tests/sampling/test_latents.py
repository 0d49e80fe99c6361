"""Ways through a latent space: great circles, paths with the likeness of tunes, directions, and whole pieces along them."""

import numpy as np
import pytest

from workbench.core.errors import InvalidSetting, UnreadableFile
from workbench.core.vocabulary import START
from workbench.sampling.latents import LatentSpace, PathDecoder, load_space, slerp

SPACE = LatentSpace(
    ("density", "pitch"), np.eye(2, 64, dtype=np.float32), np.array([1, 0.1, 0.9], np.float32)
)


def test_a_great_circle_keeps_its_length_and_straight_ways_are_straight():
    one, other = np.array([[3.0, 0, 0]]), np.array([[0, 3.0, 0]])
    for share in (0, 0.25, 0.5, 1):
        point = slerp(one, other, share)
        angle = share * np.pi / 2
        np.testing.assert_allclose(
            point, 3 * np.array([[np.cos(angle), np.sin(angle), 0]]), atol=1e-9
        )
    np.testing.assert_allclose(slerp(one, 2 * one, 0.5), 1.5 * one)
    np.testing.assert_allclose(slerp(one, -one, 0.5), 0 * one, atol=1e-9)
    np.testing.assert_allclose(slerp(0 * one, other, 0.5), 0.5 * other)
    both = slerp(np.repeat(one, 3, 0), np.repeat(other, 3, 0), np.array([0, 0.5, 1]))
    np.testing.assert_allclose(both[[0, 2]], np.concatenate([one, other]), atol=1e-9)


def test_points_from_nothing_are_standard_normal_and_as_alike_as_those_of_tunes():
    paths = np.stack([SPACE.path(8, np.random.default_rng(seed)) for seed in range(300)])
    assert paths.shape == (300, 8, 64)
    assert paths.mean() == pytest.approx(0, abs=0.02)
    assert paths.std(axis=(0, 2)) == pytest.approx(np.ones(8), abs=0.03)
    alike = [(paths[:, :-lag] * paths[:, lag:]).mean() for lag in (1, 2, 3)]
    assert alike[1] > 0.4  # the nearest to 0.9 that goes together with the others
    assert alike[1] > alike[0] + 0.3
    again = SPACE.path(8, np.random.default_rng(3))
    np.testing.assert_array_equal(again, paths[3])
    assert SPACE.path(1, np.random.default_rng(0)).shape == (1, 64)


def test_more_of_an_attribute():
    points = np.zeros((3, 64))
    moved = SPACE.move(points, {"pitch": -1.5})
    assert moved[:, 1].tolist() == [-1.5] * 3
    assert not moved[:, [0, 2]].any()
    np.testing.assert_array_equal(SPACE.move(points, {}), points)
    with pytest.raises(InvalidSetting, match="no attribute 'mood'; it has density, pitch"):
        SPACE.move(points, {"mood": 1})


def test_survives_a_file_and_a_torn_one_is_refused(tmp_path):
    SPACE.save(tmp_path / "latents.npz")
    again = load_space(tmp_path / "latents.npz")
    assert again.names == SPACE.names
    np.testing.assert_array_equal(again.directions, SPACE.directions)
    np.testing.assert_array_equal(again.likeness, SPACE.likeness)
    (tmp_path / "latents.npz").write_bytes(b"torn")
    with pytest.raises(UnreadableFile, match="no latent space"):
        load_space(tmp_path / "latents.npz")


class Recorder:
    """An autoencoder that keeps what it is asked."""

    latent = 2

    def __init__(self):
        self.seen = []

    def begin(self, points):
        return ("begun", points)

    def step(self, tokens, context, state):
        self.seen.append((tokens.tolist(), state[0], state[1][0].tolist()))
        return np.zeros((len(tokens), 5), np.float32), ("going", state[1])


def test_every_segment_begins_anew_at_its_own_point():
    model = Recorder()
    decoder = PathDecoder(model, np.array([2, 3, 5]), np.array([[1.0, 1], [2, 2], [3, 3]]))
    state = decoder.start(2)
    for token in (0, 4, 4, 4, 4):
        tokens = np.array([token, token], np.int32)
        _, state = decoder.step(tokens, np.zeros((2, 1), np.int32), state)
    assert decoder.attention(state) is None
    assert [(tokens[0], how, point[0]) for tokens, how, point in model.seen] == [
        (START, "begun", 1), (4, "going", 1), (START, "begun", 2), (START, "begun", 3), (4, "going", 3),
    ]  # fmt: skip
