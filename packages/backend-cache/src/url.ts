import { fileURLToPath } from 'node:url';
import { type Cancel, InfinitreeError, openBackend } from '@infinitree/core';
import { CacheBackend } from './cache.js';
import { invalid } from './options.js';

const UNITS: Readonly<Record<string, number>> = {
  '': 1,
  B: 1,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  TB: 1e12,
  KIB: 2 ** 10,
  MIB: 2 ** 20,
  GIB: 2 ** 30,
  TIB: 2 ** 40,
};

const PARAMETERS = new Set(['max', 'upstream', 'mode']);

/** Opens `cache:///dir?max=10GiB&upstream=…`, or `cache:memory?max=256MiB&upstream=…`. */
export async function openCache(url: URL, options: Cancel = {}): Promise<CacheBackend> {
  const { maxBytes, upstream, mode, directory } = read(url);
  const behind = await openBackend(upstream, options);
  try {
    if (directory === undefined) return CacheBackend.inMemory({ upstream: behind, maxBytes });
    return await CacheBackend.open({ ...options, upstream: behind, maxBytes, directory, mode });
  } catch (error) {
    await behind.close();
    throw error;
  }
}

function read(url: URL) {
  const { searchParams } = url;
  for (const name of searchParams.keys()) {
    if (!PARAMETERS.has(name)) {
      throw invalid(
        `A cache URL has no parameter "${name}". If it belongs to the upstream URL, that has to be encoded as a whole: ` +
          '`encodeURIComponent(upstream)`.',
      );
    }
    if (searchParams.getAll(name).length > 1) throw invalid(`A cache URL has its parameter "${name}" once.`);
  }
  const upstream = searchParams.get('upstream') ?? '';
  if (upstream === '') throw invalid('A cache URL names what is behind it: "upstream=", and an encoded URL.');
  const mode = searchParams.get('mode') ?? 'write-through';
  if (mode !== 'write-through' && mode !== 'write-back') throw invalid('The mode is "write-through" or "write-back".');
  const directory = directoryOf(url);
  if (directory === undefined && mode === 'write-back') throw invalid('A cache in memory cannot write back.');
  return { maxBytes: sizeOf(searchParams.get('max') ?? ''), upstream, mode, directory } as const;
}

function directoryOf(url: URL): string | undefined {
  const inMemory = url.host === '' && url.pathname === 'memory';
  if (inMemory) return undefined;
  if (url.host !== '' || url.hash !== '' || !url.pathname.startsWith('/') || url.pathname === '/') {
    throw invalid('A cache URL is "cache:///an/absolute/path?max=10GiB&upstream=…", or "cache:memory?…".');
  }
  return fileURLToPath(`file://${url.pathname}`);
}

function sizeOf(text: string): number {
  const [, digits = '', unit = ''] = /^(\d+(?:\.\d+)?)\s*([a-z]*)$/i.exec(text) ?? [];
  const factor = UNITS[unit.toUpperCase()];
  const bytes = Math.floor(Number(digits) * (factor ?? Number.NaN));
  if (digits === '' || !Number.isSafeInteger(bytes)) {
    throw new InfinitreeError(
      'INVALID_ARGUMENT',
      'A cache URL has a budget: "max=10GiB", "max=500MB", or a number of bytes.',
    );
  }
  return bytes;
}
