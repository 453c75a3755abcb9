// Infinitree beside other embedded stores: see README.md.
import { mkdir, writeFile } from 'node:fs/promises';
import { readOptions, USAGE } from './options.js';
import { setUp } from './setup.js';

const BASELINE = new URL('baseline.json', import.meta.url);
/** The load above which figures are doubted. */
const QUIET = 0.7;

/** @param {string} line */
const progress = (line) => void process.stderr.write(`${line}\n`);

const options = optionsOrExit();
if (options.help) {
  process.stdout.write(USAGE);
} else if (options.tiers) {
  if (!options.skipSetup) setUp();
  const { reportTiers } = await import('./tiers/report.js');
  process.stdout.write(await reportTiers(options, progress));
} else {
  if (!options.skipSetup) setUp();
  // Only now: what these load may not have been installed before.
  const { describeMachine } = await import('./machine.js');
  const { findPeers } = await import('./installed.js');
  const { measureAll } = await import('./runner.js');
  const { compare, readBaseline } = await import('./compare.js');
  const { table } = await import('./table.js');

  await mkdir(options.dir, { recursive: true });
  const machine = await describeMachine(options.dir);
  if (machine.load > QUIET) progress(`The machine is busy (load ${machine.load}): these figures are worth little.`);
  if (machine.fileSystem === 'tmpfs') progress(`${options.dir} is in memory: syncing costs nothing there. Use --dir.`);
  const { present, skipped } = await findPeers(options.peers);
  for (const { peer, reason } of skipped) progress(`Skipped ${peer}: ${reason}`);

  const { records, runs } = options;
  const results = await measureAll(
    options,
    present.map(({ peer }) => peer),
    progress,
  );
  const measured = { format: 1, machine, records, runs, peers: present, skipped, results };
  const baseline = await readBaseline(BASELINE);
  if (baseline !== undefined && baseline.machine.load > QUIET) {
    progress(`The baseline was measured on a busy machine (load ${baseline.machine.load}): compare with care.`);
  }
  const report = { ...measured, comparisons: compare(measured, baseline) };
  if (options.saveBaseline) await writeFile(BASELINE, `${JSON.stringify(measured, null, 2)}\n`);
  process.stdout.write(options.json ? `${JSON.stringify(report, null, 2)}\n` : table(report));
}

function optionsOrExit() {
  try {
    return readOptions(process.argv.slice(2));
  } catch (error) {
    // What follows the first sentence is about arguments that look like options.
    const [what] = (error instanceof Error ? error.message : String(error)).split(/\.(?: |$)/);
    progress(`${what}. See --help.`);
    process.exit(2);
  }
}
