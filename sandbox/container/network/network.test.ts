import { describe, expect, it } from 'vitest';

import type { ContainerRecord } from '../model.ts';
import type { EndpointSettings } from '../networking.ts';
import { formatAddress, formatSubnet, macOf, overlaps, parseAddress, parseSubnet } from './address.ts';
import { CODE, formatAnswer, formatName, parseQuestion, TYPE } from './dns-message.ts';
import { fillEndpoint, idleEndpoint, refuseWishes } from './endpoint.ts';
import { copiedResolverFile, extraHosts, resolverFile } from './files.ts';
import { planIpam } from './ipam.ts';
import { Leases, type Lease } from './leases.ts';
import { parseLink } from './links.ts';
import { addressesOf, nameAt } from './name-lookup.ts';
import type { CreateNetwork, StoredNetwork } from './model.ts';
import { defaultRoutes } from './plug.ts';
import { bridgeOf, NetworkRegistry, planOf } from './registry.ts';

const NO_IPAM = { Driver: 'default', Options: null, Config: [] };

function wish(Name: string, more: Partial<CreateNetwork> = {}): CreateNetwork {
  return {
    Name,
    Driver: 'bridge',
    EnableIPv6: false,
    Internal: false,
    Attachable: false,
    Ingress: false,
    ConfigOnly: false,
    Options: {},
    Labels: {},
    IPAM: NO_IPAM,
    ...more,
  };
}

async function registry(): Promise<NetworkRegistry> {
  let stored: StoredNetwork[] | undefined;
  return NetworkRegistry.open({
    read: async () => stored,
    write: async (networks) => {
      stored = [...networks];
    },
  });
}

function subnet(text: string) {
  const found = parseSubnet(text);
  if (found === undefined) throw new Error(text);
  return found;
}

describe('addresses', () => {
  it.each(['0.0.0.0', '10.5.0.9', '172.17.0.1', '255.255.255.255'])('reads and writes %s', (text) => {
    expect(formatAddress(parseAddress(text) ?? -1)).toBe(text);
  });

  it.each(['', '1.2.3', '1.2.3.4.5', '1.2.3.256', 'a.b.c.d', '1.2.3.4\n'])('refuses %j', (text) => {
    expect(parseAddress(text)).toBeUndefined();
  });

  it('knows subnets', () => {
    expect(formatSubnet(subnet('10.5.0.9/24'))).toBe('10.5.0.0/24');
    expect(parseSubnet('10.0.0.0/99')).toBeUndefined();
    expect(overlaps(subnet('10.0.0.0/8'), subnet('10.5.0.0/24'))).toBe(true);
    expect(overlaps(subnet('10.4.0.0/16'), subnet('10.5.0.0/16'))).toBe(false);
  });

  it("derives Docker's MAC address", () => {
    expect(macOf(parseAddress('172.17.0.2') ?? 0)).toBe('02:42:ac:11:00:02');
  });
});

describe('addresses of a new network', () => {
  it('takes the next default subnet, and the first again at the end', () => {
    const subnets = [subnet('172.17.0.0/16')];
    expect(planIpam(NO_IPAM, { subnets }).ipam.Config).toEqual([
      { Subnet: '172.18.0.0/16', Gateway: '172.18.0.1' },
    ]);
    const after = (last: string) => planIpam(NO_IPAM, { subnets, last: subnet(last) }).ipam.Config[0]?.Subnet;
    expect(after('172.18.0.0/16')).toBe('172.19.0.0/16');
    expect(after('172.31.0.0/16')).toBe('192.168.0.0/20');
    expect(after('192.168.240.0/20')).toBe('172.18.0.0/16');
  });

  it.each([
    [{ Subnet: '10.0.0.0/99' }, 'Invalid subnet 10.0.0.0/99 : invalid CIDR address: 10.0.0.0/99'],
    [{ Subnet: '172.17.9.0/24' }, 'Pool overlaps with other one on this address space'],
    [
      { Subnet: '10.5.0.0/24', Gateway: '10.6.0.1' },
      'failed to allocate gateway (10.6.0.1): Requested address is out of range',
    ],
  ])('refuses %j', (config, words) => {
    const asked = { ...NO_IPAM, Config: [config] };
    expect(() => planIpam(asked, { subnets: [subnet('172.17.0.0/16')] })).toThrow(words);
  });
});

