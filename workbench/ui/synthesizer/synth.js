// A synthesizer of two waves a note. Every change of loudness is a ramp, so that nothing clicks.
//
// `on` and `off` sound a key now; `note` plans a note on the audio clock, and gives a voice that `lengthen` can hold longer.
const LATE = 0.08; // seconds by which a busy page may see the clock of its sound too late

class Synth {
  constructor() {
    this.voices = new Map(); // by who sounds: a pitch, or the name of a note
    this.planned = new Set();
  }

  // Browsers let a page sound only once somebody has touched it, so this waits for the first key.
  get context() {
    if (!this.made) this.wire(new AudioContext({ latencyHint: "interactive" }));
    if (this.made.state === "suspended") this.made.resume();
    return this.made;
  }

  wire(context) {
    this.made = context;
    this.master = context.createGain();
    this.bus = context.createDynamicsCompressor();
    this.bus.connect(this.master).connect(context.destination);
  }

  on(pitch, who = pitch) {
    this.off(who);
    this.voices.set(who, this.voice(pitch, this.context.currentTime, 0.22));
  }

  off(who) {
    const voice = this.voices.get(who);
    if (!voice) return;
    this.voices.delete(who);
    const now = this.made.currentTime, { gain } = voice.loudness;
    if (gain.cancelAndHoldAtTime) gain.cancelAndHoldAtTime(now);
    else {
      const reached = gain.value; // Firefox cannot hold
      gain.cancelScheduledValues(now);
      gain.setValueAtTime(reached, now);
    }
    gain.setTargetAtTime(0, now, 0.05);
    for (const wave of voice.waves) wave.stop(now + 0.5);
  }

  // A key by itself, for so many seconds.
  touch(pitch, seconds, who = pitch) {
    this.on(pitch, who);
    const voice = this.voices.get(who);
    setTimeout(() => this.voices.get(who) === voice && this.off(who), seconds * 1000);
  }

  silence() {
    for (const who of [...this.voices.keys()]) this.off(who);
  }

  // A note from `start` to `end`, in seconds of the audio clock; `peak` is how loud it begins, 0 to 1.
  note(pitch, start, end, peak) {
    const voice = this.voice(pitch, start, peak);
    this.planned.add(voice);
    voice.waves[0].addEventListener("ended", () => this.planned.delete(voice));
    this.endAt(voice, end);
    return voice;
  }

  // Hold a planned note longer, while it sounds; false where it ends, or may have ended: a busy page sees the clock late.
  lengthen(voice, end) {
    if (this.made.currentTime > voice.end - LATE) return false;
    voice.loudness.gain.cancelScheduledValues(voice.end - 0.001);
    this.endAt(voice, end);
    return true;
  }

  endAt(voice, end) {
    voice.end = Math.max(end, voice.start + 0.03);
    voice.loudness.gain.setTargetAtTime(0, voice.end, 0.03);
    for (const wave of voice.waves) wave.stop(voice.end + 0.3);
  }

  // Silence, softly; what is planned never comes.
  hush() {
    if (!this.made) return;
    const now = this.made.currentTime, { gain } = this.master;
    gain.setValueAtTime(1, now + LATE / 2);
    gain.linearRampToValueAtTime(0, now + LATE);
    gain.setValueAtTime(1, now + 2 * LATE);
    for (const voice of this.planned) for (const wave of voice.waves) wave.stop(now + 1.5 * LATE);
    this.planned.clear();
  }

  voice(pitch, start, peak) {
    const context = this.context;
    const loudness = context.createGain();
    loudness.gain.setValueAtTime(0, start);
    loudness.gain.linearRampToValueAtTime(peak, start + 0.008);
    loudness.gain.setTargetAtTime(peak * 0.23, start + 0.008, 0.6);
    loudness.connect(this.bus);
    const hertz = 440 * 2 ** ((pitch - 69) / 12);
    const waves = [["triangle", 1, 1], ["sine", 2, 0.35]].map(([type, times, share]) => {
      const wave = new OscillatorNode(context, { type, frequency: hertz * times });
      wave.connect(new GainNode(context, { gain: share })).connect(loudness);
      wave.start(start);
      return wave;
    });
    waves[0].addEventListener("ended", () => loudness.disconnect());
    return { loudness, waves, start };
  }

  tick(time) {
    const context = this.context;
    const loudness = new GainNode(context, { gain: 0 });
    const wave = new OscillatorNode(context, { type: "sine", frequency: 1200 });
    loudness.gain.setValueAtTime(0, time);
    loudness.gain.linearRampToValueAtTime(0.12, time + 0.003);
    loudness.gain.setTargetAtTime(0, time + 0.003, 0.012);
    wave.connect(loudness).connect(this.bus);
    wave.start(time);
    wave.stop(time + 0.12);
  }

  close() {
    this.made?.close();
  }
}
