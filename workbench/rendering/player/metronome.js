// The player's metronome. Part of the player's script.

const AHEAD = 0.1; // seconds in which clicks of the metronome are laid down before they sound

// Clicks on the beats, higher on the first of a bar, given to Web Audio a moment before they are due.
class Metronome {
  constructor(player) {
    this.player = player;
  }

  restart() {
    this.stop();
    const { audio, find } = this.player;
    if (!find(".metronome").checked || audio.paused) return;
    this.context ??= new AudioContext();
    this.context.resume();
    this.next = lastAtMost(this.player.bars.beats, (beat) => beat.time, this.player.now() - 1) + 1;
    this.timer = setInterval(() => this.schedule(), 25);
    this.schedule();
  }

  schedule() {
    const { audio, bars } = this.player;
    if (audio.seeking || audio.readyState < 3) return;
    for (const beats = bars.beats; this.next < beats.length; this.next++) {
      const { time, isFirst } = beats[this.next];
      const wait = (time - this.player.now()) / 1000 / audio.playbackRate;
      if (wait > AHEAD) return;
      if (wait > -AHEAD) this.click(this.context.currentTime + Math.max(0, wait), isFirst);
    }
  }

  click(when, isFirst) {
    const [tone, gain] = [this.context.createOscillator(), this.context.createGain()];
    tone.frequency.value = isFirst ? 1760 : 1175;
    gain.gain.setValueAtTime(isFirst ? 0.5 : 0.3, when);
    gain.gain.exponentialRampToValueAtTime(0.001, when + 0.05);
    tone.connect(gain).connect(this.context.destination);
    tone.start(when);
    tone.stop(when + 0.06);
  }

  stop() {
    clearInterval(this.timer);
  }

  close() {
    this.stop();
    this.context?.close();
  }
}
