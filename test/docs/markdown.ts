export interface Fence {
  readonly language: string;
  readonly code: string;
  /** The line its code begins on, counted from 1. */
  readonly line: number;
}

/** The fenced blocks of a page, in their order. */
export function fences(markdown: string): Fence[] {
  const found: Fence[] = [];
  const lines = markdown.split('\n');
  for (let i = 0; i < lines.length; i++) {
    const language = /^```(.*)$/.exec(lines[i] ?? '')?.[1];
    if (language === undefined) continue;
    const end = lines.indexOf('```', i + 1);
    if (end === -1) throw new Error(`The block that begins on line ${i + 1} has no end.`);
    found.push({ language, code: lines.slice(i + 1, end).join('\n'), line: i + 2 });
    i = end;
  }
  return found;
}

/** The page without its fenced blocks: what is prose. */
export function prose(markdown: string): string {
  return markdown.replace(/^```.*\n(?:.*\n)*?```$/gm, '');
}

export function headings(markdown: string): { readonly level: number; readonly text: string }[] {
  return [...prose(markdown).matchAll(/^(#+) (.+)$/gm)].map(([, marks = '', text = '']) => ({
    level: marks.length,
    text,
  }));
}

/** The anchor of a heading, as GitHub makes it. */
export function anchor(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .replace(/\s/g, '-');
}

/** Where the links of a page lead to. */
export function links(markdown: string): string[] {
  return [...prose(markdown).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target);
}

/** The `tsconfig.json` blocks of a page, without what they are written in. */
export function tsconfigs(markdown: string): string[] {
  return fences(markdown)
    .filter(({ language, code }) => language === 'json' && code.includes('"compilerOptions"'))
    .map(({ code }) => code);
}
