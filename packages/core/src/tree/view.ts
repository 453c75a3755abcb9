import { InfinitreeError } from '../errors.js';
import type { BoundIndex } from './bind.js';
import { Reading } from './reading.js';
import type { Session } from './session.js';
import type { Snapshot } from './snapshot.js';

const READONLY = 'A view of an earlier state cannot be changed. Change the tree itself.';

/**
 * The tree as it was after one commit. Nothing is loaded until `load`; changing a field throws `READONLY`. Later commits
 * do not show. It keeps the objects it uses from being deleted by its tree, so close it.
 */
export class View<T extends object> extends Reading<T> implements AsyncDisposable {
  readonly #snapshot: Snapshot;
  readonly #self: WeakRef<View<T>>;
  #closed = false;

  /** Made by `tree.at()`. */
  constructor(session: Session, bound: BoundIndex<T>, snapshot: Snapshot) {
    super(session, bound);
    this.#snapshot = snapshot;
    this.#self = new WeakRef(this);
    session.views.set(this.#self, snapshot);
    session.pins += 1;
    for (const { store } of bound.fields) store.setReadonly(READONLY);
  }

  /** Ends the view; a second call does nothing. */
  close(): Promise<void> {
    if (!this.#closed) {
      this.#closed = true;
      this.session.views.delete(this.#self);
      this.session.pins -= 1;
      for (const { store } of this.fields) store.close();
    }
    return Promise.resolve();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  protected get snapshot(): Snapshot {
    return this.#snapshot;
  }

  /** A view moves fields in memory only. */
  protected get movesFields(): boolean {
    return false;
  }

  protected requireOpen(): void {
    this.session.requireOpen();
    if (this.#closed) throw new InfinitreeError('CLOSED', 'The view is closed. Make another one with tree.at().');
  }
}
