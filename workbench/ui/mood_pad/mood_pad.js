// The mood pad: a point in a square. Valence goes from left to right, energy from below to above, each from -1 to 1.
//
// Streamlit calls the default export again with every rerun and keeps the DOM, so there is one Pad per mounted element.

const pads = new WeakMap();

export default function ({ data, parentElement, setTriggerValue }) {
  if (!pads.has(parentElement)) pads.set(parentElement, new Pad(parentElement));
  pads.get(parentElement).update(data, (mood) => setTriggerValue("mood", mood));
  return () => {
    pads.get(parentElement)?.close();
    pads.delete(parentElement);
  };
}

const STEP = 0.1, GRID = 0.05, MIDDLE = 0.08; // so near the middle, it is meant
const EDGE = 0.4; // beyond it the outer words hold
const PAUSE = 250, ANSWER = 1500; // milliseconds between two moods that are sent, and in which the server answers
const KEYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowDown: [0, -1], ArrowUp: [0, 1] };

class Pad {
  constructor(root) {
    this.pad = root.querySelector(".pad");
    this.dot = root.querySelector(".dot");
    this.words = root.querySelector(".words");
    this.middle = root.querySelector(".middle");
    this.inputs = [root.querySelector(".valence"), root.querySelector(".energy")];
    this.mood = [0, 0];
    this.sentAt = -Infinity;
    this.listen();
  }

  update(data, send) {
    this.send = send;
    this.names = data.words;
    const asked = [data.valence, data.energy];
    const waits = this.timer || this.isHeld || performance.now() - this.sentAt < ANSWER;
    if (!waits || String(asked) === String(this.mood)) this.show(asked);
    else this.show(this.mood);
  }

  close() {
    clearTimeout(this.timer);
  }

  listen() {
    this.pad.onpointerdown = (event) => {
      this.pad.setPointerCapture(event.pointerId);
      this.isHeld = true;
      this.inputs[0].focus({ preventScroll: true });
      this.follow(event);
      event.preventDefault();
    };
    this.pad.onpointermove = (event) => this.isHeld && this.follow(event);
    this.pad.onpointerup = this.pad.onpointercancel = () => { this.isHeld = false; };
    for (const input of this.inputs) {
      input.onkeydown = (event) => this.press(event);
      input.oninput = () => this.move(this.inputs.map((each) => Number(each.value)));
    }
    this.middle.onclick = () => {
      this.move([0, 0]);
      this.inputs[0].focus({ preventScroll: true });
    };
  }

  follow(event) {
    const box = this.pad.getBoundingClientRect();
    const across = ((event.clientX - box.left) / box.width) * 2 - 1;
    const up = 1 - ((event.clientY - box.top) / box.height) * 2;
    this.move([across, up].map((each) => (Math.abs(each) < MIDDLE ? 0 : each)));
  }

  press(event) {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    if (event.key === "Home") this.move([0, 0]);
    else if (event.key in KEYS) this.move(this.mood.map((each, at) => each + STEP * KEYS[event.key][at]));
    else return;
    event.preventDefault();
  }

  move(mood) {
    const next = mood.map((each) => {
      const near = Math.round(Math.min(Math.max(each, -1), 1) / GRID) * GRID;
      return Number(near.toFixed(2)) + 0; // no -0
    });
    if (String(next) === String(this.mood)) return;
    this.show(next);
    this.timer ??= setTimeout(() => {
      this.timer = null;
      this.sentAt = performance.now();
      this.send(this.mood);
    }, PAUSE);
  }

  show(mood) {
    this.mood = mood;
    const [valence, energy] = mood;
    this.dot.style.left = `${(valence + 1) * 50}%`;
    this.dot.style.top = `${(1 - energy) * 50}%`;
    const at = mood.map((each) => (each > EDGE ? 2 : each < -EDGE ? 0 : 1));
    const cells = [];
    for (const row of [2, 1, 0]) {
      for (const column of [0, 1, 2]) {
        const cell = document.createElement("span");
        const isHere = column === at[0] && row === at[1];
        cell.textContent = row === 1 && column === 1 ? "" : this.names[column][row];
        cell.classList.toggle("here", isHere);
        cells.push(cell);
      }
    }
    this.words.replaceChildren(...cells);
    const word = this.names[at[0]][at[1]];
    this.inputs.forEach((input, axis) => {
      input.value = mood[axis];
      input.setAttribute("aria-valuetext", `${mood[axis]}, ${word}`);
    });
    this.middle.disabled = !valence && !energy;
  }
}
