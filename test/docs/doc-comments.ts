export interface Example {
  readonly code: string;
  readonly line: number;
}

/** The tags that end an example. Not any `@word`: an example may begin a line with a decorator. */
const TAG = /^@(?:example|param|returns|throws|see|deprecated|remarks|internal)\b/;

/** The code of every `@example` in the doc comments of a source file. */
export function examples(source: string): Example[] {
  const found: { code: string; line: number }[] = [];
  let current: { code: string; line: number } | undefined;
  source.split('\n').forEach((text, i) => {
    const content = /^\s*\* ?(?!\/)(.*)$/.exec(text)?.[1];
    if (content !== undefined && content.trim() === '@example') {
      current = { code: '', line: i + 2 };
      found.push(current);
    } else if (content === undefined || TAG.test(content)) {
      current = undefined;
    } else if (current !== undefined) {
      current.code += `${content}\n`;
    }
  });
  return found;
}
