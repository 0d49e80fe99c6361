"""The score player in Chromium: it is seen, heard, followed and steered."""

import itertools
import math
import statistics
from pathlib import Path

import pytest
from music21 import corpus

from workbench.core.score import Score, bars, seconds_at
from workbench.formats import musicxml

pytestmark = pytest.mark.browser

# A chorale with an upbeat, another to change to, and a heading that a person might have typed.
APP = """
from pathlib import Path

import streamlit as st
from music21 import corpus

from workbench.formats import midi, musicxml
from workbench.rendering.engraving import NARROW, WIDE, engrave
from workbench.rendering.sound import encode_audio, synthesize
from workbench.rendering.timing import pulse
from workbench.ui.score_player import score_player


@st.cache_data
def music(name):
    score = musicxml.decode(Path(corpus.getWork(name)).read_bytes())[0].score
    text = musicxml.encode(score)
    samples, rate = synthesize(midi.encode(score))
    sound = encode_audio(samples, rate, "flac")
    return score, [engrave(text, width=width) for width in (WIDE, NARROW)], sound


score, engravings, audio = music(st.radio("Piece", ["bwv66.6", "bwv269"]))
score_player(
    *engravings, audio=audio, key="player", label="A <b>bold</b> chorale", bars=pulse(score),
    summary="F sharp minor", on_note=lambda note: st.session_state.update(note=note),
)
st.write("note", st.session_state.get("note", "none"))
st.write("runs", st.session_state.setdefault("runs", 0))
if st.button("Again"):
    st.session_state["runs"] += 1
"""


@pytest.fixture(scope="module")
def score() -> Score:
    """The first piece of the app."""
    return musicxml.decode(Path(corpus.getWork("bwv66.6")).read_bytes())[0].score


def onset(score: Score, index: int) -> float:
    """Seconds at which a note begins."""
    return float(seconds_at(score, int(score.notes["onset"][index])))


@pytest.fixture(scope="module")
def address(serve, tmp_path_factory) -> str:
    script = tmp_path_factory.mktemp("app") / "app.py"
    script.write_text(APP)
    return serve(script)


@pytest.fixture
def open_player(browser, address):
    """``open_player(width)``: a page with the player on it, its notes drawn."""
    contexts = []

    def start(width: int = 1280, scheme: str = "light"):
        viewport = {"width": width, "height": 900}
        contexts.append(browser.new_context(viewport=viewport, color_scheme=scheme))
        page = contexts[-1].new_page()
        page.errors = []
        page.on("pageerror", lambda error: page.errors.append(str(error)))
        page.requests = []
        page.on("request", lambda request: page.requests.append(request.url))
        page.goto(address)
        page.locator(".note").first.wait_for(timeout=60_000)
        return page

    yield start
    for context in contexts:
        context.close()


def sounding(page) -> list[str]:
    return page.locator(".note.sounding").evaluate_all("notes => notes.map(note => note.id)")


def seconds(page) -> float:
    return page.locator("audio").evaluate("audio => audio.currentTime")


def wait(page, condition: str) -> None:
    """Until a condition on the player's own root holds."""
    locator = page.locator(".player")
    locator.evaluate(
        f"""player => new Promise((done, fail) => {{
            const audio = player.querySelector("audio");
            const end = performance.now() + 10000;
            const look = () => ({condition}) ? done() : performance.now() > end
                ? fail(new Error("waited in vain")) : setTimeout(look, 30);
            look();
        }})"""
    )


def test_the_highlight_follows_the_music_and_a_rerun_does_not_stop_it(open_player):
    page = open_player()
    assert sounding(page) == []
    page.get_by_role("button", name="Play", exact=True).click()
    wait(page, "audio.currentTime > 1.4")
    early = sounding(page)
    assert early
    assert not {"n0", "n1", "n2", "n3"} & set(early)

    page.get_by_role("button", name="Again").click()
    page.get_by_text("runs 0").wait_for()
    before = seconds(page)
    wait(page, f"audio.currentTime > {before + 1}")
    assert page.locator(".player").get_attribute("data-state") == "playing"
    assert sounding(page) not in ([], early)

    page.get_by_role("button", name="Pause").click()
    wait(page, "player.dataset.state === 'paused'")
    assert page.errors == []
    assert all("localhost" in url or url.startswith(("data:", "blob:")) for url in page.requests)


