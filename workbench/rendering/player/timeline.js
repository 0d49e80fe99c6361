// What of a score stands where in time, in milliseconds. Part of the player's script.

// The notes over time, cut into segments within which the same notes sound.
class Timeline {
  constructor(notes) {
    this.onsets = new Map(); // id -> first onset
    const moments = new Map(); // onset -> ids
    const cuts = new Set([0]);
    for (const [on, off, ids] of notes) {
      cuts.add(on).add(off);
      moments.set(on, [...(moments.get(on) ?? []), ...ids]);
      for (const id of ids) if (!this.onsets.has(id)) this.onsets.set(id, on);
    }
    this.moments = [...moments].sort((a, b) => a[0] - b[0]).map(([time, ids]) => ({ time, ids }));
    this.times = [...cuts].sort((a, b) => a - b);
    this.active = this.times.map(() => []);
    for (const [on, off, ids] of notes)
      for (let i = this.segment(on); this.times[i] < off; i++) this.active[i].push(...ids);
  }

  segment(time) {
    return lastAtMost(this.times, (value) => value, time);
  }

  // The moment so many note onsets before or after a time. 40 ms: a seek may land a little early.
  moment(time, by) {
    const here = lastAtMost(this.moments, (moment) => moment.time, time + 40);
    return this.moments[Math.max(0, Math.min(this.moments.length - 1, here + by))];
  }
}

// The bars over time: rows of (number, beats in milliseconds, whether the first of them is a first beat).
class Bars {
  constructor(rows, end) {
    this.rows = rows;
    this.starts = rows.map(([, beats]) => beats[0]);
    this.beats = rows.flatMap(([, beats, isFull]) => beats.map((time, n) => ({ time, isFirst: isFull && n === 0 })));
    this.end = end;
  }

  numbers() {
    return this.rows.length ? [this.rows[0][0], this.rows.at(-1)[0]] : [];
  }

  numberAt(time) {
    return this.rows[Math.max(0, lastAtMost(this.starts, (start) => start, time))]?.[0];
  }

  range(from, to) {
    const first = (within) => this.starts[this.rows.findIndex(([number]) => within(number))]; // a bar in two parts has two rows
    return { start: first((number) => number >= from) ?? 0, end: first((number) => number > to) ?? this.end };
  }

  // A time as a number of beats, and back: the same place at another tempo.
  place(time) {
    const n = lastAtMost(this.beats, (beat) => beat.time, time);
    if (n < 0) return 0;
    const { time: start } = this.beats[n];
    return n + (time - start) / ((this.beats[n + 1]?.time ?? this.end) - start || 1);
  }

  time(place) {
    const n = Math.min(Math.floor(place), this.beats.length - 1);
    if (n < 0) return 0;
    const { time: start } = this.beats[n];
    return start + (place - n) * ((this.beats[n + 1]?.time ?? this.end) - start);
  }
}

function lastAtMost(sorted, value, limit) {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (value(sorted[middle]) <= limit) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
