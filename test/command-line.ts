import { type ParseArgsConfig, parseArgs } from 'node:util';

/** Something on a command line that cannot be done. */
class Refused extends Error {}

/** Ends the command with one line that says why, and exit code 2. */
export function refuse(why: string): never {
  throw new Refused(why);
}

/** The values of these options. What is not among them is refused by `command`. */
export function optionsOf<const O extends NonNullable<ParseArgsConfig['options']>>(
  args: readonly string[],
  options: O,
) {
  return parseArgs({ args: [...args], options }).values;
}

/** What an option was given as a whole number, `least` or more. */
export function wholeNumber(option: string, given: string | undefined, otherwise: number, least = 0): number {
  if (given === undefined) return otherwise;
  const number = Number(given);
  if (/^\d+$/.test(given) && Number.isSafeInteger(number) && number >= least) return number;
  return refuse(`--${option} takes a whole number from ${least} on, not "${given}"`);
}

/**
 * Runs a command and resolves to the code to exit with. Asked for `--help` it prints how it is used; where it was used
 * otherwise, it says so in a line.
 */
export async function command(usage: string, args: readonly string[], run: () => Promise<number>): Promise<number> {
  if (args.includes('--help')) {
    process.stdout.write(usage);
    return 0;
  }
  try {
    return await run();
  } catch (error) {
    if (!isRefused(error)) throw error;
    process.stderr.write(`${error.message.replace(/\.$/, '')}. See --help.\n`);
    return 2;
  }
}

function isRefused(error: unknown): error is Error {
  if (error instanceof Refused) return true;
  return error instanceof Error && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS_');
}
