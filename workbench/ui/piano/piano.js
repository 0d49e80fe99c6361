// The piano: keys that sound, and a list of what was played.
//
// Streamlit calls the default export again with every rerun and keeps the DOM, so there is one Piano per mounted
// element. Times of a take are seconds from its first note; pitches are MIDI numbers.

const pianos = new WeakMap();

export default function ({ parentElement, setTriggerValue }) {
  if (!pianos.has(parentElement)) pianos.set(parentElement, new Piano(parentElement));
  pianos.get(parentElement).send = (take) => setTriggerValue("take", take);
  return () => {
    pianos.get(parentElement)?.close();
    pianos.delete(parentElement);
  };
}

const LETTERS = "awsedftgyhujkolp;'"; // from C upward, as the keys of a piano lie
const BLACK = [1, 3, 6, 8, 10];
const NAMES = ["C", "", "D", "", "E", "F", "", "G", "", "A", "", "B"];
const LOWEST_C = 24, HIGHEST_C = 84; // of the keyboard's left end
const MOST_NOTES = 512, MOST_SECONDS = 600;

class Piano {
  constructor(root) {
    this.root = root;
    this.find = (selector) => root.querySelector(selector);
    this.keys = this.find(".keys");
    this.synth = new Synth();
    this.metronome = new Metronome(this.synth);
    this.base = 60;
    this.held = new Map(); // who holds a key (a letter, a finger, the MIDI keyboard): its pitch
    this.forget();
    this.draw();
    this.listen();
  }

  // --- playing --------------------------------------------------------------------------------

  press(who, pitch) {
    if (this.held.has(who) || pitch < 0 || pitch > 127) return;
    this.held.set(who, pitch);
    this.synth.on(pitch);
    this.light(pitch, true);
    const now = performance.now() / 1000;
    if (!this.notes.length) this.began = now;
    if (this.notes.length >= MOST_NOTES || now - this.began > MOST_SECONDS - 60) return;
    this.notes.push({ who, pitch, on: now - this.began, off: null });
    this.tell();
  }

  release(who) {
    const pitch = this.held.get(who);
    if (pitch === undefined) return;
    this.held.delete(who);
    if (![...this.held.values()].includes(pitch)) {
      this.synth.off(pitch);
      this.light(pitch, false);
    }
    const note = this.notes.findLast((each) => each.who === who && each.off === null);
    if (note) note.off = this.now();
  }

  releaseAll() {
    for (const who of [...this.held.keys()]) this.release(who);
  }

  now() {
    return performance.now() / 1000 - this.began;
  }

  // --- the take -------------------------------------------------------------------------------

  forget() {
    this.notes = [];
    this.began = 0;
    this.tell();
  }

  tell() {
    const count = this.notes.length;
    this.find(".count").value = count ? `${count} ${count === 1 ? "note" : "notes"} played` : "Nothing played yet";
    for (const name of [".done", ".again"]) this.find(name).disabled = !count;
  }

  hand() {
    this.releaseAll();
    const notes = this.notes.map(({ on, off, pitch }) => [on, Math.max(off ?? 0, on + 0.02), pitch]);
    const tempo = this.metronome.isOn ? this.tempo() : null;
    this.metronome.stop();
    this.find(".metronome").checked = false;
    this.forget();
    this.send({ notes, tempo });
  }

  tempo() {
    return Math.min(Math.max(Number(this.find(".tempo").value) || 90, 30), 240);
  }

  // --- what is seen ---------------------------------------------------------------------------

  draw() {
    this.isNarrow = this.keys.clientWidth > 0 && this.keys.clientWidth < 480;
    const whites = this.isNarrow ? 10 : 15;
    const keys = [];
    let place = 0; // white keys so far
    for (let step = 0; place < whites; step++) {
      const isBlack = BLACK.includes(step % 12);
      if (!isBlack) place++;
      const width = (isBlack ? 0.62 : 1) * (100 / whites);
      const left = isBlack ? (place * 100) / whites - width / 2 : ((place - 1) * 100) / whites;
      keys.push(this.key(this.base + step, LETTERS[step] ?? "", isBlack, left, width));
    }
    this.keys.replaceChildren(...keys);
    this.find(".lower").disabled = this.base <= LOWEST_C;
    this.find(".higher").disabled = this.base >= HIGHEST_C;
  }

  key(pitch, letter, isBlack, left, width) {
    const key = document.createElement("div");
    key.className = `key ${isBlack ? "black" : "white"}`;
    key.dataset.pitch = pitch;
    key.style.left = `${left}%`;
    key.style.width = `${width}%`;
    const letterBox = document.createElement("span");
    letterBox.className = "letter";
    letterBox.textContent = letter.toUpperCase();
    const name = document.createElement("span");
    name.textContent = NAMES[pitch % 12];
    if (pitch % 12 === 0) name.textContent += pitch / 12 - 1; // the octave
    key.append(letterBox, name);
    return key;
  }

