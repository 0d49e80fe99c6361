"""In the browser: a melody played on the piano, and one sung into the microphone, each to a composition."""

import shutil
from itertools import pairwise

import pytest
from compose_page import begin_with, compose
from playwright.sync_api import expect
from sung import sung_file

pytestmark = [pytest.mark.browser, pytest.mark.long]
MINUTE = 60_000  # milliseconds
SCALE = [60, 62, 64, 65, 67]


@pytest.fixture
def singing_page(browser, tmp_path, address):
    """A page of a browser whose microphone hears somebody sing."""
    path = tmp_path / "sung.wav"
    path.write_bytes(sung_file(SCALE, seconds=0.6, silence=0.4))
    flags = [
        "--no-sandbox", "--disable-gpu", "--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream",
        f"--use-file-for-fake-audio-capture={path}%noloop",
    ]  # fmt: skip
    names = ("chromium", "chromium-browser", "google-chrome")
    chromium_path = next(filter(None, map(shutil.which, names)))
    chromium = browser.browser_type.launch(executable_path=chromium_path, args=flags)
    context = chromium.new_context(base_url=address, permissions=["microphone"])
    context.set_default_timeout(MINUTE)
    yield context.new_page()
    chromium.close()


def test_a_melody_is_played_on_the_letters_and_gone_on_with(browser, address, home):
    context = browser.new_context(base_url=address)
    context.set_default_timeout(MINUTE)
    page = context.new_page()
    begin_with(page, "Play it")
    keys = page.locator(".piano .keys")
    expect(keys).to_be_visible(timeout=MINUTE)
    keys.focus()
    for letter in "asdfg":  # C D E F G, as long as one another
        page.keyboard.down(letter)
        page.wait_for_timeout(450)
        page.keyboard.up(letter)
    expect(page.locator(".piano .count")).to_have_text("5 notes played")
    page.get_by_role("button", name="Use what I played").click()
    page.wait_for_selector(".player .notehead")
    request = compose(page, home).request
    begun = [int(word) for word in request.primer.split() if word.isdecimal()]
    assert begun == SCALE
    context.close()


def test_what_the_mouse_plays_is_heard_without_clicks(browser, address):
    """The synthesizer's sound, taken from its own output: it begins and ends without a jump."""
    context = browser.new_context(base_url=address)
    page = context.new_page()
    page.set_default_timeout(MINUTE)
    page.add_init_script(LISTEN)
    begin_with(page, "Play it")
    key = page.locator('.piano .key[data-pitch="69"]')
    expect(key).to_be_visible(timeout=MINUTE)
    key.hover()
    page.mouse.down()
    page.wait_for_timeout(300)
    page.mouse.up()
    page.wait_for_timeout(700)
    heard = page.evaluate("window.heard.flat()")
    loudest = max(map(abs, heard))
    steps = [abs(b - a) for a, b in pairwise(heard)]
    crossings = sum(a < 0 <= b for a, b in pairwise(heard))
    assert 0.02 < loudest < 1
    assert max(steps) < loudest / 3  # a click is a jump of the whole height
    assert abs(heard[-1]) < loudest / 100
    assert crossings > 100  # 440 Hz for most of a second
    context.close()


LISTEN = """
window.heard = [];
const connect = AudioNode.prototype.connect;
AudioNode.prototype.connect = function (to, ...rest) {
  if (to === this.context.destination) {
    const tap = this.context.createScriptProcessor(4096, 1, 1);
    tap.onaudioprocess = (event) => window.heard.push([...event.inputBuffer.getChannelData(0)]);
    connect.call(this, tap);
    connect.call(tap, to);
  }
  return connect.call(this, to, ...rest);
};
"""


def test_a_melody_is_sung_into_the_microphone(singing_page, home):
    page = singing_page
    begin_with(page, "Hum it")
    page.get_by_role("button", name="Record").click()
    page.wait_for_timeout(4500)
    page.get_by_role("button", name="Stop recording").click()
    page.wait_for_selector(".player .notehead", timeout=3 * MINUTE)
    request = compose(page, home).request
    begun = [int(word) for word in request.primer.split() if word.isdecimal()]
    assert begun == SCALE


def test_a_mood_is_set_by_pointer_and_by_keys_and_stays(browser, address):
    context = browser.new_context(base_url=address, viewport={"width": 1280, "height": 1400})
    context.set_default_timeout(MINUTE)
    page = context.new_page()
    page.goto("/compose?model=folk")
    page.get_by_text("Steer the music").click()
    box = page.locator(".pad").bounding_box()
    middle = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(*middle)
    page.mouse.down()
    page.mouse.move(middle[0] + 0.3 * box["width"], middle[1] - 0.4 * box["height"], steps=5)
    expect(page.get_by_text("Elated sets major")).to_be_visible()  # while it is still held
    page.mouse.up()
    across, up = (
        page.get_by_label("Mood: gloomy to glad"),
        page.get_by_label("Mood: calm to excited"),
    )
    expect(across).to_have_attribute("aria-valuetext", "0.6, elated")
    for key in ("Home", "ArrowLeft", *["ArrowDown"] * 6):
        page.keyboard.press(key)
    expect(up).to_have_attribute("aria-valuetext", "-0.6, calm")
    expect(page.get_by_text("Calm sets minor, 78 quarters a minute")).to_be_visible()
    page.get_by_role("link", name="Home", exact=True).first.click()
    expect(page.get_by_role("heading", name="Music workbench")).to_be_visible()
    page.get_by_role("link", name="Compose", exact=True).first.click()
    page.get_by_text("Steer the music").click()
    expect(across).to_have_attribute("aria-valuetext", "-0.1, calm")
    expect(up).to_have_attribute("aria-valuetext", "-0.6, calm")
    page.get_by_role("button", name="Back to the middle").click()
    expect(page.get_by_text("Drag the point")).to_be_visible()
    context.close()
