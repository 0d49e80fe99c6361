// The roll: draws the draft. Notes are buttons on a sheet of paper with a row for every pitch and a line for every beat.

const SHARPS = [1, 3, 6, 8, 10];
const AROUND = 5; // semitones of room above and below the music
const SIGHT = 530; // CSS pixels, of the height that is seen at once
const SVG = "http://www.w3.org/2000/svg";

class Roll {
  constructor(root, draft) {
    this.draft = draft;
    this.find = (selector) => root.querySelector(selector);
    this.box = this.find(".roll");
    this.view = this.find(".view");
    const isCoarse = matchMedia("(pointer: coarse)").matches;
    this.row = isCoarse ? 18 : this.fitting(); // CSS pixels a semitone
    this.scale = isCoarse ? 64 : 48; // CSS pixels a quarter
    this.notes = new Map(); // by key
    this.range = [0, 0];
    this.colours();
    this.legend();
    this.bars();
    this.draw();
  }

  // As high as leaves all of the music in sight, where a mouse points.
  fitting() {
    const pitches = this.draft.notes.map((note) => note.pitch);
    const rows = Math.max(...pitches) - Math.min(...pitches) + 1 + 2 * AROUND;
    return Math.min(Math.max(Math.floor(SIGHT / rows), 9), 14);
  }

  get quarter() {
    return this.draft.data.quarter;
  }

  x(tick) {
    return (tick / this.quarter) * this.scale;
  }

  y(pitch) {
    return (this.range[1] - pitch) * this.row;
  }

  // Tick and pitch of a place on the roll.
  at(event) {
    const box = this.box.getBoundingClientRect();
    const pitch = this.range[1] - Math.floor((event.clientY - box.top) / this.row);
    return [((event.clientX - box.left) / this.scale) * this.quarter, Math.min(Math.max(pitch, 0), 127)];
  }

  zoom(times) {
    const middle = (this.view.scrollLeft + this.view.clientWidth / 2) / this.scale;
    this.scale = Math.min(Math.max(this.scale * times, 16), 240);
    this.range = [0, 0];
    this.draw();
    this.view.scrollLeft = middle * this.scale - this.view.clientWidth / 2;
  }

  // --- drawing --------------------------------------------------------------------------------

  draw() {
    this.fit();
    const left = new Set(this.notes.keys());
    for (const note of this.draft.notes) {
      left.delete(note.key);
      this.place(note);
    }
    for (const key of left) {
      this.notes.get(key).remove();
      this.notes.delete(key);
    }
    this.mark();
  }

  // The paper, anew where the music goes beyond it.
  fit() {
    const pitches = this.draft.notes.map((note) => note.pitch);
    const low = Math.min(...pitches), high = Math.max(...pitches);
    if (low >= this.range[0] + 1 && high <= this.range[1] - 1) return;
    const before = this.range[1];
    this.range = [
      Math.max(0, Math.min(low - AROUND, this.range[1] ? this.range[0] : low)),
      Math.min(127, Math.max(high + AROUND, this.range[1])),
    ];
    const width = this.x(this.draft.total), height = (this.range[1] - this.range[0] + 1) * this.row;
    this.find(".space").style.setProperty("--width", `${width}px`);
    this.find(".space").style.setProperty("--height", `${height}px`);
    this.paper(width, height);
    this.rows();
    const { numbered } = this.draft;
    for (const [place, bar] of [...this.find(".ruler").children].entries()) {
      const [, [start, end]] = numbered[place];
      bar.style.left = `${this.x(start)}px`;
      bar.style.width = `${this.x(end) - this.x(start)}px`;
    }
    if (before) this.view.scrollTop += (this.range[1] - before) * this.row;
  }

  paper(width, height) {
    const paper = this.find(".paper");
    paper.setAttribute("width", width);
    paper.setAttribute("height", height);
    const shapes = [];
    for (let pitch = this.range[0]; pitch <= this.range[1]; pitch++) {
      const kind = SHARPS.includes(pitch % 12) ? "black" : "white";
      shapes.push(shape("rect", { class: kind, x: 0, y: this.y(pitch), width, height: this.row }));
    }
    for (const [place, [start, end, beat]] of this.draft.data.bars.entries()) {
      shapes.push(shape("rect", { class: "lock", "data-place": place + 1, x: this.x(start), y: 0, width: this.x(end - start), height }));
      for (let tick = start; tick < end; tick += beat) {
        const kind = tick === start ? "bar" : "beat", x = this.x(tick);
        shapes.push(shape("line", { class: kind, x1: x, x2: x, y1: 0, y2: height }));
      }
    }
    paper.replaceChildren(...shapes);
  }

