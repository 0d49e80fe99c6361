// A synthesizer of two waves a note. Every change of loudness is a ramp, so that nothing clicks.
class Synth {
  constructor() {
    this.voices = new Map(); // by who sounds: a pitch, or the name of a note
  }

  // Browsers let a page sound only once somebody has touched it, so this waits for the first key.
  get context() {
    if (!this.made) {
      this.made = new AudioContext({ latencyHint: "interactive" });
      this.bus = this.made.createDynamicsCompressor();
      this.bus.connect(this.made.destination);
    }
    if (this.made.state === "suspended") this.made.resume();
    return this.made;
  }

  on(pitch, who = pitch) {
    this.off(who);
    const context = this.context, now = context.currentTime;
    const loudness = context.createGain();
    loudness.gain.setValueAtTime(0, now);
    loudness.gain.linearRampToValueAtTime(0.22, now + 0.008);
    loudness.gain.setTargetAtTime(0.05, now + 0.008, 0.6);
    loudness.connect(this.bus);
    const hertz = 440 * 2 ** ((pitch - 69) / 12);
    const waves = [["triangle", 1, 1], ["sine", 2, 0.35]].map(([type, times, share]) => {
      const wave = new OscillatorNode(context, { type, frequency: hertz * times });
      wave.connect(new GainNode(context, { gain: share })).connect(loudness);
      wave.start(now);
      return wave;
    });
    this.voices.set(who, { loudness, waves });
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
    voice.waves[0].onended = () => voice.loudness.disconnect();
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

  // A note by itself, for so many seconds.
  touch(pitch, seconds, who = pitch) {
    this.on(pitch, who);
    const voice = this.voices.get(who);
    setTimeout(() => this.voices.get(who) === voice && this.off(who), seconds * 1000);
  }

  silence() {
    for (const who of [...this.voices.keys()]) this.off(who);
  }

  close() {
    this.made?.close();
  }
}
