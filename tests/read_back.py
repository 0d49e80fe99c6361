"""What other people's libraries find in the files of a piece, beside the notes of the piece itself.

Every function takes the content of a file and the score that it was made of, and returns what is wrong in it; nothing
where all is right. None of our own readers is asked. Times are quarters from the beginning, as fractions.

What a library cannot say stands in ``CANNOT_SAY``.
"""

import base64
import io
import json
from collections import Counter
from collections.abc import Iterable
from fractions import Fraction
from html.parser import HTMLParser
from pathlib import Path
from tempfile import TemporaryDirectory
from xml.etree import ElementTree

import mido
import music21
import numpy as np
import pretty_midi
import pyloudnorm
import pypdfium2
import soundfile
import verovio

from workbench.core.score import TICKS_PER_QUARTER, Score

CANNOT_SAY = {
    "pretty_midi": "knows seconds alone, so onsets and ends are held to 1 ms",
    "music21 (ties)": "takes a natural that is printed for another pitch than one that is not, and so breaks a note that is tied on twice; signs of "
    "naturals are taken away before it joins ties",
    "music21 (ABC)": "loses the signature of a tune in several voices; its notes are right all the same",
    "verovio (ABC)": "reads one voice, and no other modes than major and minor; where there are no signs in the signature it takes those of the "
    "tune before; it is asked for MIDI of its own, of 120 ticks a quarter; onsets and ends are held to two of them",
    "SVG": "a drawing has no durations: note heads are counted by their names",
    "pypdfium2": "a PDF has no notes: paths of the size of a note head are counted",
    "soundfile": "sound has no notes: for each note the pitch is asked whether it is louder than its neighbours, and than before",
}  # fmt: skip
HEADS = (
    (6.63, 5.41),
    (7.61, 5.51),
)  # points: width and height of a filled or half note, of a whole one
HEAD_TOLERANCE = 0.015
ONE_BIT = 2.0**-15  # of a sample of 16 bits, by which encoders round
ACCIDENTALS = {-2: " double flat", -1: " flat", 0: "", 1: " sharp", 2: " double sharp"}
LOUDNESS, LEAST_SECONDS = -16.0, 3.0
MP3_FRAME = 1152  # samples
BINS, OFF = 2**16, 35  # of a spectrum; cents
Notes = list[tuple[Fraction, Fraction, int]]


def notes_of(score: Score, part: int | None = None) -> Notes:
    """Onset and duration in quarters, and pitch, of all notes or of those of a part, sorted."""
    chosen = score.notes if part is None else score.notes[score.notes["part"] == part]
    columns = zip(*(chosen[name].tolist() for name in ("onset", "duration", "pitch")), strict=True)
    return sorted((_quarters(onset), _quarters(length), pitch) for onset, length, pitch in columns)


def _quarters(ticks: int) -> Fraction:
    return Fraction(ticks, TICKS_PER_QUARTER)


def _differences(found: Notes, asked: Notes, where: str) -> list[str]:
    missing, more = Counter(asked) - Counter(found), Counter(found) - Counter(asked)
    if not missing and not more:
        return []
    return [f"{where}: {missing.total()} notes missing, {more.total()} others, such as "
            f"{next(iter(missing), None)} and {next(iter(more), None)}"]  # fmt: skip


# --- MIDI -------------------------------------------------------------------------------------


def faults_of_midi(data: bytes, score: Score) -> list[str]:
    """By mido (every part, to the tick) and by pretty_midi."""
    file = mido.MidiFile(file=io.BytesIO(data))
    tracks = [found for track in file.tracks if (found := _midi_notes(track, file.ticks_per_beat))]
    asked = [found for part in range(len(score.parts)) if (found := notes_of(score, part))]
    if len(tracks) != len(asked):
        return [f"mido: {len(tracks)} tracks with notes of {len(asked)}"]
    faults = []
    for number, (track, part) in enumerate(zip(tracks, asked, strict=True)):
        faults += _differences(track, part, f"mido, part {number + 1}")
    return faults + _faults_of_seconds(data, score)


def _midi_notes(track: Iterable[mido.Message], division: int) -> Notes:
    now, sounding, notes = 0, {}, []
    for event in track:
        now += event.time
        if event.type not in ("note_on", "note_off"):
            continue
        begun = sounding.setdefault((event.channel, event.note), [])
        if event.type == "note_on" and event.velocity:
            begun.append(now)
        else:
            start = begun.pop(0)
            notes.append((Fraction(start, division), Fraction(now - start, division), event.note))
    assert not any(sounding.values()), "a note that never ends"
    return sorted(notes)


