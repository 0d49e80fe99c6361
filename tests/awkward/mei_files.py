"""MEI of several versions, and hostile XML."""

from collections.abc import Iterator

from awkward.file import AwkwardFile

NOTES = "".join(f'<note pname="{p}" oct="4" dur="4"/>' for p in "cdef")
BODY = (
    '<music><body><mdiv><score><scoreDef {attributes}><staffGrp><staffDef n="1" lines="5">{elements}</staffDef>'
    '</staffGrp></scoreDef><section><measure n="1"><staff n="1"><layer n="1">{notes}</layer></staff>'
    "</measure></section></score></mdiv></body></music>"
)
OLD = BODY.format(
    attributes='meter.count="4" meter.unit="4" key.sig="2f"', elements="", notes=NOTES
)
NEW = BODY.format(
    attributes="", notes=NOTES,
    elements='<label>Flöte</label><keySig sig="2f"/><meterSig count="4" unit="4"/>',
)  # fmt: skip


def mei(content: str, version: str = "5.0", before: str = "") -> str:
    head = '<?xml version="1.0" encoding="UTF-8"?>' + before
    return f'{head}<mei xmlns="http://www.music-encoding.org/ns/mei" meiversion="{version}">{content}</mei>'


def build() -> Iterator[AwkwardFile]:
    yield AwkwardFile("mei/version-3.mei", mei(OLD, "3.0.0").encode(), "notes", notes=4)
    yield AwkwardFile("mei/version-5.mei", mei(NEW).encode(), "notes", notes=4)
    yield AwkwardFile("mei/disguised.xml", mei(NEW).encode(), "notes", notes=4)
    sixteen = mei(NEW).replace("UTF-8", "UTF-16").encode("utf-16")
    yield AwkwardFile("mei/utf-16.mei", sixteen, "notes", notes=4)
    schema = '<?xml-model href="http://localhost:9/mei.rng"?>'
    yield AwkwardFile("mei/schema.mei", mei(NEW, before=schema).encode(), "notes", notes=4)
    entity = '<!DOCTYPE mei [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
    for name, text, words in (
        ("entity", mei(NEW.replace("Flöte", "&a;"), before=entity), "entities"),
        ("no-music", mei("<meiHead/>"), ""),
        ("no-namespace", mei(NEW).replace(' xmlns="http://www.music-encoding.org/ns/mei"', ""), "not an MEI"),
        ("rests", mei(NEW.replace(NOTES, "<mRest/>")), "not a single note"),
        ("duration-words", mei(NEW.replace('dur="4"', 'dur="long-ish"')), ""),
        ("octave-words", mei(NEW.replace('oct="4"', 'oct="four"')), ""),
        ("meter-0", mei(NEW.replace('count="4"', 'count="0"')), ""),
    ):  # fmt: skip
        yield AwkwardFile(f"mei/{name}.mei", text.encode(), "refused", words)
    text = mei(NEW)
    for length in range(100, len(text) - 5, 60):
        yield AwkwardFile(f"mei/cut-at-{length}.mei", text[:length].encode(), "refused")
