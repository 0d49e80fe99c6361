"""Charts show the numbers they are given, and stay light."""

import json

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from workbench.core.runs import EpochMetrics
from workbench.ui import charts

LOSSES = [3.0, 2.5, 2.2, 2.3, 2.4]
EPOCHS = [
    EpochMetrics(number, loss - 0.2, loss, 0.3, 1e-3 / number, 15000.0, 2.0)
    for number, loss in enumerate(LOSSES, start=1)
]


def make_steps(count: int, passes: float = 5.0) -> list[dict]:
    """A falling loss with noise, as a trainer reports it."""
    noise = np.random.default_rng(0).normal(0, 0.2, count)
    return [
        {
            "epoch": passes * (i + 1) / count,
            "loss": 3 - 2 * i / count + noise[i],
            "learning_rate": 1e-3 * (1 - i / count),
            "tokens_per_second": 15000 + 100 * noise[i],
        }
        for i in range(count)
    ]


def trace(figure, name: str):
    """The trace of that name; a name may go on."""
    return next(item for item in figure.data if item.name.startswith(name))


def test_both_losses_and_the_best_epoch_are_drawn():
    figure = charts.loss_curves(EPOCHS)
    np.testing.assert_allclose(trace(figure, "validation").y, LOSSES)
    np.testing.assert_allclose(trace(figure, "training").y, np.array(LOSSES) - 0.2, rtol=1e-6)
    best = trace(figure, "best")
    assert (best.x[0], best.y[0], best.name) == (3, 2.2, "best: 2.200 in epoch 3")


def test_the_training_curve_follows_the_steps():
    figure = charts.loss_curves(EPOCHS[:1], make_steps(100))
    line = trace(figure, "training")
    assert len(line.x) == 100
    assert line.x[-1] == pytest.approx(5.0)


def test_smoothing_comes_before_thinning():
    steps = make_steps(20_000)
    line = trace(charts.loss_curves([], steps), "training")
    ideal = 3 - 2 * np.asarray(line.x, dtype=float) / 5
    assert len(line.x) <= charts.MOST_POINTS
    # 400 averaged steps of noise 0.2 leave 0.01; the mean lags 0.02 behind.
    assert np.abs(line.y - ideal)[50:].max() < 0.07
    assert line.x[-1] == pytest.approx(5.0)


def test_a_figure_is_light():
    figure = charts.loss_curves(EPOCHS, make_steps(20_000))
    assert len(figure.to_json()) < 40_000


def test_smoothing_never_looks_ahead():
    found = charts.smoothed(np.array([1.0, 3.0, 5.0, 7.0]), 2)
    np.testing.assert_allclose(found, [1, 2, 4, 6])
    assert charts.smoothed(np.array([]), 3).shape == (0,)


@pytest.mark.parametrize("steps", [[], [{"epoch": 0.5}], [{"epoch": 0.5, "loss": float("nan")}]])
def test_nothing_to_draw_yet_is_an_empty_chart(steps):
    for figure in (charts.loss_curves([], steps), charts.learning_rate(steps), charts.speed(steps)):
        assert sum(len(item.x) for item in figure.data) == 0


def test_rates_and_speeds_come_from_steps_or_epochs():
    steps = make_steps(10)
    np.testing.assert_allclose(
        charts.learning_rate(steps).data[0].y, [step["learning_rate"] for step in steps], rtol=1e-6
    )
    np.testing.assert_allclose(charts.speed([], EPOCHS).data[0].y, [15000.0] * 5)


def test_an_epoch_without_a_validation_has_no_point():
    epochs = [EpochMetrics(1, 2.0, None, None, 1e-3, 15000.0, 2.0), *EPOCHS[1:]]
    assert list(trace(charts.loss_curves(epochs), "validation").x) == [2, 3, 4, 5]


