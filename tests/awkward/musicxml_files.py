"""MusicXML as it is found: encodings, archives, timewise scores; entities, bombs and paths that climb."""

import io
import zipfile
from collections.abc import Iterator

from awkward.file import AwkwardFile, Outcome

NOTE = "<note><pitch><step>{step}</step><octave>4</octave></pitch><duration>2</duration></note>"
ATTRIBUTES = "<attributes><divisions>2</divisions><time><beats>4</beats><beat-type>4</beat-type></time></attributes>"
MEASURE = '<measure number="1">' + ATTRIBUTES + "".join(NOTE.format(step=s) for s in "CDEF") + "</measure>"  # fmt: skip
PARTS = '<part-list><score-part id="P1"><part-name>Flöte</part-name></score-part></part-list>'
SCORE = f'<score-partwise version="4.0">{PARTS}<part id="P1">{MEASURE}</part></score-partwise>'
TIMEWISE = (
    f'<score-timewise version="4.0">{PARTS}<measure number="1"><part id="P1">{ATTRIBUTES}'
    + "".join(NOTE.format(step=s) for s in "CDEF")
    + "</part></measure></score-timewise>"
)
XML = '<?xml version="1.0" encoding="UTF-8"?>'
DTD = '<!DOCTYPE score-partwise PUBLIC "-//Recordare//DTD MusicXML 4.0 Partwise//EN" "http://www.musicxml.org/dtds/partwise.dtd">'
LAUGHS = (
    '<!DOCTYPE score-partwise [<!ENTITY a "ha">'
    + "".join(f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefgh", "bcdefghi", strict=True))
    + "]>"
)  # fmt: skip
CONTAINER = '<container><rootfiles><rootfile full-path="{}"/></rootfiles></container>'


def archive(*members: tuple[str, str | bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in members:
            packed.writestr(name, content)
    return stream.getvalue()


def mxl(path: str, *members: tuple[str, str | bytes]) -> bytes:
    return archive(("META-INF/container.xml", CONTAINER.format(path)), *members)


def build() -> Iterator[AwkwardFile]:
    yield from _written()
    yield from _hostile()
    yield from _archives()
    yield from _numbers()
    yield from _truncated()


def _written() -> Iterator[AwkwardFile]:
    def good(name: str, data: bytes, notes: int = 4) -> AwkwardFile:
        return AwkwardFile(f"musicxml/{name}", data, "notes", notes=notes)

    yield good("timewise.xml", (XML + TIMEWISE).encode())
    yield good("dtd.xml", (XML + DTD + SCORE).encode())
    yield good("no-declaration.xml", SCORE.encode())
    yield good("byte-order-mark.xml", (XML + SCORE).encode("utf-8-sig"))
    sixteen = XML.replace("UTF-8", "UTF-16") + SCORE
    yield good("utf-16.xml", sixteen.encode("utf-16"))
    yield good("utf-16-big.xml", b"\xfe\xff" + sixteen.encode("utf-16-be"))
    yield good("utf-16-no-mark.xml", sixteen.encode("utf-16-le"))
    yield good("latin-1.xml", (XML.replace("UTF-8", "ISO-8859-1") + SCORE).encode("latin-1"))
    yield good("latin-1-as-utf-8.xml", (XML + SCORE).encode("latin-1"))
    yield good("unknown-encoding.xml", (XML.replace("UTF-8", "x-own") + SCORE).encode())
    yield good("no-divisions.xml", SCORE.replace("<divisions>2</divisions>", "").encode())
    yield good("no-part-list.xml", SCORE.replace(PARTS, "").encode())
    yield good("no-meter.xml", SCORE.replace(ATTRIBUTES, "").encode())
    yield good("no-measure-numbers.xml", SCORE.replace(' number="1"', "").encode())
    yield good("comments.xml", SCORE.replace("<note>", "<!-- n --><note>").encode())
    yield good("disguised.mid", SCORE.encode())
    grace = SCORE.replace("<note><pitch><step>C", "<note><grace/><pitch><step>C", 1)
    yield AwkwardFile("musicxml/grace.xml", grace.encode(), "notes", "grace", 3)
    repeat = SCORE.replace("</measure>", '<barline><repeat direction="backward"/></barline></measure>')  # fmt: skip
    yield AwkwardFile("musicxml/repeat.xml", repeat.encode(), "notes", "Repeats", 4)


def _hostile() -> Iterator[AwkwardFile]:
    def bad(name: str, text: str, words: str) -> AwkwardFile:
        return AwkwardFile(f"musicxml/{name}", text.encode(), "refused", words)

    yield bad("billion-laughs.xml", XML + LAUGHS + SCORE.replace("Flöte", "&i;"), "entities")
    outside = '<!DOCTYPE score-partwise [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
    yield bad("file-entity.xml", XML + outside + SCORE.replace("Flöte", "&a;"), "entities")
    parameter = '<!DOCTYPE score-partwise [<!ENTITY % a SYSTEM "http://localhost:9/x"> %a;]>'
    yield bad("parameter-entity.xml", XML + parameter + SCORE, "entities")
    yield bad("undefined-entity.xml", SCORE.replace("Flöte", "&gone;"), "damaged")
    external = '<!DOCTYPE score-partwise SYSTEM "file:///etc/passwd">'
    data = (XML + external + SCORE).encode()
    yield AwkwardFile("musicxml/external-dtd.xml", data, "notes", notes=4)
    laughs = (XML.replace("UTF-8", "UTF-16") + LAUGHS + SCORE).encode("utf-16")
    yield AwkwardFile("musicxml/billion-laughs-utf-16.xml", laughs, "refused", "entities")
    deep = "<a>" * 100_000 + "</a>" * 100_000
    deeper = SCORE.replace("</score-partwise>", deep + "</score-partwise>").encode()
    yield AwkwardFile("musicxml/deep.xml", deeper, "notes", notes=4)
    yield bad("page.xml", "<html><body><p>Not found</p></body></html>", "not a MusicXML score")
    yield bad("silent.xml", SCORE.replace(MEASURE, ""), "not a single note")
    rests = SCORE
    for step in "CDEF":
        rests = rests.replace(f"<pitch><step>{step}</step><octave>4</octave></pitch>", "<rest/>")
    yield bad("rests.xml", rests, "not a single note")


def _archives() -> Iterator[AwkwardFile]:
    def packed(name: str, data: bytes, outcome: Outcome, words: str = "") -> AwkwardFile:
        return AwkwardFile(
            f"musicxml/{name}", data, outcome, words, 4 if outcome == "notes" else None
        )

    yield packed("good.mxl", mxl("a.xml", ("a.xml", SCORE)), "notes")
    yield packed("folder.mxl", mxl("sub/a.xml", ("sub/a.xml", SCORE)), "notes")
    yield packed("no-directory.mxl", archive(("a.xml", SCORE)), "notes")
    yield packed("wrong-directory.mxl", mxl("gone.xml", ("a.xml", SCORE)), "notes")
    yield packed("climbing.mxl", mxl("../../etc/passwd", ("a.xml", SCORE)), "notes")
    climbing = mxl("../../a.xml", ("../../a.xml", SCORE))
    yield packed("climbing-member.mxl", climbing, "notes")
    yield packed("absolute.mxl", mxl("/etc/passwd", ("a.xml", "")), "refused", "damaged")
    yield packed("bomb.mxl", mxl("a.xml", ("a.xml", b" " * 101_000_000)), "refused", "unpacks to")
    yield packed("nothing.mxl", mxl("a.xml"), "refused", "no score")
    yield packed("other.mxl", archive(("readme.txt", "hello")), "refused", "no score")
    entities = LAUGHS.replace("score-partwise", "container") + CONTAINER.format("&i;")
    laughing = archive(("META-INF/container.xml", entities), ("a.xml", SCORE))
    yield packed("laughing-directory.mxl", laughing, "notes")
    good = mxl("a.xml", ("a.xml", SCORE))
    for length in range(10, len(good), len(good) // 12):
        yield packed(f"cut-at-{length}.mxl", good[:length], "refused")


def _numbers() -> Iterator[AwkwardFile]:
    def changed(name: str, old: str, new: str, outcome: Outcome, words: str = "") -> AwkwardFile:
        assert old in SCORE
        return AwkwardFile(f"musicxml/{name}.xml", SCORE.replace(old, new).encode(), outcome, words)

    yield changed("divisions-0", "<divisions>2", "<divisions>0", "refused", "makes no sense")
    yield changed("divisions-negative", "<divisions>2", "<divisions>-2", "refused")
    yield changed("divisions-words", "<divisions>2", "<divisions>two", "refused", "no sense")
    yield changed("octave-words", "<octave>4", "<octave>four", "refused", "makes no sense")
    yield changed("octave-99", "<octave>4", "<octave>99", "refused", "not a single note")
    yield changed("step-h", "<step>C", "<step>H", "refused", "makes no sense")
    yield changed("duration-empty", "<duration>2", "<duration>", "refused")
    yield changed("duration-negative", "<duration>2", "<duration>-2", "refused")
    yield changed("duration-huge", "<duration>2", "<duration>" + "9" * 30, "refused")
    yield changed("duration-infinite", "<duration>2", "<duration>inf", "refused", "no sense")
    yield changed("beats-0", "<beats>4", "<beats>0", "notes", "time signature")
    yield changed("beats-words", "<beats>4", "<beats>four", "refused", "makes no sense")
    yield changed("beat-type-5", "<beat-type>4", "<beat-type>5", "notes", "time signature")
    yield changed("beats-sum", "<beats>4", "<beats>3+1", "notes")


def _truncated() -> Iterator[AwkwardFile]:
    data = (XML + SCORE).encode()
    for length in range(5, len(data) - 1, len(data) // 20):
        yield AwkwardFile(f"musicxml/cut-at-{length}.musicxml", data[:length], "refused")
