// The note editor: what people do with mouse, finger and keys, and what is sent. Draft, Roll and Synth stand below.
//
// Streamlit calls the default export again with every rerun and keeps the DOM, so there is one Editor per mounted element.

const editors = new WeakMap();

export default function ({ data, parentElement, setTriggerValue }) {
  if (!editors.has(parentElement)) editors.set(parentElement, new Editor(parentElement, data));
  const editor = editors.get(parentElement);
  editor.send = setTriggerValue;
  editor.answered(data);
  return () => {
    editor.close();
    editors.delete(parentElement);
  };
}

const GRIDS = [[1, "Quarter"], [0.5, "Eighth"], [1 / 3, "Eighth triplet"], [0.25, "Sixteenth"], [1 / 6, "Sixteenth triplet"], [0.125, "Thirty-second"]];
const TOUCH_SECONDS = 0.35, DOUBLE_MS = 400, NEAR = 12; // seconds a touched note sounds; milliseconds and pixels between two taps

class Editor {
  constructor(root, data) {
    this.root = root;
    this.find = (selector) => root.querySelector(selector);
    this.draft = new Draft(data);
    this.draft.recall();
    this.synth = new Synth();
    this.roll = new Roll(root, this.draft);
    this.length = data.quarter / 2;
    this.choices();
    this.listen();
    this.roll.view.scrollTop = this.roll.y(this.draft.inOrder[0].pitch) - this.roll.view.clientHeight / 2;
    this.tell();
  }

  choices() {
    const { data } = this.draft;
    const option = (value, text) => Object.assign(document.createElement("option"), { value, textContent: text });
    this.find(".grid").replaceChildren(...GRIDS.map(([quarters, name]) => option(Math.round(quarters * data.quarter), name)));
    this.find(".grid").value = String(data.quarter / 4);
    this.find(".part").replaceChildren(...data.parts.map((name, place) => option(place, name)));
    this.find(".of-part").hidden = data.parts.length < 2;
    this.find(".rest").hidden = !data.lockable;
  }

  get step() {
    return Number(this.find(".grid").value);
  }

  // To the grid, which begins anew with every bar.
  snapped(tick, round = Math.round) {
    const [start, end] = this.draft.data.bars[this.draft.barAt(tick)];
    return Math.min(start + round((tick - start) / this.step) * this.step, end);
  }

  // --- mouse and finger -----------------------------------------------------------------------

  listen() {
    const { box } = this.roll;
    box.addEventListener("pointerdown", (event) => this.pressed(event));
    box.addEventListener("pointermove", (event) => this.dragged(event));
    for (const name of ["pointerup", "pointercancel"]) box.addEventListener(name, (event) => this.released(event));
    box.addEventListener("contextmenu", (event) => event.preventDefault());
    box.addEventListener("keydown", (event) => this.typed(event));
    box.addEventListener("focusin", (event) => this.entered(event));
    const ruler = this.find(".ruler");
    ruler.addEventListener("click", (event) => this.locked(event.target.closest("button")));
    ruler.addEventListener("keydown", (event) => this.walked(event));
    const does = {
      undo: () => this.stepped(-1), redo: () => this.stepped(1), add: () => this.added(), delete: () => this.deleted(),
      nearer: () => this.roll.zoom(1.4), farther: () => this.roll.zoom(1 / 1.4), play: () => this.play(),
      keep: () => this.handed("keep", { notes: this.draft.rows }), rest: () => this.handed("rest", this.asked()),
      discard: () => this.discarded(),
    };
    for (const [name, act] of Object.entries(does)) this.find(`.${name}`).onclick = act;
  }

  pressed(event) {
    if (event.button > 0) return;
    const box = event.target.closest(".note");
    if (!box) return this.tapped(event);
    const { draft } = this, { key } = box.dataset;
    const several = event.shiftKey || event.ctrlKey || event.metaKey;
    if (several && draft.chosen.has(key)) draft.chosen.delete(key);
    else if (several) draft.chosen.add(key);
    else if (!draft.chosen.has(key)) draft.chosen = new Set([key]);
    const note = draft.notes.find((each) => each.key === key);
    const edge = box.getBoundingClientRect(), hand = event.pointerType === "touch" ? 14 : 8;
    const isEnd = edge.right - event.clientX < Math.min(hand, edge.width / 3);
    this.drag = { id: event.pointerId, note, isEnd, x: event.clientX, y: event.clientY, pitch: note.pitch };
    this.roll.box.setPointerCapture(event.pointerId);
    this.roll.focus(key);
    this.sound(note.pitch);
    this.said(draft.words(note));
    event.preventDefault();
  }

