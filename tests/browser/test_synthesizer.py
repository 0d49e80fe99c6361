"""The synthesizer of the piano and of live music, rendered by the browser without a clock: pitch, length, and no jump."""

from itertools import pairwise

import numpy as np
import pytest

from workbench.ui import synthesizer

pytestmark = pytest.mark.browser
RATE = 16_000

RENDER = """
async ([source, seconds, rate]) => {
  const Synth = new Function(source + "; return Synth;")();
  class Offline extends Synth { get context() { return this.made; } }
  const context = new OfflineAudioContext(1, seconds * rate, rate), synth = new Offline();
  synth.wire(context);
  const at = (time, act) => context.suspend(time).then(() => { act(); context.resume(); });
  PLAN
  const sound = await context.startRendering();
  return [...sound.getChannelData(0)];
}
"""


@pytest.fixture(scope="module")
def render(browser):
    """``render(plan, seconds)``: what a synthesizer sounds that does what a plan, a piece of JavaScript, says."""
    page = browser.new_page()

    def rendered(plan: str, seconds: float) -> np.ndarray:
        code = RENDER.replace("PLAN", plan)
        return np.array(page.evaluate(code, [synthesizer.script(), seconds, RATE]))

    yield rendered
    page.close()


def between(sound, start, end):
    return sound[int(start * RATE) : int(end * RATE)]


def assert_smooth(sound):
    """No jump beyond what the waves themselves do between two samples; they are loud, so a jump of theirs would be seen."""
    loudest = np.abs(sound).max()
    assert 0.02 < loudest < 1
    assert max(abs(b - a) for a, b in pairwise(sound)) < loudest / 3


def test_a_planned_note_sounds_from_its_beginning_to_its_end(render):
    sound = render("synth.note(69, 0.2, 0.7, 0.3);", 1.5)
    assert not between(sound, 0, 0.19).any()
    assert np.abs(between(sound, 1.3, 1.5)).max() < 1e-4
    steady = between(sound, 0.3, 0.6)
    loudest = np.abs(np.fft.rfft(steady * np.hanning(len(steady)))).argmax() / 0.3
    assert abs(loudest - 440) < 4
    assert_smooth(sound)


def test_a_note_that_is_held_over_the_bar_line_is_not_struck_again(render):
    plan = """
      let held;
      const voice = synth.note(60, 0.1, 0.6, 0.3);
      at(0.4, () => { held = synth.lengthen(voice, 1.2); });
      at(1.18, () => { if (!held || synth.lengthen(voice, 2)) throw Error("too late to be held"); });
    """
    sound = render(plan, 2)
    over = [
        np.abs(between(sound, start, start + 0.05)).max() for start in (0.5, 0.55, 0.6, 0.65, 0.7)
    ]
    assert all(b <= a for a, b in pairwise(over))  # it fades, and nothing begins
    assert over[-1] > over[0] / 2
    assert np.abs(between(sound, 1.6, 2)).max() < 1e-3
    assert_smooth(sound)


def test_it_is_hushed_softly_and_can_begin_again(render):
    plan = """
      for (const pitch of [48, 60, 64, 67]) synth.note(pitch, 0.1, 3, 0.2);
      synth.note(72, 0.9, 2, 0.2);
      at(0.5, () => synth.hush());
      at(0.8, () => synth.note(69, 1.2, 1.4, 0.2));
    """
    sound = render(plan, 2)
    assert np.abs(between(sound, 0.7, 1.19)).max() < 1e-4  # what was planned for later never comes
    assert np.abs(between(sound, 1.2, 1.4)).max() > 0.02
    assert_smooth(sound)
