"""MIDI as it is found: cut off, in film frames, with events of the wrong length, of every type."""

from collections.abc import Iterator
from struct import pack

from awkward.file import AwkwardFile, Outcome

Event = tuple[int, bytes]
"""Ticks since the event before, and its bytes."""

TEMPO = (0, b"\xff\x51\x03\x07\xa1\x20")
END = (0, b"\xff\x2f\x00")


def on(pitch: int, wait: int = 0, channel: int = 0) -> Event:
    return wait, bytes([0x90 | channel, pitch, 80])


def off(pitch: int, wait: int = 480, channel: int = 0) -> Event:
    return wait, bytes([0x80 | channel, pitch, 0])


def notes(*pitches: int, channel: int = 0) -> list[Event]:
    return [event for p in pitches for event in (on(p, channel=channel), off(p, channel=channel))]


def quantity(value: int) -> bytes:
    """A variable-length quantity."""
    result = [value & 0x7F]
    while value := value >> 7:
        result.append(0x80 | value & 0x7F)
    return bytes(reversed(result))


def body(*events: Event) -> bytes:
    return b"".join(quantity(wait) + data for wait, data in events)


def chunk(content: bytes, name: bytes = b"MTrk") -> bytes:
    return name + pack(">I", len(content)) + content


def track(*events: Event) -> bytes:
    return chunk(body(*events, END))


def midi(*tracks: bytes, kind: int = 1, division: int = 480, count: int | None = None) -> bytes:
    header = pack(">HHH", kind, len(tracks) if count is None else count, division)
    return chunk(header, b"MThd") + b"".join(tracks)


TUNE = notes(60, 62, 64, 65, 67, 69, 71, 72)
GOOD = midi(track(TEMPO, *TUNE), track(*notes(48, 52, 55, channel=1)))
CUT = "cut off or damaged"


def build() -> Iterator[AwkwardFile]:
    yield from _headers()
    yield from _tracks()
    yield from _events()
    yield from _marks()
    yield from _truncated()


def _headers() -> Iterator[AwkwardFile]:
    tune = track(*TUNE)
    yield AwkwardFile("midi/type-0.mid", midi(tune, kind=0), "notes", notes=8)
    channels = track(on(60), on(72, channel=1), on(36, channel=9), off(60), off(72, 0, 1), off(36, 0, 9))  # fmt: skip
    yield AwkwardFile("midi/type-0-channels.mid", midi(channels, kind=0), "notes", notes=3)
    patterns = midi(tune, track(*notes(60, 64)), kind=2)
    yield AwkwardFile("midi/type-2.mid", patterns, "notes", notes=10, pieces=2)
    yield AwkwardFile("midi/type-9.mid", midi(tune, kind=9), "notes", notes=8)
    yield AwkwardFile("midi/smpte-25.mid", midi(tune, division=0xE728), "notes", "SMPTE", 8)
    yield AwkwardFile("midi/smpte-30-drop.mid", midi(tune, division=0xE350), "notes", "SMPTE", 8)
    yield AwkwardFile("midi/division-0.mid", midi(tune, division=0), "refused", "zero ticks")
    yield AwkwardFile("midi/division-1.mid", midi(tune, division=1), "notes", notes=8)
    yield AwkwardFile("midi/division-32767.mid", midi(tune, division=32767), "notes", notes=8)
    yield AwkwardFile("midi/too-many-tracks-stated.mid", midi(tune, count=65535), "notes", notes=8)
    yield AwkwardFile("midi/no-tracks-stated.mid", midi(tune, count=0), "notes", notes=8)
    yield AwkwardFile("midi/no-tracks.mid", midi(), "refused", "no track")
    long_header = chunk(pack(">HHH", 1, 1, 480) + b"more", b"MThd") + tune
    yield AwkwardFile("midi/long-header.mid", long_header, "notes", notes=8)
    riff = b"RIFF" + pack("<I", len(GOOD) + 12) + b"RMIDdata" + pack("<I", len(GOOD)) + GOOD
    yield AwkwardFile("midi/riff.mid", riff, "notes", notes=11)
    yield AwkwardFile("midi/riff-empty.mid", b"RIFF\x04\x00\x00\x00RMID", "refused", "not a MIDI")
    yield AwkwardFile("midi/disguised.abc", GOOD, "notes", notes=11)
    yield AwkwardFile("midi/no-suffix", GOOD, "notes", notes=11)
    yield AwkwardFile("midi/text.mid", b"just some words", "refused", "not a MIDI file")
    yield AwkwardFile("midi/zeros.mid", bytes(1000), "refused", "not a MIDI file")
    yield AwkwardFile("midi/empty.mid", b"", "refused", "empty")


