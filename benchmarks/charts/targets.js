import { barX, ruleX, text } from '@observablehq/plot';
import { suiteOf } from '../figures/runner.js';
import { shown } from '../shown.js';
import { draw } from './svg.js';

/**
 * Of what each figure may be, how much it is.
 *
 * @param {import('../figures/report.js').MeasuredFigures} measured
 */
export function targetChart({ suite, rows, settings, runs }) {
  const { title, figures } = suiteOf(suite);
  const known = figures(settings);
  let group = '';
  const bars = rows.flatMap((row) => {
    // Indented titles say something of the one above them, as they do in the table.
    const name = row.title.startsWith(' ') ? `${group},${row.title.replace(/^ +/, ' ')}` : row.title;
    if (!row.title.startsWith(' ')) group = row.title;
    const [own, atMost] = [row.peers.infinitree?.median, known[row.figure]?.atMost];
    if (own === undefined || atMost === undefined || atMost === 0) return [];
    return [{ name, share: own / atMost, label: `${shown(own)} ${row.unit} of ${atMost}`.replace('  ', ' ') }];
  });
  if (bars.length === 0) return undefined;
  return draw({
    title: `${title(settings)}: targets, medians of ${runs} runs`,
    peers: ['infinitree'],
    options: {
      height: 75 + 24 * bars.length,
      marginBottom: 45,
      marginLeft: 420,
      marginRight: 110,
      x: { label: 'share of what it may be', domain: [0, Math.max(1, ...bars.map(({ share }) => share))] },
      y: { domain: bars.map(({ name }) => name), label: null },
      marks: [
        barX(bars, { y: 'name', x: 'share', fill: () => 'infinitree' }),
        text(bars, {
          y: 'name',
          x: 'share',
          text: 'label',
          textAnchor: 'start',
          dx: 4,
          fontSize: 10,
          stroke: 'white',
          fill: 'black',
        }),
        ruleX([0]),
        ruleX([1], { stroke: '#d55e00', strokeDasharray: '4' }),
      ],
    },
  });
}
