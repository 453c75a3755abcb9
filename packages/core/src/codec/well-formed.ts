// `isWellFormed` is younger than the library version this compiles against, and a few engines still lack it. Where it
// is there it costs next to nothing, since engines know of most strings that they hold only Latin-1.
const builtIn = (String.prototype as { isWellFormed?: () => boolean }).isWellFormed;
const LONE = /\p{Surrogate}/u;

/** Whether a string is free of lone surrogates. UTF-8 cannot hold those: they would silently become U+FFFD. */
export const isWellFormed: (text: string) => boolean =
  builtIn === undefined ? (text) => !LONE.test(text) : (text) => builtIn.call(text);
