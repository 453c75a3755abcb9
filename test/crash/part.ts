// One of the processes that share the work of the crash suite.
import type { Trial } from './mutation-report.js';
import { tryMutation } from './mutation-run.js';
import { MUTATIONS } from './mutations.js';
import { type Part, type Tallies, work } from './work.js';

// Half of what is asked of a disk ends with an error, such as that a name is free; nobody looks at where it was made.
Error.stackTraceLimit = 0;

async function answer(message: Part | Trial): Promise<void> {
  if ('mutation' in message) {
    const mutation = MUTATIONS.find(({ name }) => name === message.mutation)!;
    process.send!(await tryMutation(mutation, message.seed));
  } else {
    await work(message, (tallies: Tallies) => void process.send!(tallies));
    process.disconnect();
  }
}

process.on('message', (message: Part | Trial) => void answer(message));
// Nobody waits for an answer any more.
process.once('disconnect', () => process.exit());