describe('networks', () => {
  it('has three from the start', async () => {
    expect((await registry()).all().map((each) => [each.Name, each.Driver])).toEqual([
      ['bridge', 'bridge'],
      ['host', 'host'],
      ['none', 'null'],
    ]);
  });

  it.each([
    [wish('bridge'), 'forbidden', 'operation is not permitted on predefined bridge network'],
    [wish('a'), 'conflict', 'network with name a already exists'],
    [wish('b', { Driver: 'host' }), 'forbidden', 'only one instance of "host" network is allowed'],
    [wish('b', { Driver: 'nosuch' }), 'not-found', 'plugin "nosuch" not found'],
    [wish('b', { EnableIPv6: true }), 'internal', 'non-overlapping IPv6 address pool'],
    [
      wish('b', { Options: { 'com.docker.network.bridge.name': 'x\nlink delete docker0' } }),
      'invalid',
      'not a valid name',
    ],
  ])('refuses %o', async (asked, kind, words) => {
    const networks = await registry();
    await networks.create(wish('a'));
    const error = await networks.create(asked).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ kind });
    expect((error as Error).message).toContain(words);
  });

  it('finds by name, id and the beginning of an id', async () => {
    const networks = await registry();
    const { Id } = await networks.create(wish('a'));
    for (const term of ['a', Id, Id.slice(0, 12)]) expect(networks.find(term).Id).toBe(Id);
    expect(() => networks.find('nosuch')).toThrow('network nosuch not found');
  });

  it('puts the gateway where the range begins', async () => {
    const Config = [{ Subnet: '10.5.0.0/24', IPRange: '10.5.0.128/25' }];
    const network = await (await registry()).create(wish('a', { IPAM: { ...NO_IPAM, Config } }));
    expect(network.IPAM.Config).toEqual(Config);
    expect(bridgeOf(network).address).toBe('10.5.0.128/24');
    expect(planOf(network).reserved.map(formatAddress)).toEqual(['10.5.0.128']);
  });
});

function lease(name: string, networks: Record<string, EndpointSettings>): ContainerRecord {
  return { id: name, name, config: { Hostname: `${name}-host` }, networks } as unknown as ContainerRecord;
}

describe('endpoints', () => {
  const Config = [{ Subnet: '10.8.0.0/24' }, { Subnet: 'fd00:8::/64' }];

  it.each([
    [true, ['route replace default via 10.8.0.1 dev eth1', 'route replace default via fd00:8::1 dev eth1']],
    [false, ['route replace default via 10.8.0.1 dev eth1']],
  ])('lead out by all that the network has: IPv6 %s', async (EnableIPv6, routes) => {
    const network = await (
      await registry()
    ).create(wish('a', { EnableIPv6, IPAM: { ...NO_IPAM, Config: Config.slice(0, EnableIPv6 ? 2 : 1) } }));
    const settings = idleEndpoint({});
    fillEndpoint(settings, network, { address: 0, address6: 'fd00:8::2' });
    expect(defaultRoutes({ settings, device: 'eth1' })).toEqual(routes);
  });

  it('have further addresses only when they are addresses', async () => {
    const network = await (await registry()).create(wish('a'));
    const ask = (...LinkLocalIPs: string[]) => {
      refuseWishes(network, { IPAMConfig: { LinkLocalIPs }, Aliases: null }, false);
    };
    ask('169.254.8.8', 'fe80::8');
    expect(() => ask('169.254.8.8', 'nonsense')).toThrow(
      'Invalid link-local IP address: [169.254.8.8 nonsense]',
    );
  });
});

