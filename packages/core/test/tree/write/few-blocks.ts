// Runs of few blocks, in place of the many thousands from which on there is a further one.
import { RUN_BOUND } from '../../../src/tree/write/open-run.js';

export async function withRunsOf<T>(bound: Partial<typeof RUN_BOUND>, work: () => Promise<T>): Promise<T> {
  const before = { ...RUN_BOUND };
  Object.assign(RUN_BOUND, bound);
  try {
    return await work();
  } finally {
    Object.assign(RUN_BOUND, before);
  }
}
