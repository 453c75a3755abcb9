/** Where text goes: a stream of the process, or a test's memory. */
export interface Output {
  readonly isTTY?: boolean | undefined;
  write(text: string): unknown;
}

export interface Terminal {
  readonly stdout: Output;
  readonly stderr: Output;
  readonly env: Readonly<Record<string, string | undefined>>;
}

export type Style = (text: string) => string;

export interface Styles {
  readonly bold: Style;
  readonly dim: Style;
  readonly blue: Style;
}

/** Colours for an output: only on a terminal that has them, and not against `NO_COLOR` (https://no-color.org). */
export function stylesFor(output: Output, { env }: Pick<Terminal, 'env'>): Styles {
  const wanted = output.isTTY === true && (env['NO_COLOR'] ?? '') === '' && env['TERM'] !== 'dumb';
  const style =
    (open: number, close: number): Style =>
    (text) =>
      wanted ? `\u001b[${open}m${text}\u001b[${close}m` : text;
  return { bold: style(1, 22), dim: style(2, 22), blue: style(34, 39) };
}