def _faults_of_seconds(data: bytes, score: Score) -> list[str]:
    (tempo,) = score.tempos
    heard = pretty_midi.PrettyMIDI(io.BytesIO(data))
    found = sorted((n.start, n.end, n.pitch) for each in heard.instruments for n in each.notes)
    seconds = Fraction(60) / Fraction(tempo.bpm)
    asked = sorted(
        (float(on * seconds), float((on + length) * seconds), pitch)
        for on, length, pitch in notes_of(score)
    )
    if len(found) != len(asked):
        return [f"pretty_midi: {len(found)} notes of {len(asked)}"]
    # Sorted by what is rounded, two notes of a chord may change places: they are compared by pitch first.
    order = [sorted(rows, key=lambda row: (row[2], row[0])) for rows in (found, asked)]
    off = np.abs(np.array(order[0]) - np.array(order[1])).max(axis=0)
    return [] if (off <= (0.001, 0.001, 0)).all() else [f"pretty_midi: up to {off} off"]


# --- notation ---------------------------------------------------------------------------------


def read_by_music21(data: bytes, suffix: str) -> music21.stream.Score:
    """The file as music21 reads it, from a file of that suffix."""
    with TemporaryDirectory() as folder:
        path = Path(folder, f"piece{suffix}")
        path.write_bytes(data)
        return music21.converter.parse(path, forceSource=True)


def faults_of_notation(read: music21.stream.Score, score: Score, title: str) -> list[str]:
    """By music21, every part: the same notes, ties joined; meter, signature, title."""
    parts = [part for part in read.parts if part.recurse().notes]
    asked = [found for part in range(len(score.parts)) if (found := notes_of(score, part))]
    if len(parts) != len(asked):
        return [f"music21: {len(parts)} parts with notes of {len(asked)}"]
    faults = []
    for number, (part, notes) in enumerate(zip(parts, asked, strict=True)):
        faults += _differences(tied(part), notes, f"music21, part {number + 1}")
    flat = parts[0].flatten()
    meters = [sign.ratioString for sign in flat.getElementsByClass(music21.meter.TimeSignature)]
    keys = [sign.sharps for sign in flat.getElementsByClass(music21.key.KeySignature)]
    says_key = bool(keys) or len(parts) == 1
    if meters[:1] != [str(score.meters[0])] or (says_key and keys[:1] != [score.keys[0].fifths]):
        faults.append(f"music21: {meters[:1]} and {keys[:1]} sharps")
    if read.metadata.title != title:
        faults.append(f"music21: the title {read.metadata.title!r}")
    return faults


def tied(part: music21.stream.Part) -> list[tuple[Fraction, Fraction, int]]:
    """Onset, length and pitch of the notes of a part, by the ties that music21 has read.

    Its own ``stripTies`` leaves a tie open between a bar of several voices and one of a single voice, and between a natural and none.
    """
    heads = [
        (Fraction(each.offset), Fraction(each.quarterLength), head.pitch.midi, head.tie.type if head.tie else "")
        for each in part.flatten().notes for head in getattr(each, "notes", (each,))
    ]  # fmt: skip
    found: list[tuple[Fraction, Fraction, int]] = []
    held: dict[
        tuple[Fraction, int], Fraction
    ] = {}  # end and pitch of what is tied on, to its onset
    for onset, length, pitch, tie in sorted(heads):
        begun = held.pop((onset, pitch), onset) if tie in ("stop", "continue") else onset
        if tie in ("start", "continue"):
            held[onset + length, pitch] = begun
        else:
            found.append((begun, onset + length - begun, pitch))
    found += [(begun, end - begun, pitch) for (end, pitch), begun in held.items()]
    return sorted(found)


def heads_of(read: music21.stream.Score) -> Counter[str]:
    """The name of every note head that music21 reads, such as ``F sharp 4``: a tied note is several."""
    pitches = [pitch for each in read.recurse().notes for pitch in each.pitches]
    return Counter(f"{each.step}{ACCIDENTALS[int(each.alter)]} {each.octave}" for each in pitches)


