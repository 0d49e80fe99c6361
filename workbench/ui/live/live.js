// The instrument of the page Live: it plays bars as they come, and asks for the next.
//
// Streamlit calls the default export again with every rerun and keeps the DOM, so there is one Live per mounted element. Bars are counted
// from 0, times are seconds of the audio clock, and what the server tells of a bar is counted in quarter notes.

const instruments = new WeakMap();

export default function ({ parentElement, data, setTriggerValue }) {
  if (!instruments.has(parentElement)) instruments.set(parentElement, new Live(parentElement, data));
  const live = instruments.get(parentElement);
  live.send = setTriggerValue;
  live.receive(data);
  return () => {
    instruments.get(parentElement)?.close();
    instruments.delete(parentElement);
  };
}

const signed = (value, less, none, more) => (value === 0 ? none : `${value < 0 ? less : more}, ${Math.abs(value)}`);
const SLIDERS = [
  { name: "creativity", label: "Creativity", min: 0, max: 10, step: 0.5, ends: ["cautious", "adventurous"],
    say: (value) => (value === 5 ? "5, as learned" : String(value)) },
  { name: "density", label: "Notes", min: -3, max: 3, step: 0.25, ends: ["few", "many"],
    say: (value) => signed(value, "fewer", "as learned", "more") },
  { name: "register", label: "Register", min: -1, max: 1, step: 0.25, ends: ["low", "high"],
    say: (value) => signed(value, "lower", "open", "higher") },
  { name: "tempo", label: "Tempo", min: 40, max: 240, step: 2, ends: ["slow", "fast"], say: (value) => `${value} a minute` },
  { name: "loudness", label: "Loudness", min: 20, max: 120, step: 5, ends: ["soft", "loud"], say: String },
];
const TICK = 50; // milliseconds between two looks at the clock
const SOON = 0.06; // seconds from having the first bar to its sound
const LEAST_LEAD = 1.2, HIDDEN_LEAD = 3; // seconds of music there have to be before the next bar is asked for; more where the timer is slowed down
const PATIENCE = 4000, BREATH = 100; // milliseconds, then a bar is asked for again: with no answer, and where it was not ready
const TAKES_SPACE = ["button", "input", "textarea", "select", "a", "summary", "audio", "canvas", "[contenteditable='true']",
  ...["button", "checkbox", "radio", "switch", "combobox", "listbox", "option", "menu", "tab", "slider", "grid", "dialog", "application"]
    .map((role) => `[role='${role}']`)].join(", ");
const PEAK = 0.3; // of a note of full loudness, when it is alone

class Live {
  constructor(root, data) {
    this.root = root;
    this.find = (selector) => root.querySelector(selector);
    this.synth = new Synth();
    this.what = data.what;
    this.forget();
    this.draw(data.wishes);
    this.roll = new Roll(this);
    this.find(".play").onclick = () => this.toggle();
    this.find(".close").onclick = () => this.closeIt();
    this.typed = (event) => this.keyed(event);
    window.addEventListener("keydown", this.typed);
  }

  get isPlaying() {
    return this.timer !== undefined;
  }

  forget() {
    this.play = 0;
    this.bars = []; // with `start` and `seconds`, notes, and the wishes it was asked for with
    this.asked = null; // the bar that is waited for
    this.isClosing = this.isWaiting = false;
    this.open = new Map(); // voices that may sound on in the next bar, by part and pitch
  }

  // --- beginning and ending -------------------------------------------------------------------

  toggle() {
    if (this.isPlaying) this.stop("Stopped. What you heard is kept below.");
    else this.begin();
  }

  begin() {
    this.forget();
    this.clicked = performance.now();
    this.synth.context; // made here, in a click: browsers allow no other place
    this.play = 1 + Math.floor(Math.random() * (2 ** 31 - 2));
    this.timer = setInterval(() => this.tick(), TICK);
    this.show("playing", "Composing the first bar …");
    this.ask();
    this.roll.run();
  }

  stop(words) {
    if (!this.isPlaying) return;
    clearInterval(this.timer);
    this.timer = undefined;
    const heard = this.heard();
    this.bars.length = heard;
    this.stopped = heard;
    this.synth.hush();
    this.show("idle", heard ? words : words.replace("What you heard is kept below.", "Nothing was heard yet."));
    this.send("stop", { play: this.play, bars: heard });
  }

  closeIt() {
    this.isClosing = true;
    this.find(".close").disabled = true;
    this.say("Ending: two more bars.");
  }

  close() {
    clearInterval(this.timer);
    this.roll.close();
    window.removeEventListener("keydown", this.typed);
    this.synth.hush();
    setTimeout(() => this.synth.close(), 200);
  }

  // How many bars have begun to sound.
  heard() {
    const now = this.now();
    return this.bars.filter((bar) => bar.start <= now).length;
  }

  // --- asking for bars, and playing them ------------------------------------------------------

  now() {
    return this.synth.made?.currentTime ?? 0;
  }

  get end() {
    const last = this.bars.at(-1);
    return last ? last.start + last.seconds : this.now();
  }

  get hasEnd() {
    return this.bars.at(-1)?.left === 0;
  }

  ask() {
    const wishes = this.wishes();
    this.asked = { play: this.play, bar: this.bars.length, wishes, closes: this.isClosing };
    this.askAgain();
  }

  askAgain() {
    this.askedAt = performance.now();
    this.send("ask", this.asked);
  }

