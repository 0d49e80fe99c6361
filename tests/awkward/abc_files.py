"""ABC as it is found: without lengths, in old encodings, hundreds of tunes with bad ones among them."""

from collections.abc import Iterator

from awkward.file import AwkwardFile

TUNE = "X:1\nT:Tune\nM:6/8\nL:1/8\nK:D\nDEF GAB|d3 D3|]\n"


def build() -> Iterator[AwkwardFile]:
    yield from _fields()
    yield from _opuses()
    yield from _written()
    yield from _refused()
    yield from _truncated()


def _read(name: str, text: str, notes: int, words: str = "", pieces: int = 1) -> AwkwardFile:
    return AwkwardFile(f"abc/{name}.abc", text.encode(), "notes", words, notes, pieces)


def _fields() -> Iterator[AwkwardFile]:
    yield _read("no-length", "X:1\nM:3/4\nK:G\nGAB|", 3)
    yield _read("no-meter", "X:1\nL:1/4\nK:G\nGAB|", 3)
    yield _read("neither-length-nor-meter", "X:1\nK:G\nGABc dedB|", 8)
    yield _read("meter-none", "X:1\nM:none\nK:G\nGAB|", 3)
    yield _read("meter-words", "X:1\nM:waltz\nK:G\nGAB|", 3)
    yield _read("meter-0", "X:1\nM:0/4\nK:G\nGAB|", 3)
    yield _read("length-0", "X:1\nL:0\nK:G\nGAB|", 3)
    yield _read("key-unknown", "X:1\nK:Q\nGAB|", 3, "not understood")
    yield _read("key-mode-unknown", "X:1\nK:Gxyz\nGAB|", 3, "taken for major")
    yield _read("key-too-sharp", "X:1\nK:G#\nGAB|", 3, "not understood")
    yield _read("key-empty", "X:1\nK:\nGAB|", 3)
    yield _read("key-pipes", "X:1\nK:HP\nGAB|", 3)
    yield _read("tempo-words", 'X:1\nQ:"fast"\nK:C\nCDE|', 3)
    yield _read("tempo-0", "X:1\nQ:1/4=0\nK:C\nCDE|", 3)
    yield _read("number-words", "X:one\nK:C\nCDE|", 3)
    yield _read("number-missing", "X:\nK:C\nCDE|", 3)
    yield _read("no-number", "T:Tune\nK:C\nCDE|", 3)
    yield _read("unknown-fields", "X:1\nE:1\nj:2\n+:3\nK:C\nCDE|", 3)


def _opuses() -> Iterator[AwkwardFile]:
    second = TUNE.replace("X:1", "X:2")
    yield _read("two-tunes", TUNE + "\n" + second, 16, pieces=2)
    yield _read("same-number-twice", TUNE + "\n" + TUNE, 16, pieces=2)
    yield _read("no-line-between", TUNE + second, 16, pieces=2)
    keyless = "X:2\nT:Keyless\nM:4/4\nabc\n\n"
    yield _read("one-bad-among-three", TUNE + "\n" + keyless + TUNE, 16, "X:2", 2)
    yield _read("bad-first", keyless + TUNE, 8, "X:2")
    silent = "X:3\nT:Rests\nK:C\nz4|\n\n"
    yield _read("silent-among-two", TUNE + "\n" + silent, 8)
    endless = "X:4\nL:1/8\nM:2/4\nK:C\nC99999|\n\n"
    yield _read("too-long-among-two", TUNE + "\n" + endless, 8, "bars")
    hundreds = "\n".join(TUNE.replace("X:1", f"X:{n}") for n in range(200))
    yield _read("two-hundred", hundreds, 1600, pieces=200)


def _written() -> Iterator[AwkwardFile]:
    latin = TUNE.replace("Tune", "Fröhlich").encode("latin-1")
    yield AwkwardFile("abc/latin-1.abc", latin, "notes", notes=8)
    yield AwkwardFile("abc/byte-order-mark.abc", TUNE.encode("utf-8-sig"), "notes", notes=8)
    yield AwkwardFile("abc/utf-16.abc", TUNE.encode("utf-16"), "notes", notes=8)
    for name, end in (("windows", "\r\n"), ("old-mac", "\r"), ("doubled", "\r\r\n")):
        yield _read(f"lines-{name}", TUNE.replace("\n", end), 8)
    yield _read("quoted-printable", TUNE.replace("M:6/8", "M:6/8=20 "), 8)
    yield AwkwardFile("abc/disguised.txt", TUNE.encode(), "notes", notes=8)
    yield AwkwardFile("abc/disguised.mid", TUNE.encode(), "notes", notes=8)
    yield _read("grace", TUNE.replace("DEF", "{g}DEF"), 8, "grace")
    yield _read("repeats", TUNE.replace("|]", ":|"), 8, "Repeats")
    yield _read("strange-signs", TUNE.replace("DEF", "D€F§ E"), 8, "without a meaning")
    yield _read("open-bracket", TUNE.replace("DEF", "[DEF"), 8)
    yield _read("open-quote", TUNE.replace("d3", '"Am d3\nd3'), 8)
    yield _read("tuplet-of-0", TUNE.replace("DEF", "(0DEF"), 8)
    yield _read("tuplet-in-0", TUNE.replace("DEF", "(3:0:3DEF"), 8)
    yield _read("length-over-0", TUNE.replace("d3", "d3/0"), 8)
    yield _read("very-high", TUNE.replace("DEF", "D''''''''EF"), 8)
    yield _read("very-low", TUNE.replace("DEF", "D,,,,,,,,EF"), 8)
    yield _read("many-sharps", TUNE.replace("DEF", "^^D^^E^^F"), 8)
    yield _read("broken-at-the-end", TUNE.replace("D3|]", "D3>"), 8)
    yield _read("tie-to-nothing", TUNE.replace("D3|]", "D3-|]"), 8)


def _refused() -> Iterator[AwkwardFile]:
    for name, text, words in (
        ("words", "to be or not to be", "no tune"),
        ("keyless", "X:1\nT:Nothing\nM:4/4\nabc\n", "no K: line"),
        ("rests", "X:1\nK:C\nz4|z4|\n", "not a single note"),
        ("header-only", "X:1\nT:Tune\nK:C\n", "not a single note"),
        ("too-long", "X:1\nM:2/4\nL:1/8\nK:C\nC99999|", "bars, more than"),
        ("length-beyond-counting", "X:1\nK:C\nC" + "9" * 5000, "makes no sense"),
    ):
        yield AwkwardFile(f"abc/{name}.abc", text.encode(), "refused", words)


def _truncated() -> Iterator[AwkwardFile]:
    first = TUNE.index("K:D") + 4
    for length in range(2, len(TUNE), 4):
        data = TUNE[:length].encode()
        yield AwkwardFile(
            f"abc/cut-at-{length}.abc", data, "notes" if length > first else "refused"
        )