describe('leases and names', () => {
  it('gives the lowest free address, and only what there is', async () => {
    const Config = [{ Subnet: '10.8.0.0/29' }];
    const network = await (await registry()).create(wish('a', { IPAM: { ...NO_IPAM, Config } }));
    const leases = new Leases();
    const take = (address?: string) => {
      const settings = idleEndpoint(address === undefined ? {} : { IPAMConfig: { IPv4Address: address } });
      return formatAddress(leases.take(network, { record: lease('x', {}), settings }).address);
    };
    expect([take(), take('10.8.0.5'), take(), take(), take()]).toEqual(
      [2, 5, 3, 4, 6].map((last) => `10.8.0.${last}`),
    );
    expect(() => take()).toThrow("no available IPv4 addresses on this network's address pools: a");
    leases.release(network, parseAddress('10.8.0.3') ?? 0);
    expect(() => take('10.8.0.5')).toThrow('Address already in use');
    expect(() => take('10.9.0.5')).toThrow(
      "Invalid address 10.9.0.5: It does not belong to any of this network's subnets",
    );
    expect(take()).toBe('10.8.0.3');
  });

  it('answers for the networks the asker is on, and no others', async () => {
    const networks = await registry();
    const [front, back] = [await networks.create(wish('front')), await networks.create(wish('back'))];
    const leases = new Leases();
    const join = (name: string, on: readonly (typeof front)[], more: Partial<EndpointSettings>) => {
      const settings = Object.fromEntries(on.map((each) => [each.Name, idleEndpoint(more)]));
      const record = lease(name, settings);
      const made = on.map((network): [Lease, number] => {
        const one = { record, settings: settings[network.Name] ?? idleEndpoint({}) };
        return [one, leases.take(network, one).address];
      });
      return made;
    };
    const [web] = join('web', [front], { Links: ['db:store'] });
    const [db] = join('db', [front, back], { Aliases: ['Sql'] });
    const [lonely] = join('lonely', [back], {});
    if (web === undefined || db === undefined || lonely === undefined) throw new Error('no leases');
    const lookup = { networks: networks.all(), leases };
    for (const name of ['db', 'DB', 'sql', 'db.front', 'store', 'db-host']) {
      expect(addressesOf(lookup, web[0], name)).toEqual([db[1]]);
    }
    expect(addressesOf(lookup, web[0], 'lonely')).toEqual([]);
    expect(addressesOf(lookup, lonely[0], 'store')).toEqual([]);
    expect(addressesOf(lookup, db[0], 'lonely')).toEqual([lonely[1]]);
    const reversed = formatAddress(db[1]).split('.').reverse().join('.');
    expect(nameAt(lookup, web[0], `${reversed}.in-addr.arpa`)).toBe('db.front');
    expect(nameAt(lookup, web[0], '9.9.9.9.in-addr.arpa')).toBeUndefined();
  });

  it.each([
    ['web:db', 'web', 'db'],
    ['web', 'web', 'web'],
    ['/web:/me/db', 'web', 'db'],
  ])('reads the link %s', (link, target, alias) => {
    expect(parseLink(link)).toEqual({ target, alias });
  });
});

describe('DNS messages', () => {
  const query = Buffer.concat([
    Buffer.from([0x12, 0x34, 0x01, 0x00, 0, 1, 0, 0, 0, 0, 0, 0]),
    formatName('web.front'),
    Buffer.from([0, TYPE.A, 0, 1]),
  ]);

  it('reads a question and repeats it in the answer', () => {
    const question = parseQuestion(query);
    expect(question).toMatchObject({ id: 0x1234, name: 'web.front', type: TYPE.A });
    if (question === undefined) return;
    const answer = formatAnswer(question, { code: CODE.ok, records: [Buffer.from([10, 0, 0, 2])] });
    expect(answer.subarray(0, 8)).toEqual(Buffer.from([0x12, 0x34, 0x81, 0x80, 0, 1, 0, 1]));
    expect(answer.subarray(12, query.length)).toEqual(query.subarray(12));
    expect(answer.subarray(-4)).toEqual(Buffer.from([10, 0, 0, 2]));
  });

  it('takes no notice of anything else', () => {
    for (let length = 0; length < query.length; length++) {
      expect(parseQuestion(query.subarray(0, length))).toBeUndefined();
    }
    const answer = Buffer.from(query);
    answer[2] = 0x81;
    expect(parseQuestion(answer)).toBeUndefined();
    expect(parseQuestion(Buffer.alloc(64, 0xff))).toBeUndefined();
  });
});

describe('files', () => {
  const none = { servers: [], search: [], options: [] };

  it('writes extra hosts', () => {
    expect(extraHosts(['a:1.2.3.4', 'b:::1', 'c:host-gateway'], '172.17.0.1')).toEqual([
      '1.2.3.4\ta',
      '::1\tb',
      '172.17.0.1\tc',
    ]);
  });

  it('leaves out name servers that only the session can reach', () => {
    expect(copiedResolverFile(none, 'nameserver 127.0.0.53\nsearch a\n')).toBe(
      'search a\nnameserver 8.8.8.8\nnameserver 8.8.4.4\n',
    );
    expect(copiedResolverFile(none, 'nameserver 10.0.0.1\n')).toBe('nameserver 10.0.0.1\n');
    expect(copiedResolverFile({ ...none, servers: ['1.1.1.1'] }, 'search a\n')).toBe(
      'search a\nnameserver 1.1.1.1\n',
    );
  });

  it('names the own name server on a network with names, whatever the user wishes', () => {
    const wishes = { servers: ['1.1.1.1'], search: ['ex.com'], options: ['ndots:3'] };
    expect(resolverFile(wishes, '')).toBe('search ex.com\nnameserver 127.0.0.11\noptions ndots:3\n');
  });
});
