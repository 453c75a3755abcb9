import { fences } from '../docs/markdown.js';
import { read } from '../docs/repository.js';

/** The example of the README, as it stands there. */
export function readmeExample(): string {
  const [example] = fences(read('README.md')).filter(({ language }) => language === 'ts');
  if (example === undefined) throw new Error('The README has no example.');
  return example.code;
}

/** The same program for CommonJS, which has no `await` outside of functions. */
export function inMain(code: string): string {
  const lines = code.split('\n');
  const imports = lines.filter((line) => line.startsWith('import '));
  const body = lines.filter((line) => !line.startsWith('import '));
  return `${imports.join('\n')}\n\nasync function main() {\n${body.join('\n')}\n}\n\nvoid main();\n`;
}
