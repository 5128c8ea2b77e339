import { expect, test } from 'vitest';
import { checkHostConfig } from './host-config-shape.ts';
import { completeHostConfig } from './create-request.ts';

const BAD: [name: string, host: Readonly<Record<string, unknown>>][] = [
  ['Binds', { Binds: '/a:/b' }],
  ['Binds', { Binds: [5] }],
  ['PortBindings', { PortBindings: { '80/tcp': {} } }],
  ['PortBindings.HostPort', { PortBindings: { '80/tcp': [{ HostPort: 80 }] } }],
  ['Mounts', { Mounts: 'q' }],
  ['Memory', { Memory: '12m' }],
  ['RestartPolicy', { RestartPolicy: 'always' }],
  ['NetworkMode', { NetworkMode: 5 }],
  ['Tmpfs', { Tmpfs: ['/x'] }],
  ['CapAdd', { CapAdd: 'ALL' }],
  ['LogConfig', { LogConfig: 'x' }],
  ['Ulimits.Name', { Ulimits: [{ Name: 1 }] }],
];

test.each(BAD)('%s of the wrong kind is named', (name, host) => {
  expect(() => {
    checkHostConfig(host);
  }).toThrow(`HostConfig.${name} of type`);
});

test('a port that is none is refused', () => {
  expect(() => {
    checkHostConfig({ PortBindings: { web: [] } });
  }).toThrow('invalid port specification: "web"');
});

test('nothing sent, nulls and everything that is shown are accepted', () => {
  checkHostConfig({});
  checkHostConfig({ Binds: null, PortBindings: { '80/tcp': null, '90': [{}] }, Memory: null });
  checkHostConfig({ ...completeHostConfig({ Privileged: true }) });
});
