#!/usr/bin/env node
// The launcher: runs on a bare Node, without any package. It checks the ground, installs what npm shall bring, bundles
// the TypeScript when it changed, and hands over to cli/main.ts.
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const PROJECT = dirname(dirname(fileURLToPath(import.meta.url)));
const OLDEST_NODE = [20, 19];

function refuse(sentence, wayOut) {
  process.stderr.write(`slipway: ${sentence}\n${wayOut}\n`);
  process.exit(1);
}

function checkGround() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major < OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor < OLDEST_NODE[1]))
    refuse(`Node ${process.versions.node} is too old.`, `Install Node ${OLDEST_NODE.join('.')} or newer.`);
  if (process.platform !== 'linux')
    refuse(
      `Slipway runs on Linux, and this is ${process.platform}: sessions are made of the Linux kernel’s namespaces.`,
      'Run it in a Linux virtual machine, for instance Debian 12.',
    );
  if (process.arch !== 'x64' && process.arch !== 'arm64')
    refuse(
      `Slipway runs on 64-bit x86 and ARM processors, and this one is ${process.arch}.`,
      'Run it on a machine with an x64 or arm64 processor.',
    );
}

/** Compares what the lock file wants with what npm noted to have installed. Optional packages may be missing. */
function packagesAreThere() {
  const wanted = readLock(join(PROJECT, 'package-lock.json'));
  const installed = readLock(join(PROJECT, 'node_modules/.package-lock.json'));
  if (wanted === undefined) refuse('package-lock.json is missing.', 'Clone the project again.');
  if (installed === undefined) return false;
  return Object.entries(wanted).every(([path, { version, optional }]) => {
    if (path === '') return true;
    return installed[path] === undefined ? optional === true : installed[path].version === version;
  });
}

function readLock(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8')).packages;
  } catch {
    return undefined;
  }
}

async function installPackages() {
  if (packagesAreThere()) return;
  // Two starts at once: the second waits for the first here, and then finds nothing to do.
  mkdirSync(join(PROJECT, 'dist'), { recursive: true });
  const npm = findNpm();
  const started = Date.now();
  const say = () => {
    const seconds = Math.round((Date.now() - started) / 1000);
    process.stdout.write(
      process.stdout.isTTY
        ? `\r\x1b[Knpm packages: installing … ${seconds} s`
        : `npm packages: installing … ${seconds} s\n`,
    );
  };
  say();
  const timer = setInterval(say, process.stdout.isTTY ? 1_000 : 10_000);
  const { code, output } = await run('flock', [
    join(PROJECT, 'dist/.npm.lock'),
    ...npm,
    'ci',
    '--no-audit',
    '--no-fund',
    '--loglevel=error',
    // Without a network: say so soon.
    '--fetch-retry-mintimeout=1000',
    '--fetch-retry-maxtimeout=5000',
  ]);
  clearInterval(timer);
  if (process.stdout.isTTY) process.stdout.write('\r\x1b[K');
  if (code === 0) {
    process.stdout.write(`npm packages: ready after ${Math.round((Date.now() - started) / 1000)} s.\n`);
    return;
  }
  const reason = output
    .split('\n')
    .filter((line) => /^npm (error|ERR!)/.test(line))
    .slice(0, 3)
    .join('\n');
  if (/ENOSPC/.test(output))
    refuse('The disk is full: npm could not install the packages.', 'Free some space, and try again.');
  if (/ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|network/i.test(output))
    refuse(
      'The npm packages cannot be downloaded: the registry does not answer.',
      `Check the network and npm’s settings (npm ping), and try again.\n${reason}`,
    );
  refuse('The npm packages could not be installed.', `Run npm ci in ${PROJECT} to see why.\n${reason}`);
}

/** npm tells its children where it is; without it the one in the path is used. */
function findNpm() {
  const path = process.env.npm_execpath;
  return path !== undefined && /npm-cli\.js$/.test(path) && existsSync(path)
    ? [process.execPath, path]
    : ['npm'];
}

function run(command, args) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd: PROJECT, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text) => (output += text));
    child.on('error', (error) => resolve({ code: 127, output: error.message }));
    child.on('close', (code) => resolve({ code, output }));
  });
}

checkGround();
await installPackages();
try {
  const { bundle } = await import('./bundle.mjs');
  const outfile = join(PROJECT, 'dist/cli.mjs');
  // Its packages become part of it: that halves the time it takes to load.
  await bundle({ project: PROJECT, entry: 'cli/main.ts', outfile, packages: { external: ['esbuild'] } });
  const { main } = await import(pathToFileURL(outfile).href);
  await main(process.argv.slice(2), PROJECT);
} catch (error) {
  if (process.env.SLIPWAY_DEBUG === '1') throw error;
  refuse(error instanceof Error ? error.message : String(error), 'SLIPWAY_DEBUG=1 shows where it happened.');
}
