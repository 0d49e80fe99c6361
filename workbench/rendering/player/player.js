// The score player: shows an engraved score, plays its sound, colours the notes that sound.
//
// Streamlit calls the default export again with every change of data or theme and keeps the DOM, so there is one
// Player per mounted element, and it touches only what has changed. Times are milliseconds
// of the music, wherever no unit is named.

const players = new WeakMap();

export default function ({ data, parentElement, setStateValue }) {
  if (!players.has(parentElement)) players.set(parentElement, new Player(parentElement));
  players.get(parentElement).update(data, setStateValue);
  return () => {
    players.get(parentElement)?.close();
    players.delete(parentElement);
  };
}

const REACH = 22; // pixels around a note head that still count as a click on it
const PATIENCE = 2000; // milliseconds until the page goes on without the sound: telephones load none before a touch
const STARTED = "workbench-player-started"; // tells the other players of the page to be quiet

class Player {
  constructor(root) {
    this.root = root;
    this.find = (selector) => root.querySelector(selector);
    this.player = this.find(".player");
    this.audio = this.find("audio");
    this.sheet = this.find(".sheet");
    this.seekBar = this.find(".seek");
    this.rate = this.find(".rate");
    this.line = new Timeline([]);
    this.bars = new Bars([], 0);
    this.metronome = new Metronome(this);
    this.lit = new Set();
    this.segment = null;
    this.listen();
  }

  // --- what Streamlit gives -------------------------------------------------------------------

  // The drawing and its times come from an address of their own, so that a rerun does not bring them again.
  update(data, tell) {
    this.tell = tell;
    this.latest = data;
    if (!data.drawing) return this.apply(data);
    if (data.drawing === this.fetched?.from) return this.apply({ ...data, ...this.fetched.music });
    return fetch(resolve(data.drawing))
      .then((answer) => (answer.ok ? answer.json() : Promise.reject(answer.status)))
      .then((music) => {
        this.fetched = { from: data.drawing, music };
        if (this.latest === data) this.apply({ ...data, ...music });
      })
      .catch(() => this.latest === data && this.complain("The score could not be loaded. Reload the page to try again."));
  }

  apply(data) {
    this.asks = data.asks;
    this.find(".asking").hidden = !data.asks;
    const drawing = JSON.stringify(data.engravings.map((one) => one.pages));
    const times = JSON.stringify([data.notes, data.bars]);
    const [isNew, isRetimed] = [drawing !== this.drawing, times !== this.times];
    const place = isNew ? null : this.bars.place(this.now()); // the same score, played otherwise, goes on where it was
    if (isNew || isRetimed) this.retime(data, times);
    if (isNew) {
      this.drawing = drawing;
      this.engravings = data.engravings;
      this.shown = this.engravings.find((one) => isSame(one, this.shown)); // others may join it
      this.offerLoop();
    }
    if (data.audio !== this.source) {
      this.source = data.audio;
      this.load(data.audio, place); // before the score is laid out, so that the sound is on its way meanwhile
    }
    if (isNew) this.fit();
    this.marked = data.marked;
    this.mark(); // the same page may have other notes marked
    this.player.setAttribute("aria-label", `${data.label}: player`);
    this.sheet.setAttribute("aria-label", `${data.label}. Arrow keys step from note to note, Enter plays.`);
    if (data.summary) this.sheet.setAttribute("aria-description", data.summary);
    addFont(data.font);
    this.draw();
  }

  retime(data, times) {
    this.times = times;
    this.line = new Timeline(data.notes);
    this.seconds = data.seconds;
    this.bars = new Bars(data.bars ?? [], data.seconds * 1000);
    this.segment = null;
  }

  // ``place`` is where in the bars to go on, null for the beginning of other music.
  load(source, place) {
    const goesOn = place !== null && !this.audio.paused;
    this.audio.pause();
    this.stopped(); // the pause event is lost when the source changes
    this.complain("");
    if (source) this.audio.src = resolve(source);
    if (place !== null) this.audio.currentTime = this.bars.time(place) / 1000; // kept until the length is known
    clearTimeout(this.patience);
    this.patience = setTimeout(() => this.ready(), PATIENCE);
    this.find(".play").disabled = !source;
    this.setRate();
    if (goesOn) this.play();
  }

