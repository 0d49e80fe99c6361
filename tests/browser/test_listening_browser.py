"""A class at a blind test: three phones that answer at once, each with a screen of its own, and the teacher who looks on."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from workbench.core.listening import HUMAN, ListeningSpec, ListeningTest, Settings
from workbench.services import activity, datasets, importing, listening, listening_results
from workbench.store import open_store
from workbench.workspace import REPOSITORY, Workspace, open_workspace

pytestmark = [pytest.mark.browser, pytest.mark.long]
PHONE = {"width": 390, "height": 844}
MINUTE = 60_000  # milliseconds
QUESTIONS = 4


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    workspace = open_workspace(tmp_path_factory.mktemp("listening"))
    activity.finish(workspace, importing.load_corpus(workspace, "ryans-mammoth", limit=30))
    datasets.create(workspace, "tunes", split="50/10/40")
    return workspace


@pytest.fixture(scope="module")
def test(workspace: Workspace) -> ListeningTest:
    settings = Settings(pieces=QUESTIONS // 2, bars=4)
    code = listening.create(workspace, ListeningSpec("Class 9b", "tunes", ("folk",), settings))
    done = activity.finish(workspace, listening.get(workspace, code).job)
    assert done.state == "done", done.details
    return listening.get(workspace, code)


@dataclass
class Phone:
    """A listener's phone, and all that the server has ever sent to it."""

    page: Page
    received: list[bytes] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("websocket", lambda socket: socket.on("framereceived", self._take))
        self.page.on("response", lambda response: self._take(response.url))

    def _take(self, data: bytes | str) -> None:
        self.received.append(data if isinstance(data, bytes) else data.encode())

    def asks(self, place: int) -> None:
        """The question of that number is on the screen, with its sound and its buttons, and nothing of the one before."""
        expect(self.page.get_by_text(f"{place} of {QUESTIONS}", exact=True)).to_be_visible()
        expect(self.page.locator("audio")).to_have_count(1)
        expect(self.page.locator(f".st-key-listener-{place}-human")).to_be_visible()
        expect(self.page.locator(".st-key-listener-answers button")).to_have_count(2)

    def hear(self) -> None:
        """Nobody can answer before the sound was heard."""
        button = self.page.get_by_role("button", name="A person")
        expect(button).to_be_disabled()
        self.page.locator("audio").evaluate("audio => audio.play()")
        expect(button).to_be_enabled()
        self.page.locator("audio").evaluate("audio => audio.pause()")

    def answer(self, label: str) -> None:
        self.page.get_by_role("button", name=label).click()


@pytest.fixture
def phones(
    browser: Browser, serve, workspace: Workspace
) -> Iterator[tuple[str, list[Phone], Page]]:
    """The app's address, three phones, and the teacher's screen."""
    address = serve(REPOSITORY / "Home.py", home=workspace.home)
    contexts = [browser.new_context(viewport=PHONE) for _ in range(3)] + [browser.new_context()]
    for context in contexts:
        context.set_default_timeout(MINUTE)
    *three, teacher = [context.new_page() for context in contexts]
    yield address, [Phone(page) for page in three], teacher
    for context in contexts:
        context.close()


def test_three_phones_answer_at_once_and_the_teacher_looks_on(workspace, test, phones):
    expect.set_options(timeout=MINUTE)
    address, (one, two, three), teacher = phones
    teacher.goto(f"{address}/listening?test={test.code}")
    expect(teacher.get_by_role("heading", name=test.code)).to_be_visible()
    expect(teacher.get_by_alt_text("QR code")).to_be_visible()
    invitation = f"{address}/listening?code={test.code}"
    expect(teacher.get_by_text(invitation)).to_be_visible()

    one.page.goto(invitation)
    two.page.goto(invitation)
    three.page.goto(f"{address}/listening")  # types the code, in small letters
    three.page.get_by_label("Join with a code").fill(test.code.lower())
    three.page.get_by_role("button", name="Join").click()
    for phone in (one, two, three):
        expect(phone.page.get_by_role("button", name="Begin")).to_be_visible()
        phone.received.clear()  # the third came by way of the teacher's page
        phone.page.get_by_role("button", name="Begin").click()
    for phone in (one, two, three):
        phone.asks(1)
        assert phone.page.get_by_role("link", name="Compositions").count() == 0
        assert phone.page.get_by_role("heading").count() == 1
        width = phone.page.evaluate("document.documentElement.scrollWidth")
        assert width <= PHONE["width"]
        box = phone.page.get_by_role("button", name="A machine").bounding_box()
        assert box and box["height"] >= 60
    one.page.keyboard.press("p")  # says nothing yet

    for place in range(1, QUESTIONS):
        for phone in (one, two, three):
            phone.hear()
        one.answer("A person")
        two.answer("A machine")
        three.page.keyboard.press("p")
        for phone in (one, two, three):
            phone.asks(place + 1)
        if place == 2:
            one.page.reload()
            one.asks(3)
    counted = f"{3 * (QUESTIONS - 1)} of {3 * QUESTIONS}"
    expect(teacher.get_by_text(counted, exact=True)).to_be_visible()
    for phone, label in ((one, "A person"), (two, "A machine"), (three, "A machine")):
        phone.hear()
        phone.answer(label)
        expect(phone.page.get_by_role("heading", name="Thank you!")).to_be_visible()
    expect(teacher.get_by_text(f"{3 * QUESTIONS} of {3 * QUESTIONS}", exact=True)).to_be_visible()

    found = listening_results.results(workspace, test)
    assert (found.counts.listeners, found.counts.finished) == (3, 3)
    assert [row["listener"] for row in listening_results.rows(workspace, test)].count(1) == 4
    assert {each.share.of for each in found.sources} == {6}
    teacher.get_by_role("button", name="Close the test").click()
    expect(teacher.get_by_text("Listeners were right in")).to_be_visible()
    expect(teacher.locator(".js-plotly-plot")).to_be_visible()
    for phone in (one, two, three):
        _tells_nothing(workspace, test, phone)


def _tells_nothing(workspace: Workspace, test: ListeningTest, phone: Phone) -> None:
    """Of all that was sent to a phone nothing names a model, a piece, a file or a source."""
    sent = b"\n".join(phone.received)
    assert re.search(rb"/media/\w+\.mp3", sent), "the phone was not watched"
    words = {"folk", "ryans-mammoth", str(Path(workspace.home).name)}
    for clip in test.clips:
        words |= {clip.file, clip.file.removesuffix(".mp3"), clip.title, clip.piece}
    with open_store(workspace) as store:
        words |= {store.pieces.get(clip.piece).title for clip in test.clips}
    told = sorted(word for word in words if word.encode() in sent)
    assert not told
    assert HUMAN.encode() in sent, "the keys of the buttons; they say it of every clip"
