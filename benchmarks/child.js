/**
 * Does in this process what the parent sends, answers it, and lets the process end.
 *
 * @template T
 * @param {(message: T) => Promise<unknown>} work
 */
export function obey(work) {
  process.once('message', async (message) => {
    try {
      process.send?.({ result: await work(/** @type {T} */ (message)) });
    } catch (error) {
      process.send?.({ error: error instanceof Error ? (error.stack ?? error.message) : String(error) });
    }
    process.disconnect();
  });
}