  dragged(event) {
    const { drag, draft, roll } = this;
    if (drag?.id !== event.pointerId || !draft.chosen.has(drag.note.key)) return;
    const ticks = ((event.clientX - drag.x) / roll.scale) * draft.data.quarter;
    const isStill = Math.abs(event.clientX - drag.x) < 4;
    if (drag.isEnd) {
      const end = this.snapped(drag.note.onset + drag.note.duration + ticks);
      draft.shown = isStill ? null : draft.resized(end - drag.note.onset - drag.note.duration, this.step);
    } else {
      const by = isStill ? 0 : this.snapped(Math.max(drag.note.onset + ticks, 0)) - drag.note.onset;
      draft.shown = draft.moved(by, Math.round((drag.y - event.clientY) / roll.row));
    }
    roll.draw();
    const now = draft.notes.find((note) => note.key === drag.note.key);
    if (now.pitch !== drag.pitch) this.sound(now.pitch);
    drag.pitch = now.pitch;
  }

  released(event) {
    if (this.drag?.id !== event.pointerId) return;
    const { draft } = this, { key } = this.drag.note;
    this.drag = null;
    const shown = draft.shown;
    draft.shown = null;
    if (event.type === "pointerup" && shown && draft.keep(shown)) return this.changed(key);
    this.roll.draw();
    this.tell();
  }

  // Two taps at one place add a note; one chooses nothing.
  tapped(event) {
    const last = this.tap;
    this.tap = { time: event.timeStamp, x: event.clientX, y: event.clientY };
    const isDouble =
      last && event.timeStamp - last.time < DOUBLE_MS && Math.hypot(event.clientX - last.x, event.clientY - last.y) < NEAR;
    if (!isDouble) {
      this.draft.chosen = new Set();
      return this.tell();
    }
    this.tap = null;
    const [tick, pitch] = this.roll.at(event);
    if (tick >= this.draft.total) return;
    this.put(this.snapped(Math.max(tick, 0), Math.floor), pitch, Number(this.find(".part").value));
    event.preventDefault();
  }

  // --- keys -----------------------------------------------------------------------------------

  entered(event) {
    const key = event.target.dataset?.key;
    if (!key || this.drag) return;
    if (!this.draft.chosen.has(key)) this.draft.chosen = new Set([key]);
    this.roll.current = key;
    this.tell();
  }

  typed(event) {
    const key = event.key.toLowerCase(), { shiftKey } = event;
    const isCommand = event.ctrlKey || event.metaKey;
    const acts = isCommand
      ? { z: () => this.stepped(shiftKey ? 1 : -1), y: () => this.stepped(1), a: () => this.all() }
      : {
          arrowleft: () => (shiftKey ? this.resized(-this.step) : this.moved(-this.step, 0)),
          arrowright: () => (shiftKey ? this.resized(this.step) : this.moved(this.step, 0)),
          arrowup: () => this.moved(0, shiftKey ? 12 : 1), arrowdown: () => this.moved(0, shiftKey ? -12 : -1),
          pageup: () => this.moved(0, 12), pagedown: () => this.moved(0, -12),
          ",": () => this.walk(-1), ".": () => this.walk(1), home: () => this.walk(-Infinity), end: () => this.walk(Infinity),
          n: () => this.added(), delete: () => this.deleted(), backspace: () => this.deleted(),
          l: () => this.lockedHere(), " ": () => this.sounded(), enter: () => this.sounded(),
        };
    const act = acts[key];
    if (!act || event.altKey) return;
    act();
    event.preventDefault();
    event.stopPropagation(); // Streamlit has shortcuts of its own
  }

  walk(by) {
    const notes = this.draft.inOrder;
    const place = notes.findIndex((note) => note.key === this.roll.current);
    const next = notes[Math.min(Math.max(place + by, 0), notes.length - 1)];
    this.draft.chosen = new Set([next.key]);
    this.roll.focus(next.key);
    this.sound(next.pitch);
    this.tell();
  }

  get here() {
    return this.draft.notes.find((note) => note.key === this.roll.current);
  }

  sounded() {
    this.sound(this.here.pitch);
    this.said(this.draft.words(this.here));
  }

  all() {
    this.draft.chosen = new Set(this.draft.notes.map((note) => note.key));
    this.tell();
  }

  moved(ticks, semitones) {
    if (!this.draft.picked.length) return;
    if (this.draft.keep(this.draft.moved(ticks, semitones))) {
      this.changed(this.roll.current);
      if (semitones) this.sound(this.here.pitch);
    }
  }

  resized(ticks) {
    if (this.draft.keep(this.draft.resized(ticks, this.step))) this.changed(this.roll.current);
  }

  added() {
    const after = this.here, end = after.onset + after.duration;
    const onset = end < this.draft.total ? end : after.onset;
    const part = this.draft.chosen.size ? after.part : Number(this.find(".part").value);
    this.put(onset, after.pitch, part);
  }

  put(onset, pitch, part) {
    const note = this.draft.add(onset, this.length, pitch, part);
    this.roll.draw();
    this.changed(note.key, "Added: ");
    this.sound(pitch);
  }

  deleted() {
    const { draft } = this, count = draft.chosen.size;
    if (!count) return;
    const place = draft.inOrder.findIndex((note) => draft.chosen.has(note.key));
    if (!draft.delete()) return this.said("A piece needs a note; this one stays.");
    const next = draft.inOrder[Math.min(place, draft.notes.length - 1)];
    this.roll.current = next.key;
    this.roll.draw();
    this.roll.focus(next.key);
    this.tell();
    this.said(`${count === 1 ? "A note is" : `${count} notes are`} deleted.`);
  }

