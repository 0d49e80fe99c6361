// Watches the page's sounds, and says which of them have been heard: so many seconds of them, or half of a shorter one.
//
// The sounds are Streamlit's own <audio> elements. Streamlit calls the default export again with every rerun, so there is one Ear per mounted element.

const ears = new WeakMap();
const LONGEST_STEP = 1; // seconds between two reports of a sound that plays on; more is a jump

export default function ({ data, parentElement, setTriggerValue }) {
  if (!ears.has(parentElement)) ears.set(parentElement, new Ear());
  ears.get(parentElement).update(data, (heard) => setTriggerValue("heard", heard));
  return () => {
    ears.get(parentElement)?.close();
    ears.delete(parentElement);
  };
}

class Ear {
  constructor() {
    this.listen = (event) => event.target instanceof HTMLAudioElement && this.hear(event.target);
    for (const kind of ["timeupdate", "ended"]) document.addEventListener(kind, this.listen, true); // they do not bubble
  }

  update(data, send) {
    this.send = send;
    if (this.of !== data.of) this.forget(data.of);
    this.seconds = data.seconds;
  }

  forget(of) {
    this.of = of;
    this.played = new Map(); // by address: seconds heard, and where the sound was last
    this.said = "";
  }

  hear(audio) {
    const now = audio.currentTime, known = this.played.get(audio.currentSrc) ?? { heard: 0, at: now };
    const step = now - known.at;
    if (step > 0 && step < LONGEST_STEP) known.heard += step;
    known.at = now;
    this.played.set(audio.currentSrc, known);
    const heard = [...document.querySelectorAll("audio")].flatMap((each, place) => {
      const enough = Math.min(this.seconds, (each.duration || Infinity) / 2);
      return (this.played.get(each.currentSrc)?.heard ?? 0) >= enough ? [place] : [];
    });
    if (!heard.length || String(heard) === this.said) return;
    this.said = String(heard);
    this.send(heard);
  }

  close() {
    for (const kind of ["timeupdate", "ended"]) document.removeEventListener(kind, this.listen, true);
  }
}
