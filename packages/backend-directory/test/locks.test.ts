import { spawnSync } from 'node:child_process';
import { describe, expect, test } from '@jest/globals';
import { DirectoryBackend } from '../src/directory.js';
import { nodeSystem, type ProcessIdentity, type SystemPort } from '../src/process-identity.js';
import { inDirectory } from './scene.js';

const OWN: ProcessIdentity = { pid: 100, host: 'alpha', boot: 'boot-1', pidNamespace: 'pid:[1]', started: '5000' };

/** A machine on which these processes run, by their start times. */
function machine(processes: Readonly<Record<number, string>>, own: ProcessIdentity = OWN): SystemPort {
  const files: Record<string, string | undefined> = { '/proc/sys/kernel/random/boot_id': own.boot && `${own.boot}\n` };
  const stat = (pid: number, started: string) => `${pid} (a (strange) name) S ${'0 '.repeat(18)}${started} 0 0`;
  for (const [pid, started] of Object.entries(processes)) files[`/proc/${pid}/stat`] = stat(Number(pid), started);
  if (own.started !== undefined) files['/proc/self/stat'] = stat(own.pid, own.started);
  return {
    pid: own.pid,
    hostname: () => own.host,
    readText: (path) => (path === '/etc/machine-id' ? own.machine : files[path]),
    readLink: (path) => (path === '/proc/self/ns/pid' ? own.pidNamespace : undefined),
    alive: (pid) => pid in processes,
  };
}

async function describeHolder(system: SystemPort, holder: ProcessIdentity): Promise<{ text: string; gone: boolean }> {
  let described = { text: '', gone: false };
  await inDirectory(async (root) => {
    const { locks } = await DirectoryBackend.open(root, { system });
    described = locks.describe(new TextEncoder().encode(JSON.stringify(holder)));
  });
  return described;
}

describe('the holder of a lock', () => {
  test('is what the system says about this process', async () => {
    await inDirectory(async (root) => {
      const { locks } = await DirectoryBackend.open(root, { system: machine({ 100: '5000' }) });
      expect(JSON.parse(new TextDecoder().decode(locks.holder()))).toEqual(OWN);
    });
  });

  test('is named by process and host', async () => {
    expect((await describeHolder(machine({ 100: '5000' }), OWN)).text).toBe('pid 100 on host alpha');
  });

  const other: ProcessIdentity = { ...OWN, pid: 200, started: '7000' };
  test.each<[string, Readonly<Record<number, string>>, ProcessIdentity, boolean]>([
    ['this very process', { 100: '5000' }, OWN, false],
    ['another process that runs', { 100: '5000', 200: '7000' }, other, false],
    ['a process that ended', { 100: '5000' }, other, true],
    ['a number that is used by a later process', { 100: '5000', 200: '9000' }, other, true],
    ['a process before the last boot', { 100: '5000', 200: '7000' }, { ...other, boot: 'boot-0' }, true],
    ['a process of another host', { 100: '5000' }, { ...other, host: 'beta' }, false],
    ['a process of another host of that name', { 100: '5000' }, { ...other, machine: 'm2', boot: 'b2' }, false],
    ['a process of another container', { 100: '5000' }, { ...other, pidNamespace: 'pid:[2]' }, false],
    ['a host that does not tell its boot', { 100: '5000' }, { pid: 200, host: 'alpha' }, false],
  ])('is surely gone or not: %s', async (_, processes, holder, gone) => {
    expect((await describeHolder(machine(processes), holder)).gone).toBe(gone);
  });

  test('is told by the process number alone where a platform says no more', async () => {
    const plain: ProcessIdentity = { pid: 100, host: 'alpha' };
    expect((await describeHolder(machine({ 100: '', 200: '' }, plain), { ...plain, pid: 200 })).gone).toBe(false);
    expect((await describeHolder(machine({ 100: '' }, plain), { ...plain, pid: 200 })).gone).toBe(true);
  });

  test('of a real process is alive while it runs and gone afterwards', async () => {
    const script = 'process.stdout.write(String(process.pid))';
    const ended = Number(spawnSync(process.execPath, ['-e', script], { encoding: 'utf8' }).stdout);
    await inDirectory(async (root) => {
      const { locks } = await DirectoryBackend.open(root);
      const own = JSON.parse(new TextDecoder().decode(locks.holder())) as ProcessIdentity;
      const of = (pid: number) => locks.describe(new TextEncoder().encode(JSON.stringify({ ...own, pid })));
      expect(of(process.pid).gone).toBe(false);
      expect(of(ended).gone).toBe(true);
    });
  });

  test('is asked of the real system without throwing', () => {
    expect(nodeSystem.alive(process.pid)).toBe(true);
    expect(nodeSystem.readText('/nowhere/at/all')).toBeUndefined();
    expect(nodeSystem.readLink('/nowhere/at/all')).toBeUndefined();
  });
});
