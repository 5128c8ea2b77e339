import { describe, expect, test } from 'vitest';
import { capabilitiesFor } from './capabilities.ts';

/** An engine with what a container gets by default, and two more. */
const OWN = new Set([
  'CHOWN', 'DAC_OVERRIDE', 'FSETID', 'FOWNER', 'MKNOD', 'NET_RAW', 'SETGID', 'SETUID', 'SETFCAP', 'SETPCAP',
  'NET_BIND_SERVICE', 'SYS_CHROOT', 'KILL', 'AUDIT_WRITE', 'SYS_ADMIN', 'NET_ADMIN',
]); // prettier-ignore

const of = (add: string[], drop: string[], privileged = false) =>
  capabilitiesFor({ add, drop, privileged }, OWN);

describe('capabilities', () => {
  test('Docker gives fourteen', () => expect(of([], [])).toHaveLength(14));
  test('one more, however it is written', () => {
    for (const name of ['NET_ADMIN', 'cap_net_admin', 'net_admin'])
      expect(of([name], [])).toContain('CAP_NET_ADMIN');
  });
  test('one less', () => expect(of([], ['CHOWN'])).not.toContain('CAP_CHOWN'));
  test('none', () => expect(of([], ['ALL'])).toEqual([]));
  test('only one', () => expect(of(['CHOWN'], ['ALL'])).toEqual(['CAP_CHOWN']));
  test('all but one', () => {
    expect(of(['ALL'], ['CHOWN'])).not.toContain('CAP_CHOWN');
    expect(of(['ALL'], ['CHOWN'])).toContain('CAP_SYS_ADMIN');
  });
  test('never one that the engine lacks', () => {
    expect(of(['SYS_MODULE'], [])).not.toContain('CAP_SYS_MODULE');
    expect(of([], [], true)).toHaveLength(16);
  });
});
