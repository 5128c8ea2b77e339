import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import {
  completeSettings,
  dropEmptyVariables,
  optionsFor,
  parseMount,
  parseSize,
  type SettingName,
} from './settings.ts';

const NAMES: SettingName[] = ['port', 'memory', 'dataDir', 'allowedHosts', 'mirror', 'cpus'];

function read(...argv: string[]) {
  const command = new Command().exitOverride().configureOutput({ writeErr: () => undefined });
  for (const option of optionsFor(NAMES)) command.addOption(option);
  return completeSettings(command.parse(argv, { from: 'user' }).opts());
}

describe('settings', () => {
  // Whoever runs the tests may have set some.
  beforeEach(() => {
    for (const option of optionsFor(NAMES)) vi.stubEnv(option.envVar ?? '', undefined);
  });
  afterEach(() => {
    vi.unstubAllEnvs();
  });

  it('come from the environment', () => {
    vi.stubEnv('PORT', '8080');
    expect(read().port).toBe(8080);
    expect(read('--port', '80').port).toBe(80);
  });

  it('all reach the container that docker-compose.yml starts, but for those that are its own', () => {
    const compose = readFileSync(new URL('../docker-compose.yml', import.meta.url), 'utf8');
    const listed = /\n {4}environment:\n((?: {6}- [A-Z_]+\n)+)/.exec(compose)?.[1] ?? '';
    const names = Object.keys(completeSettings({})) as SettingName[];
    const all = optionsFor(names).map(({ envVar }) => envVar ?? '');
    const own = ['PORT', 'HOST', 'DATA_DIR'];
    expect(listed.match(/[A-Z_]+/g)?.sort()).toEqual(all.filter((name) => !own.includes(name)).sort());
  });

  it('have defaults', () => {
    expect(read()).toMatchObject({
      port: 3000,
      host: 'localhost',
      dataDir: '/var/lib/slipway',
      memory: 512 * 1024 ** 2,
      disk: 2 * 1024 ** 3,
      cpus: 1,
      processes: 512,
      allowedHosts: [],
      mirror: undefined,
    });
  });

  it('come from flags', () => {
    expect(read('--port', '0', '--memory', '1g', '--data-dir', '/srv/s/', '--cpus', '0.5')).toMatchObject({
      port: 0,
      memory: 1024 ** 3,
      dataDir: '/srv/s',
      cpus: 0.5,
    });
  });

  it('split lists at commas and spaces', () => {
    expect(read('--allowed-hosts', 'a.example, *.b.example').allowedHosts).toEqual([
      'a.example',
      '*.b.example',
    ]);
  });

  it.each([
    ['--port', '65536'],
    ['--port', '80.5'],
    ['--port', ''],
    ['--memory', '1m'],
    ['--memory', 'much'],
    ['--data-dir', 'relative'],
    ['--data-dir', '/'],
    ['--mirror', 'somewhere'],
    ['--cpus', '0'],
  ])('refuse %s %s', (flag, value) => {
    expect(() => read(flag, value)).toThrow(/is invalid/);
  });

  it('take an empty variable for none', () => {
    const environment = { PORT: '', HOST: '::1', OTHER: '' };
    dropEmptyVariables(environment);
    expect(environment).toEqual({ HOST: '::1', OTHER: '' });
  });
});

describe('mounts', () => {
  it('are read as Docker reads them', () => {
    expect(parseMount('/a:/b')).toEqual({ source: '/a', target: '/b', readOnly: false });
    expect(parseMount('/a:/b:ro')).toEqual({ source: '/a', target: '/b', readOnly: true });
    expect(parseMount('.:/b').source).toBe(process.cwd());
  });

  it.each(['/a', '/a:b', ':/b', '/a:/b:rx', '/a:/b:ro:z'])('refuse %s', (text) => {
    expect(() => parseMount(text)).toThrow(/Give HOST-FOLDER/);
  });
});

describe('sizes', () => {
  it.each([
    ['512m', 512 * 1024 ** 2],
    ['1.5G', 1.5 * 1024 ** 3],
    ['2gb', 2 * 1024 ** 3],
    ['2GiB', 2 * 1024 ** 3],
    ['100', 100],
    ['100b', 100],
  ])('%s', (text, bytes) => {
    expect(parseSize(text)).toBe(bytes);
  });
});