def test_a_click_on_a_note_is_heard_from_there(open_player, score):
    page = open_player()
    note_where = "audio => audio.addEventListener('seeked', () => { audio.began = audio.currentTime }, {once: true})"
    page.locator("audio").evaluate(note_where)
    page.locator("#n60 .notehead").click()
    wait(page, "player.dataset.state === 'playing' && audio.began")
    assert onset(score, 60) > 5
    assert 0 <= page.locator("audio").evaluate("audio => audio.began") - onset(score, 60) < 1
    page.keyboard.press("Space")
    wait(page, "player.dataset.state === 'paused'")


def test_the_keyboard_does_all_of_it(open_player, score):
    third, fourth = sorted({onset(score, index) for index in range(30)})[2:4]
    page = open_player()
    page.locator(".sheet").focus()
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    wait(page, f"Math.abs(audio.currentTime - {fourth}) < 0.01")
    focused = "() => { let a = document.activeElement; while (a.shadowRoot) a = a.shadowRoot.activeElement; return a.getAttribute('aria-label') }"
    assert page.evaluate(focused) == "B 4"
    page.keyboard.press("ArrowLeft")
    wait(page, f"Math.abs(audio.currentTime - {third}) < 0.01")
    page.keyboard.press("Enter")
    wait(page, "player.dataset.state === 'playing'")
    page.keyboard.press("Space")
    wait(page, "player.dataset.state === 'paused'")
    page.keyboard.press("Home")
    wait(page, "audio.currentTime === 0")


def test_tempo_and_position_can_be_set(open_player):
    page = open_player()
    page.get_by_label("Tempo").fill("50")
    page.get_by_label("Position").fill("10")
    rate, keeps = page.locator("audio").evaluate("a => [a.playbackRate, a.preservesPitch]")
    assert (rate, keeps) == (0.5, True)
    wait(page, "Math.abs(audio.currentTime - 10) < 0.2")
    assert "0:10" in page.locator(".clock").inner_text()
    assert page.locator(".where").inner_text() == "Bar 4"


def test_a_range_of_bars_is_heard_again_and_again(open_player, score):
    first, second = (bars(score)[number].start for number in (2, 3))
    page = open_player()
    page.get_by_text("More: loop").click()
    page.get_by_label("Loop from bar").fill("2")
    page.get_by_label("to bar").fill("2")
    page.get_by_label("Loop bars").check()
    page.locator("audio").evaluate(
        "a => { a.most = 0; a.turns = 0; a.addEventListener('timeupdate', () => a.most = Math.max(a.most, a.currentTime));"
        "a.addEventListener('seeked', () => a.turns++) }"
    )
    page.get_by_role("button", name="Play", exact=True).click()
    wait(page, "audio.turns >= 3")
    start, end = (float(seconds_at(score, tick)) for tick in (first, second))
    assert start - 0.05 <= seconds(page) < end + 0.4
    assert page.locator("audio").evaluate("a => a.most") < end + 0.4
    page.get_by_label("to bar").fill("99")
    page.get_by_label("to bar").press("Tab")
    assert page.get_by_label("to bar").input_value() == "9"


