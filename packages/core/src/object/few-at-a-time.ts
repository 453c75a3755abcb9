/** Enough to hide the way to a bucket, and few enough that a process has files left to open. */
export const AT_ONCE = 16;

/** What `work` makes of each item, in their order. Where it rejects, no further item is begun. */
export async function fewAtATime<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results = new Array<R>(items.length);
  let next = 0;
  const worker = async (): Promise<void> => {
    try {
      for (let i = next++; i < items.length; i = next++) results[i] = await work(items[i] as T);
    } finally {
      next = items.length;
    }
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, items.length) }, worker));
  return results;
}
