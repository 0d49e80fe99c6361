// What is seen of live music: a piano roll that moves on with it, and below it where the sliders stood when each bar was composed. Part of the
// instrument's script. All bars are equally wide.

const WIDEST_BAR = 190, BARS_SEEN = 6; // pixels; bars
const LANE = 22, RULER = 20, LABEL = 72; // pixels
const HERE = 0.6; // where in the picture the sound is; at its end when it is over
const COLOURS = ["--st-primary-color", "--st-orange-color", "--st-green-color", "--st-blue-color"]; // by part

class Roll {
  constructor(live) {
    this.live = live;
    this.canvas = live.find(".roll");
    this.isCalm = matchMedia("(prefers-reduced-motion: reduce)");
    this.resized = new ResizeObserver(() => this.draw());
    this.resized.observe(this.canvas);
  }

  run() {
    const frame = () => {
      this.draw();
      this.frame = this.live.isPlaying ? requestAnimationFrame(frame) : setTimeout(() => this.draw(), 300);
    };
    cancelAnimationFrame(this.frame);
    frame();
  }

  close() {
    cancelAnimationFrame(this.frame);
    this.resized.disconnect();
  }

  // The bar that sounds, and the part of it that is over.
  place() {
    const { bars } = this.live, now = this.live.now();
    if (!this.live.isPlaying) return bars.length;
    const bar = bars.findLast((each) => each.start <= now);
    return bar ? bar.bar + Math.min((now - bar.start) / bar.seconds, 1) : 0;
  }

  draw() {
    const { canvas } = this, width = canvas.clientWidth, height = canvas.clientHeight;
    if (!width) return;
    const scale = devicePixelRatio || 1;
    if (canvas.width !== Math.round(width * scale) || canvas.height !== Math.round(height * scale)) {
      canvas.width = Math.round(width * scale);
      canvas.height = Math.round(height * scale);
    }
    const pen = (this.pen = canvas.getContext("2d"));
    pen.setTransform(scale, 0, 0, scale, 0, 0);
    pen.clearRect(0, 0, width, height);
    this.style = getComputedStyle(canvas);
    this.bar = Math.min(WIDEST_BAR, (width - LABEL) / BARS_SEEN + 20);
    const place = this.place(), anchor = this.isCalm.matches ? Math.floor(place) : place;
    const sounds = LABEL + (width - LABEL) * (this.live.isPlaying ? HERE : 1);
    this.x = (bars) => sounds + (bars - anchor) * this.bar;
    const lanes = height - SLIDERS.length * LANE;
    pen.save();
    pen.beginPath();
    pen.rect(LABEL, 0, width - LABEL, height);
    pen.clip();
    this.grid(width, height);
    this.notes(lanes);
    this.lanes(lanes);
    if (this.live.isPlaying) this.line(this.x(place), 0, height, this.colour("--st-orange-color"), 2);
    pen.restore();
    this.labels(lanes, width);
    this.describe();
  }

  colour(name) {
    return this.style.getPropertyValue(name) || this.style.color;
  }

  line(x, from, to, colour, width = 1) {
    this.pen.fillStyle = colour;
    this.pen.fillRect(x - width / 2, from, width, to - from);
  }

  grid(width, height) {
    const { pen, live } = this;
    pen.font = `12px ${this.style.fontFamily}`;
    for (let bar = 0; bar <= live.bars.length; bar++) {
      const x = this.x(bar);
      if (x < 0 || x > width) continue;
      this.line(x, 0, height, this.colour("--st-border-color"));
      if (bar === live.bars.length) continue;
      pen.fillStyle = this.style.color;
      pen.globalAlpha = 0.7;
      pen.fillText(String(bar + 1), x + 4, 14);
      pen.globalAlpha = 1;
    }
  }

  notes(bottom) {
    const { pen, live } = this, [low, high] = live.pitches ?? [48, 84];
    const row = (bottom - RULER - 8) / (high - low + 1), tall = Math.max(row, 3), now = live.now();
    for (const bar of live.bars) {
      if (this.x(bar.bar + 1) < 0) continue;
      const rows = [...bar.held.map(([length, pitch, part]) => [0, length, pitch, 80, part]), ...bar.notes];
      for (const [onset, length, pitch, velocity, part] of rows) {
        const begins = bar.start + (onset / bar.quarters) * bar.seconds;
        const isSounding = live.isPlaying && begins <= now && now < begins + (length / bar.quarters) * bar.seconds;
        pen.fillStyle = this.colour(isSounding ? "--st-text-color" : COLOURS[part % COLOURS.length]);
        pen.globalAlpha = isSounding ? 1 : 0.45 + (0.55 * velocity) / 127;
        const x = this.x(bar.bar + onset / bar.quarters), wide = (length / bar.quarters) * this.bar;
        pen.beginPath();
        pen.roundRect(x + 0.5, RULER + (high - pitch) * row, Math.max(wide - 1.5, 2), tall, 2);
        pen.fill();
      }
    }
    pen.globalAlpha = 1;
  }

  // Where each slider stood, bar by bar.
  lanes(top) {
    const { pen, live } = this;
    pen.strokeStyle = this.colour("--st-primary-color");
    pen.lineWidth = 2;
    SLIDERS.forEach(({ name, min, max }, number) => {
      const bottom = top + (number + 1) * LANE;
      pen.beginPath();
      for (const bar of live.bars) {
        const y = bottom - 4 - ((bar.wishes[name] - min) / (max - min)) * (LANE - 8);
        for (const x of [this.x(bar.bar), this.x(bar.bar + 1)]) bar.bar || x > this.x(0) ? pen.lineTo(x, y) : pen.moveTo(x, y);
      }
      pen.stroke();
    });
  }

  labels(top, width) {
    const { pen } = this;
    pen.fillStyle = this.style.color;
    pen.font = `12px ${this.style.fontFamily}`;
    SLIDERS.forEach(({ label }, number) => {
      const y = top + number * LANE;
      pen.globalAlpha = 0.15;
      pen.fillRect(0, y, width, 1);
      pen.globalAlpha = 0.8;
      pen.fillText(label, 8, y + LANE / 2 + 4);
    });
    pen.globalAlpha = 1;
  }

  describe() {
    const count = this.live.bars.length;
    const words = count
      ? `Piano roll of ${count} bars, and below it where the sliders stood when each was composed.`
      : "Piano roll. Nothing has been played yet.";
    if (this.canvas.getAttribute("aria-label") !== words) this.canvas.setAttribute("aria-label", words);
  }
}