def test_losses_may_stand_on_a_logarithmic_axis_and_say_what_is_optimised():
    figure = charts.loss_curves(EPOCHS, is_log=True, optimised="focal")
    assert figure.layout.yaxis.type == "log"
    assert trace(figure, "training").name == "training (focal)"


def test_what_else_is_watched_is_drawn():
    steps = [
        {"epoch": 0.5, "accuracy": 0.3, "gradient_norm": 2.0, "cpu_cores": 1.9, "memory_mb": 900.0}
    ]
    for draw, value in ((charts.gradient_norm, 2.0), (charts.cpu, 1.9), (charts.memory, 900.0)):
        assert list(draw(steps).data[0].y) == pytest.approx([value])
    assert list(trace(charts.accuracy(steps, EPOCHS, 0.0), "training").y) == pytest.approx([0.3])
    assert charts.perplexity(EPOCHS).data[0].y[1] == pytest.approx(np.exp(2.5))


def test_runs_are_compared_in_one_chart():
    curve = [(each.epoch, each.valid_loss) for each in EPOCHS]
    figure = charts.compare_losses({"small": curve, "large": curve[:2]})
    assert [(item.name, len(item.x)) for item in figure.data] == [("small", 5), ("large", 2)]


def test_counts_are_ranked_and_the_rest_is_one_bar():
    counts = {"D major": 40, "G major": 60, **{f"key {i}": 1 for i in range(20)}}
    bars = charts.distribution(counts, label="key", most=5).data[0]
    assert list(bars.y) == ["G major", "D major", "key 0", "key 1", "others"]
    assert list(bars.x) == [60, 40, 1, 1, 18]
    assert sum(bars.x) == sum(counts.values())


def test_meters_are_names_not_dates():
    figure = charts.distribution({"3/4": 2, "6/8": 1}, label="meter")
    assert figure.layout.yaxis.type == "category"


@pytest.mark.parametrize("values", [[8, 8, 8], [8, 16, 16, 32], [0.5, 2.25, 9.75], []])
def test_a_histogram_counts_every_piece(values):
    figure = charts.histogram(values, label="bars")
    assert sum(sum(item.y) for item in figure.data) == len(values)


def test_whole_numbers_get_a_bar_each():
    bars = charts.histogram([1, 2, 2, 4], label="voices").data[0]
    assert list(bars.y) == [1, 2, 0, 1]


def test_show_puts_a_chart_on_the_page():
    source = (
        "from workbench.ui import charts\n"
        "charts.show(charts.distribution({'3/4': 2}, label='meter'), key='m', alt='Meters')\n"
    )
    app = AppTest.from_string(source).run()
    assert not app.exception, app.exception
    (chart,) = app.get("plotly_chart")
    assert json.loads(chart.proto.spec)["data"][0]["y"] == ["3/4"]
    assert chart.proto.alt == "Meters"


@pytest.mark.parametrize(
    ("low", "high", "words"),
    [
        (0.15, 9.5, ["0.2", "0.5", "1", "2", "5", "10"]),
        (0.5, 1.9, ["0.5", "0.7", "1", "1.5"]),
        (0.001, 80, ["0.001", "0.01", "0.1", "1", "10", "100"]),
    ],
)
def test_a_logarithmic_axis_names_few_values_in_full(low, high, words):
    steps = [{"epoch": 1.0, "gradient_norm": low}, {"epoch": 2.0, "gradient_norm": high}]
    axis = charts.gradient_norm(steps).layout.yaxis
    assert axis.type == "log" and list(axis.ticktext) == words
    assert [float(word) for word in words] == pytest.approx(list(axis.tickvals))
    again = charts.compare_losses({"a": [(1, low), (2, high)]}, is_log=True).layout.yaxis
    assert list(again.ticktext) == words
    assert charts.gradient_norm([]).layout.yaxis.type == "log"


def test_one_bar_leaves_room_for_the_title_of_its_axis():
    assert charts.distribution({"6/8": 195}, label="Meter").layout.height >= 150
