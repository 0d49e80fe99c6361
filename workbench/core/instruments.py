"""The 128 instruments of General MIDI by name, in the order of their programs from 0, and how scores shorten the names of players."""

_FAMILIES = (
    "Grand piano, Bright piano, Electric grand, Honky-tonk piano, Electric piano 1, Electric piano 2, Harpsichord, Clavinet",
    "Celesta, Glockenspiel, Music box, Vibraphone, Marimba, Xylophone, Tubular bells, Dulcimer",
    "Drawbar organ, Percussive organ, Rock organ, Church organ, Reed organ, Accordion, Harmonica, Tango accordion",
    "Nylon guitar, Steel guitar, Jazz guitar, Clean guitar, Muted guitar, Overdriven guitar, Distorted guitar, Guitar harmonics",
    "Acoustic bass, Fingered bass, Picked bass, Fretless bass, Slap bass 1, Slap bass 2, Synth bass 1, Synth bass 2",
    "Violin, Viola, Cello, Double bass, Tremolo strings, Pizzicato strings, Harp, Timpani",
    "Strings 1, Strings 2, Synth strings 1, Synth strings 2, Choir aahs, Voice oohs, Synth voice, Orchestra hit",
    "Trumpet, Trombone, Tuba, Muted trumpet, Horn, Brass section, Synth brass 1, Synth brass 2",
    "Soprano saxophone, Alto saxophone, Tenor saxophone, Baritone saxophone, Oboe, English horn, Bassoon, Clarinet",
    "Piccolo, Flute, Recorder, Pan flute, Blown bottle, Shakuhachi, Whistle, Ocarina",
    "Square lead, Sawtooth lead, Calliope lead, Chiff lead, Charang lead, Voice lead, Fifths lead, Bass and lead",
    "New age pad, Warm pad, Polysynth pad, Choir pad, Bowed pad, Metallic pad, Halo pad, Sweep pad",
    "Rain, Soundtrack, Crystal, Atmosphere, Brightness, Goblins, Echoes, Sci-fi",
    "Sitar, Banjo, Shamisen, Koto, Kalimba, Bagpipe, Fiddle, Shanai",
    "Tinkle bell, Agogo, Steel drums, Woodblock, Taiko drum, Melodic tom, Synth drum, Reverse cymbal",
    "Fret noise, Breath noise, Seashore, Bird tweet, Telephone, Helicopter, Applause, Gunshot",
)
INSTRUMENTS: tuple[str, ...] = tuple(name for family in _FAMILIES for name in family.split(", "))
assert len(INSTRUMENTS) == 128

_SHORT = {
    "violin": "Vln.", "viola": "Vla.", "cello": "Vc.", "violoncello": "Vc.", "double bass": "Db.", "contrabass": "Db.",
    "flute": "Fl.", "piccolo": "Picc.", "oboe": "Ob.", "clarinet": "Cl.", "bassoon": "Bsn.", "horn": "Hn.",
    "trumpet": "Tpt.", "trombone": "Tbn.", "tuba": "Tba.", "piano": "Pno.", "harpsichord": "Hpsd.",
}  # fmt: skip
"""After Gould, *Behind Bars* (2011)."""


def abbreviation(part: str) -> str:
    """What stands before a part's name on all systems but the first: ``Vln. I`` of ``Violin I``; where none is usual, its initial."""
    part = part.partition(" in ")[0]
    name, _, number = part.rpartition(" ")
    if not name or (not number.isdecimal() and number.strip("IV")):
        name, number = part, ""
    short = _SHORT.get(name.lower().removesuffix("s")) or _SHORT.get(name.lower()) or f"{name[:1]}."
    return f"{short} {number}".strip()
