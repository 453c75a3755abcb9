export { type Bar, bar, barChart } from './chart.js';
export { MemoryOutput, MemoryTerminal } from './memory-terminal.js';
export { Progress } from './progress.js';
export { formatBytes, formatCount, formatDuration } from './quantities.js';
export { step } from './step.js';
export { type Output, type Style, type Styles, stylesFor, type Terminal } from './terminal.js';
