/** Often enough to see what a commit takes for one of its objects, and seldom enough not to be seen itself. */
const EVERY_MS = 5;

/** Before what is alive is looked at. */
export function collect() {
  if (globalThis.gc === undefined) throw new Error('Figures of memory need node --expose-gc.');
  globalThis.gc();
}

/** What objects take. Buffers are not in it: those that were written stay for a while, and would hide what is held. */
export function liveBytes() {
  return process.memoryUsage().heapUsed;
}

/** The most that is resident from now on. */
export class PeakMemory {
  #most = process.memoryUsage.rss();
  #timer = setInterval(() => this.#look(), EVERY_MS);

  stop() {
    clearInterval(this.#timer);
    this.#look();
    return this.#most;
  }

  #look() {
    this.#most = Math.max(this.#most, process.memoryUsage.rss());
  }
}