def faults_of_abc(data: bytes, score: Score) -> list[str]:
    """By verovio, which makes MIDI of it, and mido, which reads that; nothing where verovio cannot read the key."""
    (key,) = score.keys
    if key.mode not in ("major", "minor") or not key.fifths:
        return []
    toolkit = verovio.toolkit(False)
    toolkit.setResourcePath(str(Path(verovio.__file__).parent / "data"))
    toolkit.setOptions({"inputFrom": "abc"})
    if not toolkit.loadData(data.decode()):
        return ["verovio: does not read it"]
    midi = mido.MidiFile(file=io.BytesIO(base64.b64decode(toolkit.renderToMIDI())))
    found = [n for track in midi.tracks for n in _midi_notes(track, midi.ticks_per_beat)]
    asked = notes_of(score)
    if len(found) != len(asked):
        return [f"verovio: {len(found)} notes of {len(asked)}"]
    order = [sorted(rows, key=lambda row: (row[2], row[0])) for rows in (found, asked)]
    for one, other in zip(*order, strict=True):
        near = max(abs(one[0] - other[0]), abs(one[0] + one[1] - other[0] - other[1]))
        if one[2] != other[2] or near * midi.ticks_per_beat > 2:
            return [f"verovio: {one} in place of {other}"]
    return []


# --- drawings ---------------------------------------------------------------------------------


def faults_of_svg(data: bytes | str, heads: Counter[str]) -> list[str]:
    """By an XML parser: as many note heads as music21 reads in the MusicXML, of the same names."""
    drawn = [each for each in ElementTree.fromstring(data).iter() if _is_note(each)]
    found = Counter(each.get("aria-label", "") for each in drawn)
    if found == heads:
        return []
    return [
        f"SVG: {found.total()} note heads of {heads.total()}: {found - heads}, not {heads - found}"
    ]


def _is_note(element: ElementTree.Element) -> bool:
    return "note" in element.get("class", "").split()


def faults_of_pdf(data: bytes, heads: int, title: str, statement: str) -> list[str]:
    """By pypdfium2: pages, the title and the statement as text, and as many paths of the size of a note head."""
    document = pypdfium2.PdfDocument(data)
    found, faults = 0, []
    for number, page in enumerate(document, start=1):
        text = page.get_textpage().get_text_range()
        wanted = [title, statement]
        if len(document) > 1:
            wanted.append(f"{number} / {len(document)}")
        text = " ".join(text.split())
        faults += [
            f"pypdfium2: no {each!r} on page {number}" for each in wanted if each not in text
        ]
        for shape in page.get_objects():
            left, bottom, right, top = shape.get_bounds()
            found += any(
                max(abs(right - left - width), abs(top - bottom - height)) < HEAD_TOLERANCE
                for width, height in HEADS
            )
    if found != heads:
        faults.append(f"pypdfium2: {found} note heads of {heads} on {len(document)} pages")
    return faults


# --- sound ------------------------------------------------------------------------------------


def heard(data: bytes) -> tuple[np.ndarray, int]:
    """(samples, channels) and their rate, as soundfile reads a file."""
    return soundfile.read(io.BytesIO(data), always_2d=True)


def faults_of_sound(data: bytes, score: Score) -> list[str]:
    """By soundfile and pyloudnorm: length, peak, loudness; and at every note its pitch."""
    samples, rate = heard(data)
    (tempo,) = score.tempos
    quarter = 60 / tempo.bpm
    onsets = score.notes["onset"] / TICKS_PER_QUARTER * quarter
    ends = onsets + score.notes["duration"] / TICKS_PER_QUARTER * quarter
    faults = []
    if not onsets.max() < len(samples) / rate <= ends.max() + 3:
        faults.append(f"{len(samples) / rate:.2f} s of sound for {ends.max():.2f} s of music")
    if not 0.1 < np.abs(samples).max() < 1:
        faults.append(f"a peak of {np.abs(samples).max():.3f}")
    if len(samples) / rate >= LEAST_SECONDS:
        loudness = pyloudnorm.Meter(rate).integrated_loudness(samples)
        if abs(loudness - LOUDNESS) > 1:
            faults.append(f"{loudness:.2f} LUFS")
    right, begun = shares_heard(samples.mean(axis=1), rate, score, onsets, ends)
    if right < (0.95 if len(score.parts) == 1 else 0.85) or begun < 0.9:
        faults.append(
            f"of the notes {right:.0%} have their pitch, {begun:.0%} begin when they should"
        )
    return faults


