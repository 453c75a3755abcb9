import { plot } from '@observablehq/plot';
import { parseHTML } from 'linkedom';

const WIDTH = 760;
const LEGEND_HEIGHT = 40;
/** Okabe and Ito's, which people tell apart who see colours otherwise; always in this order of peers. */
const COLOURS = ['#0072b2', '#d55e00', '#009e73', '#e69f00', '#cc79a7', '#56b4e9'];

/**
 * Draws a plot as text that is the same for the same figures: no clock, no random names, and no measuring of fonts that a
 * machine may have or not. White is drawn beneath, since a page may be dark.
 *
 * @param {{ title: string, peers: readonly string[], options: import('@observablehq/plot').PlotOptions }} chart
 */
export function draw({ title, peers, options }) {
  const { document } = parseHTML('<!doctype html><html><body></body></html>');
  const style = { fontFamily: 'sans-serif', fontSize: '12px' };
  const color = { type: /** @type {const} */ ('categorical'), domain: peers, range: COLOURS.slice(0, peers.length) };
  const figure = plot({ width: WIDTH, style, color, document, ...options });
  const swatches = peers.map(
    (peer, i) =>
      `<rect x="${20 + 110 * i}" y="26" width="12" height="12" fill="${COLOURS[i]}"/>` +
      `<text x="${37 + 110 * i}" y="36">${escaped(peer)}</text>`,
  );
  const height = Number(figure.getAttribute('height')) + LEGEND_HEIGHT;
  figure.setAttribute('y', String(LEGEND_HEIGHT));
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" font-family="sans-serif" font-size="12">`,
    '<rect width="100%" height="100%" fill="white"/>',
    `<text x="20" y="17" font-weight="bold">${escaped(title)}</text>`,
    ...swatches,
    figure.outerHTML,
    '</svg>',
    '',
  ].join('\n');
}

/** @param {string} text */
function escaped(text) {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}
