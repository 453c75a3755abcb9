// The device by its command, in whose place there is a script on the PATH that knows what a device would.
import { createHmac } from 'node:crypto';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Infinitree, type InfinitreeError, Key, MemoryBackend, VersionedMap } from '@infinitree/core';
import { YubiKey, type YubiKeyOptions } from '../src/index.js';

const SECRET = 'what the device keeps';
const challenge = Uint8Array.from({ length: 32 }, (_, i) => 255 - i);
const response = (bytes: Uint8Array) => Uint8Array.from(createHmac('sha1', SECRET).update(bytes).digest());
const path = process.env['PATH'];
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'infinitree-yubikey-'));
  process.env['PATH'] = folder;
});
afterEach(async () => {
  process.env['PATH'] = path;
  await rm(folder, { recursive: true });
});

/** Puts a command on the PATH, which writes down what it was called with, and then does something. */
async function install(command: string, body: string): Promise<void> {
  const script = `#!${process.execPath}
const args = process.argv.slice(2);
require('node:fs').appendFileSync(${JSON.stringify(join(folder, 'calls'))}, JSON.stringify(args) + '\\n');
const answer = () => require('node:crypto').createHmac('sha1', ${JSON.stringify(SECRET)})
  .update(Buffer.from(args.at(-1), 'hex')).digest('hex');
${body}
`;
  await writeFile(join(folder, command), script);
  await chmod(join(folder, command), 0o755);
}

async function calls(): Promise<unknown[]> {
  const text = await readFile(join(folder, 'calls'), 'utf8').catch(() => '');
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as unknown);
}

async function refusal(work: Promise<unknown>): Promise<InfinitreeError> {
  return work.then(
    () => {
      throw new Error('this was to be refused');
    },
    (error: unknown) => error as InfinitreeError,
  );
}

const respond = (options?: YubiKeyOptions) => new YubiKey(options).respond(challenge);
const hex = Buffer.from(challenge).toString('hex');
const ANSWERS = 'console.log(answer());';

// The scripts begin with the path of an interpreter, as on Unix.
const onUnix = process.platform === 'win32' ? describe.skip : describe;