  tick() {
    const left = this.end - this.now();
    if (this.hasEnd) {
      if (left < -0.4) this.stop("It came to its close. What you heard is kept below.");
      return;
    }
    if (this.asked) {
      if (performance.now() - this.askedAt > PATIENCE) this.askAgain();
      if (this.bars.length && left < 0 && !this.isWaiting) {
        this.isWaiting = true;
        this.say("The music waits at the bar line: the next bar is being composed.");
      }
    } else if (left < Math.max(this.bars.at(-1).seconds, document.hidden ? HIDDEN_LEAD : LEAST_LEAD)) this.ask();
    if (!this.isWaiting) this.tell();
  }

  receive(data) {
    if (data.what !== this.what) {
      this.what = data.what;
      this.stop("Stopped, because model, key or meter changed. What you heard is kept below.");
    }
    this.pitches = data.pitches;
    if (!this.isPlaying || data.play !== this.play) return;
    if (data.failed) this.stop(`${data.failed} What you heard is kept below.`);
    else if (data.bar === this.asked?.bar) {
      if (data.sound) this.take(data.sound);
      else this.askedAt = performance.now() - PATIENCE + BREATH; // it takes longer than the server waits
    }
  }

  take(bar) {
    const start = Math.max(this.end, this.now() + (this.bars.length ? 0.02 : SOON));
    const quarter = 60 / bar.tempo;
    for (const [length, pitch, part] of bar.held) this.sing(part, pitch, bar, start, 0, length, 80, true);
    const before = this.open;
    this.open = new Map([...before].filter(([, voice]) => voice.goesOn === bar.bar));
    for (const [onset, length, pitch, velocity, part] of bar.notes) this.sing(part, pitch, bar, start, onset, length, velocity, false);
    this.bars.push({ ...bar, start, seconds: bar.quarters * quarter, wishes: this.asked.wishes });
    this.asked = null;
    this.isWaiting = false;
    if (this.bars.length === 1) this.firstSounds(start);
    if (this.isClosing || bar.left !== null) this.find(".close").disabled = true;
  }

  // A note, or the rest of one that sounds on from the bar before. What reaches the bar line may be held longer when the next bar is there.
  sing(part, pitch, bar, start, onset, length, velocity, isHeld) {
    const quarter = 60 / bar.tempo, name = `${part} ${pitch}`;
    const end = start + (onset + length) * quarter;
    let voice = isHeld ? this.open.get(name) : undefined;
    if (!voice || !this.synth.lengthen(voice, end)) {
      const loud = (velocity / 127) ** 1.5 * PEAK;
      voice = this.synth.note(pitch, start + onset * quarter, end, loud);
    }
    const reaches = onset + length > bar.quarters - 0.001;
    voice.goesOn = reaches ? bar.bar : -1;
    if (reaches) this.open.set(name, voice);
  }

  // For measuring: milliseconds from the click to the first sound, the delay of the sound card included where it is known.
  firstSounds(start) {
    const { currentTime, baseLatency = 0, outputLatency = 0 } = this.synth.made;
    const wait = (start - currentTime + Math.max(baseLatency, outputLatency)) * 1000;
    this.root.querySelector(".live").dataset.firstSound = Math.round(performance.now() - this.clicked + wait);
  }

  // --- what people see and do -----------------------------------------------------------------

  draw(wishes) {
    this.inputs = {};
    for (const slider of SLIDERS) {
      const box = document.createElement("div");
      box.className = "slider";
      const id = `live-${slider.name}`;
      box.innerHTML = `<label for="${id}"><span>${slider.label}</span><span class="value"></span></label>
        <input type="range" id="${id}" min="${slider.min}" max="${slider.max}" step="${slider.step}">
        <div class="ends" aria-hidden="true"><span>${slider.ends[0]}</span><span>${slider.ends[1]}</span></div>`;
      const input = box.querySelector("input"), shown = box.querySelector(".value");
      const tell = () => {
        shown.textContent = slider.say(Number(input.value));
        input.setAttribute("aria-valuetext", shown.textContent);
      };
      input.value = wishes[slider.name];
      input.oninput = () => {
        tell();
        this.moved();
      };
      tell();
      this.inputs[slider.name] = input;
      this.find(".sliders").append(box);
    }
  }

  wishes() {
    return Object.fromEntries(Object.entries(this.inputs).map(([name, input]) => [name, Number(input.value)]));
  }

  // The bar that is asked for next is the first to follow.
  moved() {
    if (!this.isPlaying || !this.bars.length) return;
    this.follows = this.bars.length + (this.asked ? 1 : 0);
    this.tell();
  }

  keyed(event) {
    if (event.code !== "Space" || event.repeat || event.ctrlKey || event.altKey || event.metaKey) return;
    const target = event.composedPath()[0];
    const isOwnSlider = target.type === "range" && this.root.contains(target);
    if (event.defaultPrevented || (target.closest?.(TAKES_SPACE) && !isOwnSlider)) return; // it means something else there
    event.preventDefault();
    this.toggle();
  }

  show(state, words) {
    this.find(".live").dataset.state = state;
    this.find(".word").textContent = state === "playing" ? "Stop" : "Play";
    this.find(".close").disabled = state !== "playing";
    this.follows = undefined;
    this.say(words);
  }

  say(words) {
    const state = this.find(".state");
    if (state.value !== words) state.value = words;
  }

  // Screen readers would never come to an end with a word for every bar, so only what a person did is said aloud.
  tell() {
    const heard = this.heard();
    if (!heard || this.isClosing) return;
    const follows = this.follows >= heard ? ` The sliders are heard from bar ${this.follows + 1}.` : "";
    this.find(".state").setAttribute("aria-live", follows ? "polite" : "off");
    this.say(`Bar ${heard}.${follows}`);
  }
}