  // What else the page has to draw waits for this, so that it does not hold up the sound.
  ready() {
    if (this.told === this.source) return;
    this.told = this.source;
    this.tell("ready", this.source);
  }

  close() {
    this.latest = null;
    this.audio.pause();
    this.audio.removeAttribute("src");
    this.metronome.close();
    this.observer.disconnect();
    window.removeEventListener(STARTED, this.hush);
    cancelAnimationFrame(this.frame);
    clearTimeout(this.patience);
  }

  // --- what the person does -------------------------------------------------------------------

  listen() {
    const { audio } = this;
    this.find(".play").onclick = () => this.toggle();
    this.seekBar.oninput = () => this.seek(this.seekBar.valueAsNumber * 1000);
    this.rate.oninput = () => this.setRate();
    this.find(".volume").oninput = () => this.setVolume();
    this.find(".metronome").onchange = () => this.metronome.restart();
    this.find(".highlighting").onchange = () => {
      this.segment = null;
      this.draw();
    };
    this.find(".looping").onchange = () => this.offerLoop();
    for (const input of this.player.querySelectorAll(".loop input[type=number]")) input.onchange = () => this.offerLoop();
    this.player.onkeydown = (event) => this.press(event);
    this.sheet.onclick = (event) => this.click(event);
    audio.onplay = () => this.started();
    audio.onpause = () => this.stopped();
    audio.onended = () => (this.loop() ? this.turnBack() : this.stopped());
    audio.ontimeupdate = () => this.keepLoop(); // a page in the background draws no frames
    audio.onseeked = () => {
      this.metronome.restart();
      this.draw();
    };
    audio.onloadedmetadata = () => this.draw();
    audio.oncanplay = () => this.ready();
    audio.onerror = () => {
      if (!this.source) return;
      this.complain("The sound could not be loaded. Reload the page to try again.");
      this.ready();
    };
    this.hush = (event) => event.detail !== this && audio.pause();
    window.addEventListener(STARTED, this.hush);
    this.observer = new ResizeObserver(() => this.fit());
    this.observer.observe(this.sheet);
  }

  toggle() {
    if (this.audio.paused) this.play();
    else this.audio.pause();
  }

  play() {
    const loop = this.loop();
    if (loop && (this.now() < loop.start || this.now() >= loop.end)) this.seek(loop.start);
    this.audio.play().catch((error) => {
      if (error.name === "NotAllowedError") this.complain("The browser holds the sound back. Press play once more.");
    });
  }

  seek(time) {
    this.before = time;
    this.audio.currentTime = Math.min(time / 1000, this.length());
    this.draw();
  }

  setRate() {
    const rate = this.rate.valueAsNumber / 100;
    this.audio.preservesPitch = true;
    this.audio.defaultPlaybackRate = rate;
    this.audio.playbackRate = rate;
    this.find(".rate-value").textContent = `${this.rate.value} %`;
    this.rate.setAttribute("aria-valuetext", `${this.rate.value} percent`);
    fill(this.rate);
  }

  setVolume() {
    const slider = this.find(".volume");
    this.audio.volume = slider.valueAsNumber / 100;
    slider.setAttribute("aria-valuetext", `${slider.value} percent`);
    fill(slider);
  }

  // --- a range of bars, again and again ---------------------------------------------------------

  // Keeps the two numbers within the score and in order.
  offerLoop() {
    const [first, last] = this.bars.numbers();
    this.find(".loop").hidden = this.find(".beating").hidden = first === undefined;
    const [from, to] = [this.find(".loop-from"), this.find(".loop-to")];
    for (const input of [from, to]) [input.min, input.max] = [first, last];
    const within = (input, other) => Math.max(first, Math.min(last, Math.round(input.valueAsNumber) || other));
    from.value = from.value === "" ? first : within(from, first);
    to.value = to.value === "" ? Math.min(last, first + 3) : Math.max(within(to, last), from.valueAsNumber);
    this.before = this.now();
  }