def test_the_metronome_clicks_on_the_beats_while_the_music_plays(open_player):
    page = open_player()
    page.evaluate(
        """() => { window.clicks = []; const make = AudioContext.prototype.createOscillator;
        AudioContext.prototype.createOscillator = function () {
            const tone = make.call(this), start = tone.start.bind(tone);
            tone.start = when => { window.clicks.push([tone.frequency.value, when]); start(when); };
            return tone;
        } }"""
    )
    page.get_by_text("More: loop").click()
    page.get_by_label("Metronome").check()
    page.get_by_role("button", name="Play", exact=True).click()
    wait(page, "window.clicks.length >= 7")
    page.get_by_role("button", name="Pause").click()
    wait(page, "player.dataset.state === 'paused'")
    clicks = page.evaluate("window.clicks")
    gaps = [b - a for (_, a), (_, b) in itertools.pairwise(clicks)]
    assert statistics.median(gaps) == pytest.approx(60 / 96, abs=0.06)
    tones = [tone for tone, _ in clicks]
    first = tones.index(1760)  # on a machine that is busy the upbeat may go by unheard
    assert first <= 1
    assert tones[first : first + 5] == [1760, 1175, 1175, 1175, 1760]
    page.wait_for_timeout(800)
    assert len(page.evaluate("window.clicks")) == len(clicks)


def test_volume_and_colour_are_the_listeners(open_player):
    page = open_player()
    page.get_by_text("More: loop").click()
    page.get_by_label("Volume").fill("30")
    assert page.locator("audio").evaluate("a => a.volume") == 0.3
    page.get_by_label("Show what sounds").uncheck()
    page.get_by_label("Position").fill("10")
    wait(page, "Math.abs(audio.currentTime - 10) < 0.2")
    assert sounding(page) == []
    assert page.locator(".where").inner_text() == "Bar 4"
    page.get_by_role("button", name="Again").click()
    page.get_by_text("runs 0").wait_for()
    assert page.locator("audio").evaluate("a => a.volume") == 0.3
    page.get_by_label("Show what sounds").check()
    assert sounding(page)
    page.get_by_label("Show what sounds").press("Space")  # its own, and not the player's
    assert page.locator(".player").get_attribute("data-state") == "paused"


def test_a_click_tells_the_page_which_note_it_was(open_player):
    page = open_player()
    assert page.get_by_text("note none").count() == 1
    page.locator("#n60 .notehead").click()
    page.get_by_text("note 60").wait_for()
    assert page.locator(".sheet").get_attribute("aria-description") == "F sharp minor"


def test_other_music_takes_the_place_of_the_first(open_player):
    page = open_player()
    page.get_by_role("button", name="Play", exact=True).click()
    wait(page, "audio.currentTime > 0.3")
    first = page.locator("audio").evaluate("audio => audio.src")
    page.get_by_text("bwv269").click()
    wait(page, f"audio.src !== {first!r} && audio.duration > 0")
    assert page.locator(".player").get_attribute("data-state") == "paused"
    assert seconds(page) == 0


def test_a_phone_gets_an_engraving_of_its_own(open_player):
    wide, narrow = open_player(1280), open_player(390)
    lines = [page.locator(".system").count() for page in (wide, narrow)]
    assert lines[1] >= 2 * lines[0]
    overflow = narrow.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert overflow <= 0
    sheet = narrow.locator(".sheet").bounding_box()
    box = narrow.locator(".page svg").first.bounding_box()
    assert box["width"] <= sheet["width"]
    assert math.isclose(box["width"], 360, rel_tol=0.15)
    narrow.set_viewport_size({"width": 1280, "height": 900})
    wait(narrow, f"player.querySelectorAll('.system').length === {lines[0]}")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_notes_are_drawn_in_the_ink_of_the_page(open_player, scheme):
    page = open_player(scheme=scheme)
    ink, paper = page.evaluate(
        "() => [getComputedStyle(document.querySelector('h1, p')).color, getComputedStyle(document.querySelector('.stApp')).backgroundColor]"
    )
    head = page.locator("#n30 .notehead use").first.evaluate("e => getComputedStyle(e).fill")
    assert head == ink
    assert head != paper


def test_what_a_person_typed_stays_text(open_player):
    page = open_player()
    player = page.locator(".player")
    assert player.get_attribute("aria-label") == "A <b>bold</b> chorale: player"
    assert player.locator("b").count() == 0
