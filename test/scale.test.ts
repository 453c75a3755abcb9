// What `npm run test:scale` measures at full size, here with less: whether memory stays within bounds shows all the same.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { ROOT } from './docs/repository.js';

const PROGRAM = join(ROOT, 'test', 'scale', 'run.mjs');

test.each(['blob', 'sparse', 'cache'])(
  '%s keeps its bounds in fresh processes',
  (scenario) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [PROGRAM, '--small', '--only', scenario], {
      encoding: 'utf8',
    });
    // The table says which bound was broken.
    expect({ status, table: `${stdout}${stderr}` }).toMatchObject({
      status: 0,
      table: expect.stringContaining('peak memory'),
    });
  },
  120_000,
);