def _tracks() -> Iterator[AwkwardFile]:
    tune, size = track(*TUNE), len(body(*TUNE))
    yield AwkwardFile("midi/empty-tracks.mid", midi(chunk(b""), track(), tune), "notes", notes=8)
    yield AwkwardFile("midi/only-empty.mid", midi(track(), track(TEMPO)), "refused", "not a single note")  # fmt: skip
    yield AwkwardFile("midi/no-end.mid", midi(chunk(body(*TUNE))), "notes", notes=8)
    yield AwkwardFile("midi/alien-chunk.mid", midi(chunk(b"abcd", b"XFIH"), tune), "notes", notes=8)
    yield AwkwardFile("midi/rubbish-after.mid", GOOD + b"\x00\xfe\xff\x01" * 5, "notes", notes=11)
    wrong = b"MTrk" + pack(">I", 0) + body(*TUNE, END)
    yield AwkwardFile("midi/length-0.mid", midi(wrong), "notes", CUT, 8)
    far = b"MTrk" + pack(">I", 2**31) + body(*TUNE, END)
    yield AwkwardFile("midi/length-huge.mid", midi(far), "notes", CUT, 8)
    yield AwkwardFile("midi/length-huge-first.mid", midi(far, tune), "notes", CUT, 16)
    short = b"MTrk" + pack(">I", size // 2) + body(*TUNE, END)
    yield AwkwardFile("midi/length-short.mid", midi(short, tune), "notes", CUT, 16)
    many = midi(*[track(*notes(60))] * 300)
    yield AwkwardFile("midi/tracks-300.mid", many, "notes", notes=300)


def _events() -> Iterator[AwkwardFile]:
    def one(name: str, *events: Event, words: str = "", count: int | None = None) -> AwkwardFile:
        return AwkwardFile(f"midi/{name}.mid", midi(track(*events)), "notes", words, count)

    yield one("running-status", on(60), (480, b"\x3c\x00"), (0, b"\x3e\x50"), (480, b"\x3e\x00"), count=2)  # fmt: skip
    yield one("velocity-0-ends", on(60), (480, b"\x90\x3c\x00"), count=1)
    yield one("unterminated", on(60), *notes(62), words="never end", count=2)
    yield one("all-unterminated", on(60), on(64), (960, b"\xff\x01\x00"), words="never end", count=2)  # fmt: skip
    yield one("struck-twice-ended-once", on(60), on(60, 240), off(60, 240), *notes(64, 65), words="never end", count=4)  # fmt: skip
    yield one("overlapping", on(60), on(60, 240), off(60, 240), off(60, 240), count=2)
    yield one("off-without-on", off(60), *notes(62), off(61), count=1)
    yield one("no-length", on(60), off(60, 0), *notes(62), words="without length", count=1)
    yield one("drums", *notes(36, 38, 42, channel=9), count=3)
    yield one("sysex", (0, b"\xf0\x03\x01\x02\xf7"), *notes(60), count=1)
    yield one("pitch-over-127", (0, b"\x90\xc8\x50"), (480, b"\x80\xc8\x00"), *notes(60))
    yield one("velocity-over-127", (0, b"\x90\x3c\xff"), (480, b"\x80\x3c\x00"), *notes(62))
    yield one("lowest-and-highest", *notes(0, 127), count=2)
    yield one("every-controller", *[(0, bytes([0xB0, c, 127])) for c in range(128)], *notes(60), count=1)  # fmt: skip
    stray = [*TUNE, (0, b"\xf4"), *notes(60)]
    yield one("unknown-status", *stray, words=CUT, count=8)
    yield one("sysex-too-long", *TUNE, (0, b"\xf0\x7f\x01\x02"), words=CUT, count=8)
    yield one("text-too-long", *TUNE, (0, b"\xff\x01\xff\x7fab"), words=CUT, count=8)
    yield one("quantity-too-long", *TUNE, (0, b"\x81" * 9 + b"\x00"), count=8)
    data = midi(track((0, b"\x3c\x50"), *TUNE))
    yield AwkwardFile("midi/data-before-status.mid", data, "refused", "not a single note")
    late = midi(track((2**27, on(60)[1]), off(60)))
    yield AwkwardFile("midi/starts-in-days.mid", late, "refused", "lasts")
    later = midi(track(*[(2**28 - 1, b"\xff\x01\x00")] * 20, *TUNE), division=1)
    yield AwkwardFile("midi/starts-in-years.mid", later, "refused", "lasts")


def _marks() -> Iterator[AwkwardFile]:
    marks = {
        "tempo-0": (b"\xff\x51\x03\x00\x00\x00", "tempo"),
        "tempo-slowest": (b"\xff\x51\x03\xff\xff\xff", ""),
        "tempo-fastest": (b"\xff\x51\x03\x00\x00\x01", "tempo"),
        "tempo-2-bytes": (b"\xff\x51\x02\x07\xa1", "wrong length"),
        "tempo-0-bytes": (b"\xff\x51\x00", "wrong length"),
        "meter-0": (b"\xff\x58\x04\x00\x02\x18\x08", "time signature"),
        "meter-denominator": (b"\xff\x58\x04\x03\xc8\x18\x08", "time signature"),
        "meter-2-bytes": (b"\xff\x58\x02\x03\x02", "wrong length"),
        "meter-1-byte": (b"\xff\x58\x01\x03", "wrong length"),
        "key-20-sharps": (b"\xff\x59\x02\x14\x00", "key signature"),
        "key-20-flats": (b"\xff\x59\x02\xec\x01", "key signature"),
        "key-mode-7": (b"\xff\x59\x02\x02\x07", ""),
        "key-1-byte": (b"\xff\x59\x01\x02", "wrong length"),
        "key-0-bytes": (b"\xff\x59\x00", "wrong length"),
        "name-latin-1": (b"\xff\x03\x05Fl\xf6te", ""),
        "name-zeros": (b"\xff\x03\x04\x00\x00\x00\x00", ""),
        "unknown-meta": (b"\xff\x60\x03abc", ""),
    }
    for name, (mark, words) in marks.items():
        data = midi(track((0, mark), *TUNE))
        yield AwkwardFile(f"midi/{name}.mid", data, "notes", words, 8)


def _truncated() -> Iterator[AwkwardFile]:
    """Cut at every place where a chunk, an event or a number may break."""
    heard = GOOD.index(b"\x90") + len(body(on(60), off(60))) - 1  # the first note has ended here
    for length in range(1, len(GOOD), 3):
        outcome: Outcome = "notes" if length >= heard else "refused"
        yield AwkwardFile(f"midi/cut-at-{length}.mid", GOOD[:length], outcome)
