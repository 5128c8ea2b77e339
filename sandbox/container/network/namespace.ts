import { closeSync, openSync } from 'node:fs';

import { run } from '../../layer/run.ts';
import { LinkShell } from './link-shell.ts';

/** As dockerd does: a container without an IPv6 network has no IPv6 addresses, not even on its loopback. */
const WITHOUT_IPV6 = 'echo 1 >/proc/sys/net/ipv6/conf/all/disable_ipv6;';

/** For the devices to come: the name server's address is one of a loopback, and is reached through them. */
const NAMES = 'echo 1 >/proc/sys/net/ipv4/conf/default/route_localnet;';

/**
 * As dockerd does: whoever a container runs as may have any port and may ping. It lets every group of the machine ping; a
 * session can only name the groups that it has.
 */
const FOR_EVERYBODY = [
  'echo 0 >/proc/sys/net/ipv4/ip_unprivileged_port_start;',
  'echo 0 65535 >/proc/sys/net/ipv4/ping_group_range;',
].join(' ');

/**
 * A network namespace with its loopback up. It lives as long as this holds it or a process is in it; there is no
 * file of it anywhere, so nothing is left behind by an engine that was killed.
 */
export class Namespace {
  /** For crun and nsenter: a path that means this namespace to every process of the session. */
  readonly path: string;
  readonly #shell: LinkShell;
  readonly #descriptor: number;
  #closed = false;

  private constructor(shell: LinkShell, descriptor: number) {
    this.#shell = shell;
    this.#descriptor = descriptor;
    this.path = `/proc/${process.pid}/fd/${descriptor}`;
  }

  static async open(): Promise<Namespace> {
    const made: { path?: string } = {};
    const shell = new LinkShell((batch) =>
      made.path === undefined
        ? [
            'unshare',
            '--net',
            'sh',
            '-c',
            `{ ${WITHOUT_IPV6} ${NAMES} ${FOR_EVERYBODY} } 2>/dev/null; ${batch}`,
          ]
        : ['nsenter', `--net=${made.path}`, 'sh', '-c', batch],
    );
    await shell.run(['link set lo up']);
    const namespace = new Namespace(shell, openSync(`/proc/${shell.pid ?? 0}/ns/net`, 'r'));
    made.path = namespace.path;
    return namespace;
  }

  /** Carries out commands of ip(8) inside. */
  async configure(commands: readonly string[]): Promise<void> {
    await this.#shell.run(commands);
  }

  /** Only a container on an IPv6 network has it, on the loopback too. */
  async allowIPv6(device: string): Promise<void> {
    const files = ['lo', device].map((each) => `/proc/sys/net/ipv6/conf/${each}/disable_ipv6`);
    await run([
      'nsenter',
      `--net=${this.path}`,
      'sh',
      '-c',
      files.map((file) => `echo 0 >${file}`).join(' && '),
    ]);
  }

  /** Lets go of it. Idempotent. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#shell.close();
    closeSync(this.#descriptor);
  }
}
