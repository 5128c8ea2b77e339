import { describe, expect, test } from 'vitest';
import type { ContainerConfig } from '../oci/config.ts';
import { checkWishes } from './create-checks.ts';
import { completeHostConfig, mergeConfig } from './create-request.ts';
import type { HostConfig } from './model.ts';

const ID = 'f'.repeat(64);

describe('the wishes over the image', () => {
  const image: ContainerConfig = {
    Cmd: ['sh'],
    Entrypoint: ['/entry'],
    Env: ['PATH=/bin', 'A=image'],
    WorkingDir: '/srv',
    Labels: { from: 'image', both: 'image' },
    StopSignal: 'SIGQUIT',
  };
  const cases: [name: string, wishes: Partial<ContainerConfig>, expected: Partial<ContainerConfig>][] = [
    ['nothing', {}, { Cmd: ['sh'], Entrypoint: ['/entry'], WorkingDir: '/srv', StopSignal: 'SIGQUIT' }],
    ['a command keeps the entrypoint', { Cmd: ['ls'] }, { Cmd: ['ls'], Entrypoint: ['/entry'] }],
    ['an entrypoint drops the command', { Entrypoint: ['/other'] }, { Cmd: null, Entrypoint: ['/other'] }],
    ['an empty entrypoint clears it', { Entrypoint: [''], Cmd: ['ls'] }, { Cmd: ['ls'], Entrypoint: null }],
    ['variables by name', { Env: ['A=user', 'B=1'] }, { Env: ['A=user', 'B=1', 'PATH=/bin'] }],
    ['the last of two values', { Env: ['B=1', 'B=2'] }, { Env: ['B=2', 'PATH=/bin', 'A=image'] }],
    ['labels by name', { Labels: { both: 'user' } }, { Labels: { from: 'image', both: 'user' } }],
    ['a host name', { Hostname: 'web' }, { Hostname: 'web' }],
    ['none: the beginning of the id', {}, { Hostname: 'ffffffffffff' }],
  ];
  test.each(cases)('%s', (_name, wishes, expected) => {
    expect(mergeConfig(ID, wishes, image)).toMatchObject(expected);
  });
});

describe('refusals in the words of dockerd', () => {
  const cases: [message: string, config: Partial<ContainerConfig>, host: Partial<HostConfig>][] = [
    ["the working directory 'a' is invalid, it needs to be an absolute path", { WorkingDir: 'a' }, {}],
    ['No command specified', { Cmd: [] }, {}],
    ['invalid environment variable: =x', { Env: ['=x'] }, {}],
    [
      "invalid restart policy 'often'",
      {},
      { RestartPolicy: { Name: 'often' as never, MaximumRetryCount: 0 } },
    ],
    ['Invalid signal: FOO', { StopSignal: 'FOO' }, {}],
    ['bad format for add-host: "db"', {}, { ExtraHosts: ['db'] }],
    [
      "can't create 'AutoRemove' container with restart policy",
      {},
      { AutoRemove: true, RestartPolicy: { Name: 'always', MaximumRetryCount: 0 } },
    ],
  ];
  test('what would be ignored in silence', () => {
    const refuse = (host: Partial<HostConfig>) => () => {
      checkWishes(mergeConfig(ID, { Cmd: ['true'] }, {}), completeHostConfig(host));
    };
    expect(refuse({ LogConfig: { Type: 'syslog' } })).toThrow('The log driver syslog is not built');
    expect(refuse({ LogConfig: { Type: 'none' } })).not.toThrow();
    expect(refuse({ Runtime: 'nosuch' })).toThrow('Unknown runtime specified nosuch');
    expect(refuse({ Isolation: 'hyperv' })).toThrow('Invalid isolation: "hyperv"');
  });
  test.each(cases)('%s', (message, config, host) => {
    const merged = mergeConfig(ID, { Cmd: ['true'], ...config }, {});
    expect(() => checkWishes(merged, completeHostConfig(host))).toThrow(message);
  });
});

describe('what client libraries leave out', () => {
  test('the address or the port of a binding', () => {
    const sent = { '80/tcp': [{ HostPort: '8080' }], '90/tcp': [{}], '99/tcp': null } as never;
    expect(completeHostConfig({ PortBindings: sent }).PortBindings).toEqual({
      '80/tcp': [{ HostIp: '', HostPort: '8080' }],
      '90/tcp': [{ HostIp: '', HostPort: '' }],
      '99/tcp': null,
    });
  });

  test.each([
    {},
    { RestartPolicy: {} as never },
    { RestartPolicy: { Name: '' as const, MaximumRetryCount: 0 } },
  ])('a restart policy has no name: %o', (sent) => {
    expect(completeHostConfig(sent).RestartPolicy).toEqual({ Name: '', MaximumRetryCount: 0 });
  });
});