  light(pitch, isDown) {
    this.keys.querySelector(`[data-pitch="${pitch}"]`)?.classList.toggle("down", isDown);
  }

  shift(octaves) {
    this.releaseAll();
    this.base = Math.min(Math.max(this.base + 12 * octaves, LOWEST_C), HIGHEST_C);
    this.draw();
  }

  // --- what people do -------------------------------------------------------------------------

  listen() {
    this.keys.addEventListener("pointerdown", (event) => this.pointed(event));
    this.keys.addEventListener("pointermove", (event) => this.slid(event));
    for (const name of ["pointerup", "pointercancel"])
      this.keys.addEventListener(name, (event) => this.release(`pointer ${event.pointerId}`));
    this.keys.addEventListener("contextmenu", (event) => event.preventDefault());
    this.keys.addEventListener("keydown", (event) => this.typed(event));
    this.keys.addEventListener("keyup", (event) => this.release(`letter ${event.code}`));
    this.keys.addEventListener("blur", () => this.releaseAll());
    this.find(".hint").addEventListener("click", () => this.keys.focus());
    this.find(".lower").onclick = () => this.shift(-1);
    this.find(".higher").onclick = () => this.shift(1);
    this.find(".again").onclick = () => this.forget();
    this.find(".done").onclick = () => this.hand();
    this.find(".metronome").onchange = (event) =>
      event.target.checked ? this.metronome.start(() => this.tempo()) : this.metronome.stop();
    this.resized = new ResizeObserver(() => {
      if (this.isNarrow !== this.keys.clientWidth < 480) this.shift(0);
    });
    this.resized.observe(this.keys);
    this.findMidi();
  }

  pointed(event) {
    const key = event.target.closest(".key");
    if (!key || event.button > 0) return;
    this.keys.focus({ preventScroll: true });
    this.keys.setPointerCapture(event.pointerId);
    this.press(`pointer ${event.pointerId}`, Number(key.dataset.pitch));
    event.preventDefault();
  }

  // Who slides over the keys plays them one after another.
  slid(event) {
    const who = `pointer ${event.pointerId}`;
    if (!this.held.has(who)) return;
    const key = this.root.getRootNode().elementFromPoint(event.clientX, event.clientY)?.closest?.(".key");
    if (!key || Number(key.dataset.pitch) === this.held.get(who)) return;
    this.release(who);
    this.press(who, Number(key.dataset.pitch));
  }

  typed(event) {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const letter = event.key.toLowerCase();
    if (letter === "z" || letter === "x") {
      if (!event.repeat) this.shift(letter === "z" ? -1 : 1);
    } else if (LETTERS.includes(letter)) {
      if (!event.repeat) this.press(`letter ${event.code}`, this.base + LETTERS.indexOf(letter));
    } else return;
    event.preventDefault();
    event.stopPropagation(); // Streamlit has shortcuts of its own
  }

  // --- a MIDI keyboard ------------------------------------------------------------------------

  findMidi() {
    const button = this.find(".midi");
    button.hidden = !navigator.requestMIDIAccess;
    button.onclick = async () => {
      try {
        this.midi = await navigator.requestMIDIAccess();
        this.midi.onstatechange = () => this.connect();
        this.connect();
      } catch {
        button.textContent = "The browser does not allow MIDI keyboards";
      }
    };
  }

  connect() {
    const inputs = [...this.midi.inputs.values()];
    for (const input of inputs) input.onmidimessage = ({ data }) => this.heard(data);
    const names = inputs.map((input) => input.name).join(", ");
    this.find(".midi").textContent = names ? `${names} is connected` : "No MIDI keyboard found; plug one in";
  }

  heard([status, pitch, velocity]) {
    const kind = status & 0xf0;
    if (kind === 0x90 && velocity) this.press(`midi ${pitch}`, pitch);
    else if (kind === 0x80 || kind === 0x90) this.release(`midi ${pitch}`);
  }

  close() {
    this.releaseAll();
    this.metronome.stop();
    this.resized.disconnect();
    if (this.midi) {
      this.midi.onstatechange = null;
      for (const input of this.midi.inputs.values()) input.onmidimessage = null;
    }
    this.synth.close();
  }
}

// Beats on the audio clock, planned a little ahead: timers of a page are late, the audio clock is not.
class Metronome {
  constructor(synth) {
    this.synth = synth;
  }

  get isOn() {
    return this.timer !== undefined;
  }

  start(tempo) {
    let next = this.synth.context.currentTime + 0.1;
    this.timer = setInterval(() => {
      while (next < this.synth.context.currentTime + 0.2) {
        this.synth.tick(next);
        next += 60 / tempo();
      }
    }, 50);
  }

  stop() {
    clearInterval(this.timer);
    this.timer = undefined;
  }
}