def shares_heard(
    samples: np.ndarray, rate: int, score: Score, onsets: np.ndarray, ends: np.ndarray
) -> tuple[float, float]:
    """Share of the notes whose pitch is louder than a semitone above and below, and of those that are new louder than before."""
    right, begun = [], []
    for onset, end, pitch in zip(onsets, ends, score.notes["pitch"].tolist(), strict=True):
        length = min(max(end - onset, 0.12), 0.3)
        after = _spectrum(samples, rate, onset + 0.02, length)
        here = _loudness(after, rate, pitch)
        around = (score.notes["pitch"], onsets < end, ends > onset)
        sounding = set(around[0][around[1] & around[2]].tolist())
        # What another voice sounds a semitone away, or has as an overtone there, is louder with good reason.
        free = [
            each for each in (pitch - 1, pitch + 1) if not _overtones(each) & _overtones(*sounding)
        ]
        right += [all(here > _loudness(after, rate, each) for each in free)] if free else []
        before = ends > onset - 0.4
        held = score.notes["pitch"][before & (onsets < onset - 0.001)].tolist()
        # A short stretch does not tell semitones apart.
        blurred = {each + step for each in _overtones(*held) for step in (-1, 0, 1)}
        if onset > 0.3 and not _overtones(pitch) & blurred:
            begun.append(
                here > 2 * _loudness(_spectrum(samples, rate, onset - 0.15, 0.14), rate, pitch)
            )
    return (float(np.mean(right)) if right else 1.0, float(np.mean(begun)) if begun else 1.0)


def _overtones(*pitches: int) -> set[int]:
    return {pitch + step for pitch in pitches for step in (0, 12, 19, 24)}


def _spectrum(samples: np.ndarray, rate: int, start: float, seconds: float) -> np.ndarray:
    """(BINS // 2 + 1,) amplitudes of a stretch of sound."""
    cut = samples[round(start * rate) : round((start + seconds) * rate)]
    return np.abs(np.fft.rfft(cut * np.hanning(len(cut)), BINS)) / max(len(cut), 1)


def _loudness(spectrum: np.ndarray, rate: int, pitch: int) -> float:
    """Of the first four partials of a pitch, an amplitude; each may be as much out of tune as stretched strings are."""
    partials = 440.0 * 2 ** ((pitch - 69) / 12) * np.arange(1, 5)
    edges = np.rint(np.outer(partials, 2 ** (np.array([-OFF, OFF]) / 1200)) * BINS / rate)
    return float(sum(spectrum[int(low) : int(high) + 1].max(initial=0) for low, high in edges))


def faults_of_copy(data: bytes, kind: str, exact: np.ndarray) -> list[str]:
    """By soundfile: sound of another kind is that of the WAV file; FLAC to a bit, MP3 and OGG as long and alike."""
    samples, _ = heard(data)
    if kind == "flac":
        is_same = samples.shape == exact.shape and np.abs(samples - exact).max() <= ONE_BIT
        return [] if is_same else ["not the samples of the WAV file"]
    faults = []
    if samples.shape[1] != exact.shape[1] or abs(len(samples) - len(exact)) > MP3_FRAME:
        faults.append(f"{samples.shape} samples in place of {exact.shape}")
    if not np.abs(samples).max() < 1:
        faults.append(f"a peak of {np.abs(samples).max():.3f}")
    both = min(len(samples), len(exact))
    alike = np.corrcoef(samples[:both].ravel(), exact[:both].ravel())[0, 1]
    return faults if alike > 0.95 else [*faults, f"alike to {alike:.3f} only"]


# --- pages ------------------------------------------------------------------------------------


class _Page(HTMLParser):
    """Title, description and the music of a share page."""

    def __init__(self) -> None:
        super().__init__()
        self.inside, self.said = "", ""
        self.texts: dict[str, str] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        self.inside = named.get("id") or tag
        if named.get("name") == "description":
            self.said = named.get("content") or ""

    def handle_endtag(self, tag: str) -> None:
        self.inside = ""

    def handle_data(self, data: str) -> None:
        self.texts[self.inside] = self.texts.get(self.inside, "") + data


def faults_of_share_page(
    data: bytes, heads: Counter[str], exact: np.ndarray, title: str, statement: str
) -> list[str]:
    """By an HTML parser: title and statement, in every width all note heads, and sound as long as the WAV file's."""
    page = _Page()
    page.feed(data.decode())
    faults = []
    if page.texts.get("title") != title or page.said != statement:
        faults.append(f"share page: called {page.texts.get('title')!r}, says {page.said!r}")
    music = json.loads(page.texts["music"])
    for engraving in music["engravings"]:
        drawn = f"<all>{''.join(engraving['pages'])}</all>"
        faults += [f"share page, {fault}" for fault in faults_of_svg(drawn, heads)]
    samples, rate = heard(base64.b64decode(music["sound"]))
    # An MP3 of a constant rate does not say how much of its last two frames is filling.
    if not -MP3_FRAME <= len(samples) - len(exact) <= 2 * MP3_FRAME:
        faults.append(f"share page: {len(samples) / rate:.2f} s of sound")
    return faults
