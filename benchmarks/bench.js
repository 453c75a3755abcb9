// Infinitree beside other embedded stores: see README.md.
import { readOptions, USAGE } from './options.js';
import { setUp } from './setup.js';

/** @param {string} line */
const progress = (line) => void process.stderr.write(`${line}\n`);

const options = optionsOrExit();
if (options.help) {
  process.stdout.write(USAGE);
} else {
  // The Rust program is asked for by the key-value workloads only.
  if (!options.skipSetup) setUp(options.benchmark === 'kv' ? options.peers : []);
  process.stdout.write(await resultOf(options));
}

/** What is imported here may not have been installed before. @param {import('./options.js').Options} options */
async function resultOf({ benchmark }) {
  switch (benchmark) {
    case 'tiers':
      return (await import('./tiers/report.js')).reportTiers(options, progress);
    case 'scale':
      return (await import('./scale/report.js')).reportScale(options, progress);
    case 'charts':
      return (await import('./charts/draw.js')).drawCharts(options.files);
    default:
      return (await import('./report.js')).reportSuite(options, progress);
  }
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