  stepped(by) {
    const words = by < 0 ? "Undone." : "Redone.";
    if (!this.draft.step(by)) return;
    this.roll.draw();
    this.tell();
    this.said(words);
    const active = this.roll.box.getRootNode().activeElement;
    if (!active || active === document.body || this.roll.box.contains(active)) this.roll.focus(this.roll.current); // its note may be gone
  }

  // --- bars -----------------------------------------------------------------------------------

  locked(box) {
    if (!box) return;
    const bar = Number(box.dataset.bar);
    this.draft.lock(bar);
    this.walkedTo(box);
    this.tell();
    this.said(`${bar ? `Bar ${bar}` : "The upbeat"} is ${this.draft.isLocked(bar) ? "locked" : "no longer locked"}.`);
  }

  lockedHere() {
    if (this.draft.data.lockable) this.locked(this.find(`.ruler [data-bar="${this.draft.data.bars[this.draft.barAt(this.here.onset)][3]}"]`));
  }

  walked(event) {
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key], box = event.target.closest("button");
    if (!by || !box) return;
    const next = by < 0 ? box.previousElementSibling : box.nextElementSibling;
    if (next) {
      this.walkedTo(next);
      next.focus();
    }
    event.preventDefault();
    event.stopPropagation();
  }

  walkedTo(box) {
    for (const each of this.find(".ruler").children) each.tabIndex = each === box ? 0 : -1;
  }

  // --- what is heard --------------------------------------------------------------------------

  sound(pitch) {
    if (!this.playing) this.synth.touch(pitch, TOUCH_SECONDS, "touch");
  }

  play() {
    if (this.playing) return this.stop();
    const { draft } = this, [start] = draft.data.bars[draft.barAt(this.here.onset)];
    const ticks = (draft.data.tempo / 60) * draft.data.quarter; // a second
    const waiting = draft.inOrder.filter((note) => note.onset >= start);
    const began = performance.now();
    this.find(".play").setAttribute("aria-pressed", "true");
    this.find(".play").textContent = "■ Stop";
    this.playing = setInterval(() => {
      const now = start + ((performance.now() - began) / 1000) * ticks;
      while (waiting.length && waiting[0].onset <= now) {
        const note = waiting.shift();
        this.synth.touch(note.pitch, Math.max((note.duration / ticks) * 0.92, 0.05), note.key);
      }
      this.roll.head(Math.min(now, draft.total));
      if (now >= draft.total) this.stop();
    }, 20);
  }

  stop() {
    clearInterval(this.playing);
    this.playing = undefined;
    this.synth.silence();
    this.roll.head(null);
    this.find(".play").setAttribute("aria-pressed", "false");
    this.find(".play").textContent = "▶ Hear it";
  }

  // --- what is said, kept and sent ------------------------------------------------------------

  changed(key, before = "") {
    this.roll.current = key;
    this.roll.draw();
    this.roll.focus(key);
    this.length = this.here.duration;
    this.tell();
    this.said(before + this.draft.words(this.here));
  }

  said(words) {
    this.find(".told").value = words;
  }

  tell() {
    const { draft } = this, { changes, locked } = draft;
    this.roll.mark();
    const free = draft.data.bars.length - locked.size;
    this.find(".undo").disabled = !draft.at;
    this.find(".redo").disabled = draft.at === draft.steps.length - 1;
    this.find(".delete").disabled = !draft.chosen.size;
    this.find(".keep").disabled = !changes || this.isSent;
    this.find(".discard").disabled = (!changes && !locked.size) || this.isSent;
    this.find(".rest").disabled = !locked.size || !free || this.isSent;
    const words = [];
    if (changes) words.push(`${changes} ${changes === 1 ? "change" : "changes"} not kept yet`);
    const count = draft.lockedNumbers.length;
    if (count) words.push(`${count} ${count === 1 ? "bar" : "bars"} locked`);
    if (!draft.data.lockable) words.push(draft.data.why);
    this.find(".state").textContent = words.join(" · ");
    this.find(".editor").classList.toggle("dirty", changes > 0);
    draft.remember();
  }

  asked() {
    return { bars: [...this.draft.locked].sort((a, b) => a - b), notes: this.draft.changes ? this.draft.rows : null };
  }

  handed(what, value) {
    this.stop();
    this.isSent = true;
    this.tell();
    this.send(what, value);
  }

  // The server ran again and the editor is still here: what was sent was refused, and may be mended and sent once more.
  answered({ refused }) {
    if (refused !== this.refused && this.refused !== undefined) {
      this.isSent = false;
      this.tell();
    }
    this.refused = refused;
  }

  discarded() {
    const { key } = this.draft.original[0];
    this.draft.reset();
    this.roll.current = key;
    this.roll.draw();
    this.tell();
    this.said("All changes are discarded.");
  }

  close() {
    this.stop();
    this.synth.close();
    if (this.isSent) this.draft.forget(); // it is a composition of its own now
  }
}