  // Start and end in milliseconds, null while no range is asked for.
  loop() {
    if (!this.find(".looping").checked || !this.bars.starts.length) return null;
    return this.bars.range(this.find(".loop-from").valueAsNumber, this.find(".loop-to").valueAsNumber);
  }

  // Who goes beyond the end of the range by hand may; the music alone turns back.
  keepLoop() {
    const [loop, now, before] = [this.loop(), this.now(), this.before ?? 0];
    this.before = now;
    if (loop && !this.audio.paused && before < loop.end && now >= loop.end) this.turnBack();
  }

  turnBack() {
    this.seek(this.loop().start);
    if (this.audio.paused) this.play();
  }

  // --- clicks and keys --------------------------------------------------------------------------

  click(event) {
    const note = event.target.closest(".note") ?? this.nearest(event.clientX, event.clientY);
    if (note) this.hearFrom(note);
  }

  nearest(x, y) {
    let best = null;
    let distance = REACH;
    for (const head of this.sheet.querySelectorAll(".notehead")) {
      const box = head.getBoundingClientRect();
      const away = Math.hypot(x - (box.left + box.right) / 2, y - (box.top + box.bottom) / 2);
      if (away < distance) [best, distance] = [head.closest(".note"), away];
    }
    return best;
  }

  hearFrom(note) {
    const onset = this.line.onsets.get(note.id);
    if (onset === undefined) return;
    this.seek(onset);
    this.before = this.now();
    this.audio.play().catch(() => this.play());
    this.ask(note);
  }

  // The page may say more of a note; it is told the note's number.
  ask(note) {
    if (this.asks) this.tell("note", Number(note.id.replace(/^n(\d+).*$/, "$1")));
  }

  press(event) {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const onSlider = event.target.matches("input");
    const isSpaceOfIts = event.target.matches("button, summary, input[type=checkbox]");
    const note = event.target.closest(".note");
    const steps = { ArrowRight: 1, ArrowLeft: -1 };
    if (event.key === " " && !isSpaceOfIts) this.toggle();
    else if (event.key === "Enter" && note) this.hearFrom(note);
    else if (event.key in steps && !onSlider) this.step(steps[event.key]);
    else if (event.key === "Home" && !onSlider) this.step(-Infinity);
    else return;
    event.preventDefault();
  }

  step(by) {
    const moment = this.line.moment(this.now(), by);
    if (!moment) return;
    this.seek(moment.time);
    const note = this.sheet.querySelector(`#${CSS.escape(moment.ids[0])}`);
    if (!note) return;
    this.sheet.querySelector(".note[tabindex]")?.removeAttribute("tabindex");
    note.setAttribute("tabindex", "-1");
    note.focus({ preventScroll: true });
  }

  // --- what is seen -----------------------------------------------------------------------------

  fit() {
    const width = this.sheet.clientWidth;
    if (!width || !this.engravings) return;
    const misfit = (one) => Math.abs(Math.log(width / one.width));
    const best = this.engravings.reduce((a, b) => (misfit(b) < misfit(a) ? b : a));
    if (best === this.shown) return;
    this.shown = best;
    this.sheet.replaceChildren(...best.pages.map((text) => page(text, best.width)));
    for (const note of this.sheet.querySelectorAll(".note")) note.setAttribute("role", "button");
    this.mark();
    this.lit.clear();
    this.segment = null;
    this.system = null;
    this.draw();
  }

  mark() {
    const marked = new Set(this.marked);
    for (const note of this.sheet.querySelectorAll(".note"))
      note.classList.toggle("marked", marked.has(note.id.replace(/-\d+$/, ""))); // tied notes are n12, n12-2, …
  }

