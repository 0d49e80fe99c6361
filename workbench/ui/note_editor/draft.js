// The draft: the notes as they are now, what is chosen among them, which bars are locked, and every step back and forth.
//
// A note is {key, number, onset, duration, pitch, part} and is never written to: `number` is that of the score it came from or -1,
// `key` is its own for good. Times are ticks.

const MOST_STEPS = 200;

class Draft {
  constructor(data) {
    this.data = data;
    this.total = data.bars.at(-1)[1];
    this.original = data.notes.map((row) => this.noteOf(row));
    this.reset();
  }

  noteOf([number, onset, duration, pitch, part]) {
    this.made = (this.made ?? 0) + 1;
    return { key: `k${this.made}`, number, onset, duration, pitch, part };
  }

  reset() {
    this.steps = [this.original];
    this.at = 0;
    this.shown = null;
    this.chosen = new Set();
    this.locked = new Set();
  }

  // What is seen: while a note is dragged, where it would come to lie.
  get notes() {
    return this.shown ?? this.steps[this.at];
  }

  get inOrder() {
    return [...this.notes].sort((a, b) => a.onset - b.onset || a.part - b.part || b.pitch - a.pitch);
  }

  get picked() {
    return this.notes.filter((note) => this.chosen.has(note.key));
  }

  get rows() {
    return this.notes.map((note) => [note.number, note.onset, note.duration, note.pitch, note.part]);
  }

  // How many notes are otherwise than in the score.
  get changes() {
    const left = new Map(this.original.map((note) => [note.number, note]));
    let count = 0;
    for (const note of this.steps[this.at]) {
      const was = left.get(note.number);
      if (!was || !same(was, note)) count++;
      left.delete(note.number);
    }
    return count + left.size;
  }

  keep(notes) {
    this.shown = null;
    const now = this.steps[this.at];
    if (notes.length === now.length && notes.every((note, place) => note === now[place] || same(note, now[place]))) return false;
    this.steps = [...this.steps.slice(0, this.at + 1), notes].slice(-MOST_STEPS);
    this.at = this.steps.length - 1;
    return true;
  }

  step(by) {
    const to = this.at + by;
    if (to < 0 || to >= this.steps.length) return false;
    this.at = to;
    const left = new Set(this.notes.map((note) => note.key));
    this.chosen = new Set([...this.chosen].filter((key) => left.has(key)));
    return true;
  }

  // --- what can be done -----------------------------------------------------------------------

  // The chosen notes moved together, as far as all of them can go.
  moved(ticks, semitones) {
    const picked = this.picked;
    const low = Math.max(...picked.map((note) => -note.onset));
    const high = Math.min(...picked.map((note) => this.total - note.onset - note.duration));
    const by = Math.min(Math.max(ticks, low), high);
    const down = Math.max(...picked.map((note) => -note.pitch));
    const up = Math.min(...picked.map((note) => 127 - note.pitch));
    const steps = Math.min(Math.max(semitones, down), up);
    return this.with((note) => ({ ...note, onset: note.onset + by, pitch: note.pitch + steps }));
  }

  // The chosen notes longer or shorter; none goes beyond the end, none becomes shorter than `least`.
  resized(ticks, least) {
    return this.with((note) => {
      const wanted = Math.max(note.duration + ticks, Math.min(least, note.duration));
      return { ...note, duration: Math.min(wanted, this.total - note.onset) };
    });
  }

  with(change) {
    return this.steps[this.at].map((note) => (this.chosen.has(note.key) ? change(note) : note));
  }

  add(onset, duration, pitch, part) {
    const from = Math.min(Math.max(onset, 0), this.total - 1);
    const note = this.noteOf([-1, from, Math.min(duration, this.total - from), pitch, part]);
    this.keep([...this.steps[this.at], note]);
    this.chosen = new Set([note.key]);
    return note;
  }

