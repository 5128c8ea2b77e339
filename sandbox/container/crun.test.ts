import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { expect, onTestFinished, test } from 'vitest';
import { execFailureOf, translateFailure } from './crun-errors.ts';
import { inWords, joinLogged, withRest } from './crun-output.ts';

const TOOL = { name: 'tool', root: '/nosuch', env: [] };

test.each([0, 1, 254, 255, 256, 510, 511, 2000])(
  '%i bytes come back out of what crun makes of them',
  (count) => {
    const bytes = Buffer.from(
      Array.from({ length: count }, (_, place) => (place % 7 === 0 ? 10 : 65 + (place % 26))),
    );
    const logged = [];
    for (let at = 0; at < count; at += 255) logged.push(bytes.subarray(at, at + 255), Buffer.from('\n'));
    expect(joinLogged(Buffer.concat(logged)).equals(bytes)).toBe(true);
  },
);

test.each([
  [
    'exec container process (missing dynamic library?) `/bin/tool`: No such file or directory',
    'exec /bin/tool: no such file or directory',
  ],
  ['exec container process `/bin/a"b`: Exec format error', 'exec /bin/a"b: exec format error'],
  ['exec container process `/tool`: Permission denied', 'exec /tool: permission denied'],
  ['something else', undefined],
])('of a program that the kernel does not take: %s', (msg, words) => {
  const line = JSON.stringify({ msg, level: 'error', time: '2026-11-21T20:58:46.382598Z' });
  expect(execFailureOf(`${line}\n`, TOOL)).toBe(words);
  expect(execFailureOf(`\u001b[1;31m${line}\u001b[0m\r\n`, TOOL)).toBe(words);
});

const line = (msg: string) =>
  `${JSON.stringify({ msg, level: 'error', time: '2026-11-21T20:58:46.382598Z' })}\n`;
const RED = '\u001b[1;31m';
const PLAIN = '\u001b[0m\r\n';
const STARTED = line('exec container process `/script`: No such file or directory').trimEnd();
const LOGGED = line('exec: Exec format error');

/** A folder with crun's log, and with a program that can be executed and a file that cannot. */
async function folderWith(log: string): Promise<{ readonly root: string; readonly log: string }> {
  const root = await mkdtemp(join(tmpdir(), 'slipway-crun-'));
  onTestFinished(async () => rm(root, { recursive: true, force: true }));
  await mkdir(join(root, 'bin'));
  await writeFile(join(root, 'bin/found'), '', { mode: 0o755 });
  await writeFile(join(root, 'bin/plain'), '', { mode: 0o644 });
  await writeFile(join(root, 'log'), log);
  return { root, log: join(root, 'log') };
}

const ENV = ['HOME=/', 'PATH=/sbin:/bin'];

test.each([
  ['at once', [`${RED}${STARTED}${PLAIN}`], '', 'exec ./script: no such file or directory\r\n'],
  ['in pieces', [RED, STARTED, PLAIN], '', 'exec ./script: no such file or directory\r\n'],
  ['of an exec', [`${RED}exec: Exec format error${PLAIN}`], LOGGED, 'exec /bin/found: exec format error\r\n'],
  ['of an exec, in its log alone', [], LOGGED, 'exec /bin/found: exec format error\r\n'],
  ['a program that prints the same', ['exec: Exec format error\r\n'], '', 'exec: Exec format error\r\n'],
  ['a colour alone', [RED], '', RED],
  ['a colour first', [RED, 'hello'], '', `${RED}hello`],
  ['the rest of a short one', ['one'], 'two\n', 'onetwo'],
])('what a terminal shows of a program that the kernel does not take: %s', async (_, chunks, log, shown) => {
  const name = log === '' ? './script' : 'found';
  const output = Readable.from(chunks.map((each) => Buffer.from(each)));
  const folder = await folderWith(log);
  const launching = { log: folder.log, program: { name, root: folder.root, env: ENV } };
  expect((await buffer(withRest(output, Promise.resolve(), launching))).toString()).toBe(shown);
});

test.each([
  ['exec: Exec format error\n', LOGGED, 'exec /bin/found: exec format error\n'],
  ['exec: Exec format error\n', '', 'exec: Exec format error\n'],
  ['exec: it is mine\n', '', 'exec: it is mine\n'],
  ['', '', ''],
])('what is read of such a program without a terminal: %j', async (printed, log, shown) => {
  const folder = await folderWith(log);
  const launching = { log: folder.log, program: { name: 'found', root: folder.root, env: ENV } };
  const words = inWords(Readable.from(printed === '' ? [] : [Buffer.from(printed)]), launching);
  expect((await buffer(words)).toString()).toBe(shown);
});

test.each([
  [
    line('executable file `tool` not found in $PATH') + line('read FD: connection closed'),
    'exec: "tool": executable file not found in $PATH: unknown',
  ],
  [
    line('chdir `/file`: Not a directory'),
    'chdir to cwd ("/file") set in config.json failed: not a directory: unknown: ' +
      'Are you trying to mount a directory onto a file (or vice-versa)? ' +
      'Check if the specified host path exists and is the expected type',
  ],
])('why a program was not started: %j', (log, words) => {
  const failure = translateFailure({ verb: 'run', program: TOOL, log, exitCode: 1 });
  expect(failure.message).toContain(`unable to start container process: ${words}`);
});

test.each([
  ['nosuch', 'exec: "nosuch": executable file not found in $PATH: unknown', 127],
  ['plain', 'exec: "plain": executable file not found in $PATH: unknown', 127],
  ['bin', 'exec: "bin": executable file not found in $PATH: unknown', 127],
  ['/nosuch', 'exec: "/nosuch": stat /nosuch: no such file or directory: unknown', 127],
  ['/bin/plain', 'exec: "/bin/plain": permission denied: unknown', 126],
  ['/bin', 'exec: "/bin": permission denied: unknown', 126],
  ['found', 'read FD: connection closed: unknown', 128],
])('why there is no terminal: %s', async (name, words, exitCode) => {
  const { root } = await folderWith('');
  const log = line('read FD: connection closed');
  const failure = translateFailure({ verb: 'run', program: { name, root, env: ENV }, log, exitCode: 1 });
  expect(failure.message).toContain(`unable to start container process: ${words}`);
  expect(failure.exitCode).toBe(exitCode);
});
