import { type Measured, measure } from './measure-strategy.js';
import { flightValues, textValues, type Values } from './sample-values.js';

/** The figures of docs/guide/strategies.md: run this on your machine, with your values. */
const SAMPLES: readonly Values[] = [
  await flightValues(),
  textValues('50,000 texts of 1 kB', 50_000, 1000),
  textValues('2,000 texts of 25 kB', 2000, 25_000),
];

/** The first run of each warms up and is not counted. */
const RUNS = 5;

function row(name: string, runs: readonly Measured[]): string {
  // The fastest of each: what else the machine has to do only ever makes them slower.
  const of = (what: keyof Measured) => Math.min(...runs.map((run) => run[what]));
  const ms = (what: keyof Measured) => (of(what) < 10 ? of(what).toFixed(1) : of(what).toFixed(0));
  const cells = [ms('commit'), (of('bytes') / 1e6).toFixed(1), ms('keys'), ms('get'), ms('values'), ms('load')];
  return `| ${[name, ...cells].join(' | ')} |`;
}

console.log('| | commit, ms | disk, MB | all keys, ms | one get, ms | all values, ms | load, ms |');
console.log('| --- | --- | --- | --- | --- | --- | --- |');
for (const { name, values } of SAMPLES) {
  for (const strategy of ['local', 'sparse'] as const) {
    const runs: Measured[] = [];
    for (let i = 0; i <= RUNS; i++) runs.push(await measure(strategy, values));
    console.log(row(`${name}, ${strategy}`, runs.slice(1)));
  }
}