onUnix('a YubiKey', () => {
  test('is asked by ykchalresp, in the slot that it is told', async () => {
    await install('ykchalresp', ANSWERS);
    await install('ykman', ANSWERS);
    let asked = 0;
    const device = new YubiKey({ onAsk: () => (asked += 1) });
    expect(await device.respond(challenge)).toEqual(response(challenge));
    expect(await respond({ slot: 1 })).toEqual(response(challenge));
    expect(await calls()).toEqual([
      ['-2', '-H', '-x', hex],
      ['-1', '-H', '-x', hex],
    ]);
    expect(asked).toBe(1);
  });

  test('is asked by ykman where there is no ykchalresp, or where that is chosen', async () => {
    await install('ykman', `process.stderr.write('Touch your YubiKey...\\n'); ${ANSWERS}`);
    expect(await respond()).toEqual(response(challenge));
    await install('ykchalresp', 'process.exit(1);');
    expect(await respond({ command: 'ykman', slot: 1 })).toEqual(response(challenge));
    expect(await calls()).toEqual([
      ['otp', 'calculate', '2', hex],
      ['otp', 'calculate', '1', hex],
    ]);
  });

  test('without a command says what to install', async () => {
    const error = await refusal(respond());
    expect(error.code).toBe('INFINITREE_UNSUPPORTED');
    expect(error.message).toContain('install ykchalresp (yubikey-personalization) or ykman (yubikey-manager)');
    await install('ykchalresp', ANSWERS);
    expect(await refusal(respond({ command: 'ykman' }))).toMatchObject({ code: 'INFINITREE_UNSUPPORTED' });
  });

  test.each([
    ['ykchalresp', 'Yubikey core error: no yubikey present', 'Insert it', true],
    ['ykman', 'ERROR: No YubiKey detected!', 'Insert it', true],
    ['ykman', 'ERROR: Failed connecting to the YubiKey.', 'Insert it', true],
    ['ykchalresp', 'Yubikey core error: expected only one YubiKey but several present', 'Leave the right one', true],
    ['ykman', 'ERROR: Multiple YubiKeys detected. Use --device SERIAL', 'Leave the right one', true],
    ['ykchalresp', 'Yubikey core error: timeout', 'touch it', true],
    ['ykchalresp', 'Yubikey core error: operation would block', 'touch it', true],
    ['ykman', 'ERROR: Cannot perform challenge-response on an empty slot.', 'ykman otp chalresp', false],
    ['ykchalresp', 'Challenge-response not supported before YubiKey 2.2.', 'ykman otp chalresp', false],
    ['ykchalresp', 'USB error: Operation not permitted', 'The cause', false],
    ['ykchalresp', '', 'The cause', false],
  ] as const)('%s that fails, saying %j, is told with what to do', async (command, said, remedy, retryable) => {
    await install(command, `process.stderr.write(${JSON.stringify(`${said}\n`)}); process.exitCode = 1;`);
    const error = await refusal(respond());
    expect(error).toMatchObject({ code: 'INFINITREE_BACKEND', retryable });
    expect(error.message).toContain(`${command}, asked for slot 2, ended with 1.`);
    expect(error.message).toContain(remedy);
    expect((error.cause as Error).message).toBe(said === '' ? 'It said nothing.' : said);
  });

  test.each([
    ['nothing', ''],
    ['a response of Yubico OTP', 'cbdefghijklnrtuvcbdefghijklnrtuv'],
    ['a code', '123456'],
    ['42 digits', 'ab'.repeat(21)],
    ['two responses', `${'ab'.repeat(20)}\n${'ab'.repeat(20)}`],
    ['no end', 'ab'.repeat(20_000)],
  ])('a command that prints %s gave no response, and none is shown', async (_, printed) => {
    await install('ykchalresp', `process.stdout.write(${JSON.stringify(printed)});`);
    const error = await refusal(respond());
    expect(error).toMatchObject({ code: 'INFINITREE_BACKEND', retryable: false });
    if (printed !== '') expect(`${error.message}${String(error.cause)}`).not.toContain(printed.slice(0, 6));
  });

  test('a command that hangs ends with the signal, and is ended', async () => {
    const note = `require('node:fs').writeFileSync(${JSON.stringify(join(folder, 'pid'))}, String(process.pid));`;
    await install('ykchalresp', `${note} setInterval(() => {}, 1000);`);
    const controller = new AbortController();
    const reason = new Error('changed my mind');
    const asking = new YubiKey().respond(challenge, controller);
    let pid = '';
    while (pid === '') {
      await new Promise((resolve) => setImmediate(resolve));
      pid = await readFile(join(folder, 'pid'), 'utf8').catch(() => '');
    }
    controller.abort(reason);
    expect(await refusal(asking)).toMatchObject({ code: 'INFINITREE_ABORTED', cause: reason });
    const isThere = () => {
      try {
        return process.kill(Number(pid), 0);
      } catch {
        return false;
      }
    };
    while (isThere()) await new Promise((resolve) => setImmediate(resolve));
    expect(await refusal(new YubiKey().respond(challenge, controller))).toMatchObject({ code: 'INFINITREE_ABORTED' });
    expect(await calls()).toHaveLength(1);
  });

  test('that is inserted opens a tree, and without it nothing does', async () => {
    await install('ykchalresp', ANSWERS);
    const backend = new MemoryBackend();
    const index = VersionedMap<string, number>;
    const key = () => Key.fromChallengeResponse(new YubiKey(), { finder: Key.fromBytes(challenge) });
    await (await Infinitree.create(index, { backend, key: key(), objectSize: 65_536 })).close();
    await (await Infinitree.open(index, { backend, key: key() })).close();
    expect(await calls()).toHaveLength(2);
    await install('ykchalresp', "process.stderr.write('Yubikey core error: no yubikey present'); process.exit(1);");
    const pulled = await refusal(Infinitree.open(index, { backend, key: key() }));
    expect(pulled).toMatchObject({ code: 'INFINITREE_BACKEND', retryable: true });
    await install('ykchalresp', ANSWERS.replace('answer()', "answer().replace(/^./, (c) => (c === '0' ? '1' : '0'))"));
    expect(await refusal(Infinitree.open(index, { backend, key: key() }))).toMatchObject({
      code: 'INFINITREE_WRONG_KEY',
    });
    await install('ykchalresp', 'setInterval(() => {}, 1000);');
    const slow = Key.fromChallengeResponse(new YubiKey(), { finder: Key.fromBytes(challenge), timeoutMs: 1 });
    expect(await refusal(Infinitree.open(index, { backend, key: slow }))).toMatchObject({
      code: 'INFINITREE_BACKEND',
      retryable: true,
    });
  });
});

test('a slot or a command that there is not is refused', () => {
  for (const wrong of [{ slot: 3 }, { slot: '1' }, { command: 'rm' }, { command: 'toString' }]) {
    expect(() => new YubiKey(wrong as YubiKeyOptions)).toThrow(
      expect.objectContaining({ code: 'INFINITREE_INVALID_ARGUMENT' }) as Error,
    );
  }
});
