import type { Asking } from './ask.js';
import type { Suite } from './suite.js';

/** A question that was put, and what it was answered with. */
export interface Answered {
  /** Not secret: it stands in the first header of a key object, and in the registry of every head. */
  readonly question: Uint8Array;
  /** The caller zeroes it. */
  readonly answer: Uint8Array;
}

/**
 * What stands between finding a key object and opening it: somebody outside of this process who answers a question. Neither
 * questions nor answers are kept here, since one key serves many trees, and each tree has a question of its own.
 */
export interface SecondStage {
  /**
   * A question for a tree that is given the key, and its answer, which was had in the way that it will be had when the tree is
   * opened. Takes 32 random bytes over.
   */
  pose(suite: Suite, random: Uint8Array, asking: Asking): Promise<Answered>;
  /** The answer to a question that stands in a key object. The caller zeroes it. */
  answer(question: Uint8Array, asking: Asking): Promise<Uint8Array>;
}
