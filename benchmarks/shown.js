/** A whole number as people write it. @param {number} number */
export const thousands = (number) => number.toLocaleString('en');

/** A figure with as many digits as say something. @param {number | undefined} value */
export function shown(value) {
  if (value === undefined) return '';
  if (value > 0 && value < 0.1) return value.toPrecision(2);
  return value.toFixed(value < 10 ? 2 : value < 100 ? 1 : 0);
}

/** How two figures compare, in words. @param {number} ratio above 1 is better @param {string | undefined} unit */
export function inWords(ratio, unit) {
  const [better, worse] = unit === 'ms' || unit === 'µs' ? ['faster', 'slower'] : ['smaller', 'larger'];
  return ratio >= 1 ? `${ratio.toFixed(2)}x ${better}` : `${(1 / ratio).toFixed(2)}x ${worse}`;
}

/** What a run was measured on. @param {Awaited<ReturnType<typeof import('./machine.js').describeMachine>>} machine */
export function machineLine({ cpu, cores, memoryGb, fileSystem, os, node, load }) {
  return `${cpu}, ${cores} cores, ${memoryGb} GB, ${fileSystem}, ${os}, Node ${node}, load ${load} at the start`;
}

/** @param {readonly import('./installed.js').PeerInfo[]} peers @param {readonly import('./installed.js').Skipped[]} skipped */
export function peerLines(peers, skipped) {
  return [
    ...skipped.map(({ peer, reason }) => `skipped ${peer}: ${reason}`),
    '',
    ...peers.flatMap(({ peer, version, encryption, durability, notes = [] }) => [
      `${peer} ${version}: ${encryption}; ${durability}`,
      ...notes.map((note) => `  ${note}`),
    ]),
    '',
  ];
}