  rows() {
    const names = [];
    for (let pitch = this.range[0]; pitch <= this.range[1]; pitch++) {
      if (pitch % 12) continue;
      const name = document.createElement("span");
      name.textContent = this.draft.name(pitch);
      name.style.top = `${this.y(pitch)}px`;
      name.style.height = `${this.row}px`;
      names.push(name);
    }
    this.find(".names").replaceChildren(...names);
  }

  place(note) {
    let box = this.notes.get(note.key);
    if (!box) {
      box = document.createElement("button");
      box.type = "button";
      box.className = "note";
      box.tabIndex = -1;
      box.dataset.key = note.key;
      this.box.append(box);
      this.notes.set(note.key, box);
    }
    box.style.left = `${this.x(note.onset)}px`;
    box.style.top = `${this.y(note.pitch)}px`;
    box.style.width = `${Math.max(this.x(note.duration) - 1, 4)}px`;
    box.style.height = `${this.row - 1}px`;
    box.style.setProperty("--colour", this.colour[note.part % this.colour.length]);
    box.setAttribute("aria-label", this.draft.words(note));
  }

  // What is chosen, what is locked, and which note the keyboard comes to.
  mark() {
    const { chosen, locked, notes, inOrder } = this.draft;
    const here = notes.find((note) => note.key === this.current) ?? inOrder[0];
    this.current = here.key;
    for (const [key, box] of this.notes) {
      box.setAttribute("aria-pressed", String(chosen.has(key)));
      box.tabIndex = key === this.current ? 0 : -1;
    }
    for (const bar of this.find(".ruler").children) {
      const number = Number(bar.dataset.bar), isLocked = this.draft.isLocked(number);
      if (bar.hasAttribute("aria-pressed")) bar.setAttribute("aria-pressed", String(isLocked));
      bar.textContent = isLocked ? `🔒 ${number}` : `${number}`;
    }
    for (const shade of this.find(".paper").querySelectorAll(".lock"))
      shade.classList.toggle("on", locked.has(Number(shade.dataset.place)));
  }

  bars() {
    const { lockable } = this.draft.data;
    const boxes = this.draft.numbered.map(([number], place) => {
      const box = document.createElement(lockable ? "button" : "span");
      box.className = "number";
      box.dataset.bar = number;
      if (!lockable) return box;
      box.type = "button";
      box.tabIndex = place ? -1 : 0;
      box.title = "Lock or unlock";
      box.setAttribute("aria-label", number ? `Lock bar ${number}` : "Lock the upbeat");
      box.setAttribute("aria-pressed", "false");
      return box;
    });
    if (!lockable) {
      this.find(".ruler").setAttribute("role", "presentation");
      this.find(".ruler").removeAttribute("aria-label");
    }
    this.find(".ruler").replaceChildren(...boxes);
  }

  legend() {
    const { parts } = this.draft.data;
    const names = parts.map((name, part) => {
      const item = Object.assign(document.createElement("span"), { textContent: name });
      item.style.setProperty("--colour", this.colour[part % this.colour.length]);
      return item;
    });
    this.find(".legend").replaceChildren(...(parts.length > 1 ? names : []));
  }

  colours() {
    const own = getComputedStyle(this.box).getPropertyValue("--st-chart-categorical-colors");
    const found = own.split(/,(?![^(]*\))/).map((each) => each.trim()).filter(Boolean);
    this.colour = found.length ? found : ["var(--st-primary-color)"];
  }

  // --- what is in sight -----------------------------------------------------------------------

  focus(key) {
    this.current = key;
    this.mark();
    this.notes.get(key)?.focus({ preventScroll: true });
    const note = this.draft.notes.find((each) => each.key === key);
    if (note) this.show(note.onset, note.pitch);
  }

  show(tick, pitch) {
    const { view } = this, x = this.x(tick), y = this.y(pitch), edge = 60;
    if (x < view.scrollLeft || x > view.scrollLeft + view.clientWidth - 2 * edge)
      view.scrollLeft = Math.max(x - view.clientWidth / 3, 0);
    if (y < view.scrollTop || y > view.scrollTop + view.clientHeight - edge)
      view.scrollTop = Math.max(y - view.clientHeight / 2, 0);
  }

  // The line that goes along with what is heard; null hides it.
  head(tick) {
    const head = this.find(".head");
    head.hidden = tick === null;
    if (tick === null) return;
    head.style.left = `${this.x(tick)}px`;
    const x = this.x(tick), { view } = this;
    if (x < view.scrollLeft || x > view.scrollLeft + view.clientWidth - 80) view.scrollLeft = Math.max(x - 40, 0);
  }
}

function shape(name, attributes) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}