  started() {
    window.dispatchEvent(new CustomEvent(STARTED, { detail: this }));
    this.complain("");
    this.setState("playing", "Pause");
    this.metronome.restart();
    const tick = () => {
      this.keepLoop();
      this.draw();
      this.frame = requestAnimationFrame(tick);
    };
    cancelAnimationFrame(this.frame);
    tick();
  }

  stopped() {
    cancelAnimationFrame(this.frame);
    this.metronome.stop();
    this.setState("paused", "Play");
    this.draw();
  }

  setState(state, action) {
    this.player.dataset.state = state;
    this.find(".play").setAttribute("aria-label", action);
  }

  draw() {
    const now = this.now();
    const clock = `${clockTime(now / 1000)} / ${clockTime(this.length())}`;
    if (clock !== this.clock) {
      this.clock = clock;
      this.find(".clock").textContent = clock;
      this.seekBar.setAttribute("aria-valuetext", clock.replace("/", "of"));
    }
    this.seekBar.max = this.length();
    this.seekBar.value = now / 1000;
    fill(this.seekBar);
    const untouched = now === 0 && this.audio.paused; // a score just opened has no note in colour
    const segment = untouched ? -1 : this.line.segment(now);
    const isDark = !this.find(".highlighting").checked;
    if (segment === this.segment) return;
    this.segment = segment;
    this.light(isDark ? [] : (this.line.active[segment] ?? []));
    if (isDark) this.sayWhere(this.bars.numberAt(now));
  }

  light(ids) {
    const next = new Set();
    for (const id of ids) {
      const note = this.sheet.querySelector(`#${CSS.escape(id)}`);
      if (note) next.add(note);
    }
    for (const note of this.lit) if (!next.has(note)) note.classList.remove("sounding");
    for (const note of next) note.classList.add("sounding");
    this.lit = next;
    const [first] = next;
    if (first) this.follow(first);
  }

  follow(note) {
    this.sayWhere(note.closest(".measure")?.dataset.n);
    const system = note.closest(".system");
    if (!system || system === this.system) return;
    this.system = system;
    const box = system.getBoundingClientRect();
    const view = this.sheet.getBoundingClientRect();
    if (box.top >= view.top && box.bottom <= view.bottom) return;
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    const top = this.sheet.scrollTop + box.top - view.top - 24;
    this.sheet.scrollTo({ top, behavior: calm ? "auto" : "smooth" });
  }

  sayWhere(bar) {
    this.find(".where").textContent = Number(bar) === 0 ? "Upbeat" : bar ? `Bar ${bar}` : "\u00a0";
  }

  complain(sentence) {
    const place = this.find(".trouble");
    place.textContent = sentence;
    place.hidden = !sentence;
  }

  now() {
    return this.audio.currentTime * 1000;
  }

  length() {
    return Number.isFinite(this.audio.duration) ? this.audio.duration : this.seconds || 0;
  }
}

function isSame(one, other) {
  return one.width === other?.width && one.pages.join() === other.pages.join();
}

// Parsed as XML and never as HTML: the server has already removed all but drawing.
function page(text, width) {
  const drawing = new DOMParser().parseFromString(text, "image/svg+xml").documentElement;
  const element = document.createElement("div");
  element.className = "page";
  element.style.maxWidth = `${Math.round(width * 1.3)}px`;
  element.append(document.importNode(drawing, true));
  return element;
}

// A shadow root ignores @font-face, so the font is given to the document, once.
function addFont({ family, url }) {
  if (!url || [...document.fonts].some((face) => face.family === family)) return;
  document.fonts.add(new FontFace(family, `url("${resolve(url)}")`));
}

// Streamlit's media paths count from where the app is mounted, which is where the document lies.
function resolve(path) {
  return new URL(path.startsWith("/") ? `.${path}` : path, document.baseURI).href;
}

function fill(slider) {
  const [low, high] = [Number(slider.min), Number(slider.max)];
  slider.style.setProperty("--share", `${(100 * (slider.valueAsNumber - low)) / (high - low || 1)}%`);
}

function clockTime(seconds) {
  const whole = Math.floor(seconds + 0.001);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}