  delete() {
    const left = this.steps[this.at].filter((note) => !this.chosen.has(note.key));
    if (!left.length) return false;
    this.keep(left);
    this.chosen = new Set();
    return true;
  }

  // A bar by its number, all parts of it; what is kept of it are places, counted from 1.
  lock(number) {
    const was = this.isLocked(number);
    for (const [place, [, , , each]] of this.data.bars.entries())
      if (each === number) was ? this.locked.delete(place + 1) : this.locked.add(place + 1);
  }

  isLocked(number) {
    return this.data.bars.some(([, , , each], place) => each === number && this.locked.has(place + 1));
  }

  // Start and end of every numbered bar: one in two parts is one.
  get numbered() {
    const found = new Map();
    for (const [start, end, , number] of this.data.bars) found.set(number, [found.get(number)?.[0] ?? start, end]);
    return [...found];
  }

  get lockedNumbers() {
    return this.numbered.filter(([number]) => this.isLocked(number));
  }

  // --- over a rerun, another page, or F5 ------------------------------------------------------

  remember() {
    const name = `workbench.edit.${this.data.id}`;
    try {
      if (!this.changes && !this.locked.size) sessionStorage.removeItem(name);
      else sessionStorage.setItem(name, JSON.stringify({ notes: this.rows, locked: [...this.locked] }));
    } catch {
      // A browser that stores nothing keeps the draft as long as the page is open.
    }
  }

  recall() {
    try {
      const kept = JSON.parse(sessionStorage.getItem(`workbench.edit.${this.data.id}`));
      if (!kept) return;
      const known = new Map(this.original.map((note) => [note.number, note]));
      const notes = kept.notes.map((row) => {
        const note = this.noteOf(row), was = known.get(note.number);
        return was ? { ...note, key: was.key } : note;
      });
      this.keep(notes);
      this.locked = new Set(kept.locked);
    } catch {
      // What cannot be read is no draft.
    }
  }

  forget() {
    try {
      sessionStorage.removeItem(`workbench.edit.${this.data.id}`);
    } catch {
      // Nothing was kept.
    }
  }

  // --- in words -------------------------------------------------------------------------------

  barAt(tick) {
    const found = this.data.bars.findLastIndex(([start]) => start <= tick);
    return Math.max(found, 0);
  }

  name(pitch, sharp = "♯", flat = "♭") {
    const [letter, accidentals] = this.data.names[pitch % 12];
    const octave = Math.floor((pitch - accidentals) / 12) - 1;
    return `${letter}${(accidentals > 0 ? sharp : flat).repeat(Math.abs(accidentals))}${octave}`;
  }

  words(note) {
    const bar = this.barAt(note.onset);
    const [start, , beat, number] = this.data.bars[bar];
    const place = Math.round(((note.onset - start) / beat + 1) * 100) / 100;
    const part = this.data.parts.length > 1 ? `, ${this.data.parts[note.part]}` : "";
    return `${this.name(note.pitch, " sharp ", " flat ")}, ${number ? `bar ${number}` : "upbeat"}, beat ${place}, ${this.length(note.duration)}${part}`;
  }

  length(ticks) {
    const quarters = ticks / this.data.quarter;
    return LENGTHS[quarters.toFixed(3)] ?? `${Math.round(quarters * 1000) / 1000} quarters`;
  }
}

const LENGTHS = {
  "4.000": "a whole note", "3.000": "a dotted half", "2.000": "a half", "1.500": "a dotted quarter", "1.000": "a quarter",
  "0.750": "a dotted eighth", "0.667": "a quarter of a triplet", "0.500": "an eighth", "0.375": "a dotted sixteenth",
  "0.333": "an eighth of a triplet", "0.250": "a sixteenth", "0.167": "a sixteenth of a triplet", "0.125": "a thirty-second",
};

function same(one, other) {
  return ["number", "onset", "duration", "pitch", "part"].every((name) => one[name] === other[name]);
}
