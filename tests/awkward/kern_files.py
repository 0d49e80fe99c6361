"""Humdrum kern as it is found: Latin-1, with stray spines, cut off, several pieces in a file."""

from collections.abc import Iterator

from awkward.file import AwkwardFile

TUNE = (
    "!!!OTL: Tune\n**kern\t**kern\n*k[f#]\t*k[f#]\n*M3/4\t*M3/4\n4D\t4g\n=1\t=1\n4G\t4b\n4A\t4cc\n4B\t4dd\n"
    "=2\t=2\n2.G\t2.b\n==\t==\n*-\t*-\n"
)


def build() -> Iterator[AwkwardFile]:
    def read(name: str, text: str, notes: int, words: str = "", pieces: int = 1) -> AwkwardFile:
        return AwkwardFile(f"kern/{name}.krn", text.encode(), "notes", words, notes, pieces)

    yield read("good", TUNE, 10)
    latin = TUNE.replace("Tune", "Fröhlich").encode("latin-1")
    yield AwkwardFile("kern/latin-1.krn", latin, "notes", notes=10)
    yield read("windows", TUNE.replace("\n", "\r\n"), 10)
    yield read("no-end", TUNE.replace("==\t==\n*-\t*-\n", ""), 10)
    yield read("no-meter", TUNE.replace("*M3/4\t*M3/4\n", ""), 10)
    yield read("no-key", TUNE.replace("*k[f#]\t*k[f#]\n", ""), 10)
    yield read("grace", TUNE.replace("4G\t4b\n", "4G\t4b\n.\tqcc\n"), 10, "grace")
    yield read("dynamics", TUNE.replace("**kern\n", "**dynam\n").replace("\t4", "\t.4"), 5)
    yield read("two-pieces", f"!!!!SEGMENT: a\n{TUNE}!!!!SEGMENT: b\n{TUNE}", 20, pieces=2)
    uneven = TUNE.replace("4A\t4cc", "4A\t4cc\t4e\t4f")
    yield AwkwardFile("kern/disguised.abc", TUNE.encode(), "notes", notes=10)
    yield AwkwardFile("kern/text.krn", b"just some words", "refused", "no **kern spine")
    yield AwkwardFile("kern/header-only.krn", b"**kern\n*M4/4\n*-\n", "refused")
    yield AwkwardFile(
        "kern/rests.krn", b"**kern\n*M4/4\n1r\n=\n*-\n", "refused", "not a single note"
    )
    yield AwkwardFile("kern/zeros.krn", bytes(500), "refused")
    yield AwkwardFile("kern/uneven.krn", uneven.encode(), "refused", "damaged")
    start = TUNE.index("4D\t4g") + len("4D\t4g")
    for length in range(12, len(TUNE), 12):
        outcome = "notes" if length >= start else "refused"
        yield AwkwardFile(f"kern/cut-at-{length}.krn", TUNE[:length].encode(), outcome)
