// One of the processes that share the work of the crash suite.
import { type Part, type Tallies, work } from './work.js';

process.once('message', (part: Part) => {
  const send = (tallies: Tallies): void => void process.send!(tallies);
  void work(part, send).then(() => process.disconnect());
});
