import { describe, expect, it } from 'vitest';

import { contains6, formatAddress6, overlaps6, parseAddress6, parseSubnet6 } from './address6.ts';

const subnet = (text: string) => parseSubnet6(text) ?? { base: -1n, bits: 0 };

describe('IPv6 addresses', () => {
  it.each([
    ['::', '::'],
    ['::1', '::1'],
    ['fd00::', 'fd00::'],
    ['FD00:0:0:1::0007', 'fd00:0:0:1::7'],
    ['2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['1:2:3:4:5:6:7:8', '1:2:3:4:5:6:7:8'],
    ['10:0:0:10::', '10:0:0:10::'],
    ['64:ff9b::10.5.0.9', '64:ff9b::a05:9'],
  ])('reads %s and writes it as %s', (text, written) => {
    expect(formatAddress6(parseAddress6(text) ?? -1n)).toBe(written);
  });

  it.each(['', '10.5.0.9', 'fd00', 'fd00::1::2', 'fe80::1%eth0', 'g::', '1:2:3:4:5:6:7:8:9'])(
    'refuses %j',
    (text) => {
      expect(parseAddress6(text)).toBeUndefined();
    },
  );

  it('knows subnets', () => {
    expect(formatAddress6(subnet('fd00:0:0:1::9/64').base)).toBe('fd00:0:0:1::');
    expect(contains6(subnet('fd00::/64'), subnet('fd00::ffff/128').base)).toBe(true);
    expect(contains6(subnet('fd00::/64'), subnet('fd00:0:0:1::/128').base)).toBe(false);
    expect(overlaps6(subnet('fd00::/48'), subnet('fd00:0:0:1::/64'))).toBe(true);
    expect(overlaps6(subnet('fd00::/64'), subnet('fd01::/64'))).toBe(false);
    expect(parseSubnet6('fd00::/129')).toBeUndefined();
    expect(parseSubnet6('fd00::')).toBeUndefined();
  });
});
