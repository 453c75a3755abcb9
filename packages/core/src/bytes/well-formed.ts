const LONE = /\p{Surrogate}/u;

/** As {@link isWellFormed}, for the few engines that have no method for it. */
export function isWellFormedByPattern(text: string): boolean {
  return !LONE.test(text);
}

// `isWellFormed` is younger than the library version this compiles against. Where it is there it costs next to nothing,
// since engines know of most strings that they hold only Latin-1.
const builtIn = (String.prototype as { isWellFormed?: () => boolean }).isWellFormed;

/** Whether a string is free of lone surrogates. UTF-8 cannot hold those: they would silently become U+FFFD. */
export const isWellFormed: (text: string) => boolean =
  builtIn === undefined ? isWellFormedByPattern : (text) => builtIn.call(text);
