import { readFile, readdir, writeFile } from 'node:fs/promises';
import { request } from 'node:https';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findNotaryTools } from '../server/trust/notary-tools.ts';
import type { TufKey } from '../server/trust/tuf.ts';
import { makeDataFolder, removeDataFolder, startService, type Service } from './service.ts';
import { settings } from './settings.ts';
import { openShell, type Shell } from './shell.ts';
import { firstUpdate } from './tuf.ts';

/*
 * Content trust as learners meet it: the real Docker CLI in two machines, and the real Notary that the service starts.
 * The tests build on each other: what is signed in one is looked at in the next.
 */

const ready = findNotaryTools(path.join(settings.dataDir, 'tools/notary')) !== undefined;
const REASON = 'There is no notary: run `npx slipway setup --tests`.';
if (!ready && settings.ci) throw new Error(REASON);
if (!ready) console.warn(REASON);

const PASSPHRASES =
  'export DOCKER_CONTENT_TRUST_ROOT_PASSPHRASE=root-phrase DOCKER_CONTENT_TRUST_REPOSITORY_PASSPHRASE=repository-phrase';
const DIGEST = /sha256:[0-9a-f]{64}/u;

describe.skipIf(!ready)('content trust', () => {
  let dataDir: string;
  let service: Service;
  let anna: Shell;
  let ben: Shell;

  beforeAll(async () => {
    dataDir = await makeDataFolder();
    service = await startService(dataDir);
    [anna, ben] = await Promise.all([openMachine(), openMachine()]);
    const login = (name: string) => `${PASSPHRASES}; docker login -u ${name} -p secret-of-${name} 2>&1`;
    expect((await anna.run(login('anna'))).output).toContain('Login Succeeded');
    expect((await ben.run(login('ben'))).output).toContain('Login Succeeded');
    // Two images that differ, made here: nobody else has their layers.
    const made = await anna.run(`cd "$(mktemp -d)"
      for n in 1 2; do printf 'FROM busybox\\nRUN echo %s > /which\\n' $n | docker build -q -t anna/app:$n -; done`);
    expect(made.output).toMatch(DIGEST);
  });

  afterAll(async () => {
    await Promise.all([anna.close(), ben.close()]);
    await service.stop();
    await removeDataFolder(dataDir);
  });

  async function openMachine(): Promise<Shell> {
    const answer = await fetch(`${service.url}/api/sessions`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Origin: service.url },
      body: JSON.stringify({ lesson: 'first-image' }),
    });
    const { id } = (await answer.json()) as { id: string };
    const shell = await openShell(path.join(dataDir, 'sessions', id, 'engine.sock'));
    // The machine hears of the lab's certificate as soon as the server is connected to it.
    await shell.run(
      'until [ -e /etc/ssl/certs/slipway-lab.pem ]; do sleep 0.05; done; docker pull -q busybox',
    );
    return shell;
  }

  const run = async (shell: Shell, script: string) => shell.run(`${PASSPHRASES}\n${script}`, 60_000);
  const trusted = async (shell: Shell, command: string) => run(shell, `DOCKER_CONTENT_TRUST=1 ${command}`);
  const signedDigest = async (shell: Shell, tag: string) =>
    (
      await run(
        shell,
        `docker trust inspect anna/app 2>/dev/null | jq -r '.[0].SignedTags[] | select(.SignedTag == "${tag}") | .Digest'`,
      )
    ).output.trim();

  test('a push signs, and a pull by somebody else finds out by whom', async () => {
    const push = await trusted(anna, 'docker push anna/app:1');
    expect(push.output).toContain('Signing and pushing trust metadata');
    expect(push.output).toContain('Finished initializing "docker.io/anna/app"');
    expect(push.output).toContain('Successfully signed docker.io/anna/app:1');
    expect(push.exitCode).toBe(0);
    const digest = DIGEST.exec(push.output)?.[0] ?? '';
    const pull = await trusted(ben, 'docker pull anna/app:1');
    expect(pull.output).toContain(`Pull (1 of 1): anna/app:1@${digest}`);
    expect(pull.output).toContain(`Tagging anna/app@${digest} as anna/app:1`);
    expect(pull.exitCode).toBe(0);
    const inspect = await run(ben, 'docker trust inspect --pretty anna/app');
    expect(inspect.output).toMatch(
      new RegExp(`SIGNED TAG +DIGEST +SIGNERS\\n1 +${digest.slice(7)} +\\(Repo Admin\\)`, 'u'),
    );
    expect((await trusted(ben, 'docker run --rm anna/app:1 cat /which')).output).toBe('1\n');
  });

  test('what is not signed is not there', async () => {
    expect((await run(anna, 'docker push -q anna/app:2')).exitCode).toBe(0);
    const pull = await trusted(ben, 'docker pull anna/app:2');
    expect([pull.exitCode, pull.output]).toEqual([1, 'No valid trust data for 2\n']);
    const ran = await trusted(ben, 'docker run --rm anna/app:2 true');
    expect([ran.exitCode, ran.output]).toEqual([
      125,
      expect.stringContaining('docker: No valid trust data for 2.'),
    ]);
    const none = await trusted(ben, 'docker pull ben/nothing');
    expect(none.output).toContain('notary.docker.io does not have trust data for docker.io/ben/nothing');
    const build = await trusted(ben, 'docker build - <<< "FROM anna/app:2"');
    expect([build.exitCode, build.output]).toEqual([1, expect.stringContaining('No valid trust data for 2')]);
  });

  test('official images are signed by the lab', async () => {
    const pull = await trusted(ben, 'docker pull busybox');
    expect(pull.output).toMatch(/Pull \(1 of 1\): busybox:latest@sha256:[0-9a-f]{64}/u);
    expect(pull.exitCode).toBe(0);
    expect((await trusted(ben, 'docker run --rm busybox echo hi')).output).toBe('hi\n');
    const inspect = await run(ben, 'docker trust inspect --pretty busybox');
    expect(inspect.output).toMatch(/latest +[0-9a-f]{64} +\(Repo Admin\)/u);
    const push = await trusted(ben, 'docker tag anna/app:1 busybox:mine; docker push busybox:mine');
    expect(push.exitCode).not.toBe(0);
  });

  test('the hub’s own name has signatures, too', async () => {
    await run(anna, 'docker login -u anna -p secret-of-anna hub.slipway.test 2>&1');
    await run(anna, 'docker tag anna/app:1 hub.slipway.test/anna/own:1');
    const push = await trusted(anna, 'docker push hub.slipway.test/anna/own:1');
    expect(push.output).toContain('Successfully signed hub.slipway.test/anna/own:1');
    const pull = await trusted(ben, 'docker pull hub.slipway.test/anna/own:1');
    expect(pull.output).toContain('Pull (1 of 1): hub.slipway.test/anna/own:1@sha256:');
    expect(pull.exitCode).toBe(0);
    await run(ben, 'docker login -u ben -p secret-of-ben hub.slipway.test 2>&1');
    const other = await trusted(ben, 'docker trust revoke --yes hub.slipway.test/anna/own:1');
    expect(other.exitCode).not.toBe(0);
    expect((await trusted(ben, 'docker pull hub.slipway.test/library/busybox')).exitCode).toBe(0);
  });

  test('a build takes the signed image, whatever the tag stands for now', async () => {
    const digest = await signedDigest(ben, '1');
    // Without a signature the tag moves to another image; with trust on, it has not.
    await run(anna, 'docker tag anna/app:2 anna/app:1; docker push -q anna/app:1');
    expect(
      (await run(ben, 'docker pull -q anna/app:1; docker run --rm anna/app:1 cat /which')).output,
    ).toMatch(/2\n$/u);
    const build = await trusted(ben, "docker build --no-cache - <<< $'FROM anna/app:1\\nRUN cat /which'");
    expect(build.output).toContain(`FROM anna/app@sha256:${digest}`);
    expect(build.output).toMatch(/^1$/mu);
  });

  test('a signer is added, signs, takes it back, and goes', async () => {
    const key = await run(anna, 'cd; docker trust key generate anna');
    expect(key.output).toContain('Successfully generated and loaded private key.');
    const added = await run(anna, 'cd; docker trust signer add --key anna.pub anna anna/app');
    expect(added.output).toContain('Successfully added signer: anna to anna/app');
    const sign = await run(anna, 'docker trust sign anna/app:2');
    expect(sign.output).toContain('Successfully signed docker.io/anna/app:2');
    const inspect = await run(ben, 'docker trust inspect --pretty anna/app');
    expect(inspect.output).toMatch(/^2 +[0-9a-f]{64} +anna$/mu);
    expect(inspect.output).toMatch(/^SIGNER +KEYS\nanna +[0-9a-f]{12}$/mu);
    expect((await trusted(ben, 'docker pull anna/app:2')).exitCode).toBe(0);
    const revoke = await run(anna, 'docker trust revoke --yes anna/app:2');
    expect(revoke.output).toContain('Successfully deleted signature for anna/app:2');
    expect((await trusted(ben, 'docker pull anna/app:2')).output).toContain('No valid trust data for 2');
    const removed = await run(anna, 'docker trust signer remove --force anna anna/app');
    expect(removed.output).toContain('Successfully removed anna from anna/app');
  });

  test('nobody signs under another’s name, nor reads or makes keys there', async () => {
    const sign = await run(
      ben,
      'docker tag busybox ben/app:1; docker push -q ben/app:1; docker tag busybox anna/new:1; docker trust sign anna/new:1',
    );
    expect(sign.exitCode).toBe(1);
    expect(sign.output).toContain('you are not authorized to perform this operation: server returned 401.');
    // Not by way of the CLI either.
    const ask = (what: string) =>
      `curl -s -o /dev/null -w '%{http_code} ' -H "Authorization: Bearer $T" ${what}`;
    const tuf = 'https://notary.docker.io/v2/docker.io/anna/app/_trust/tuf';
    const hubToken = token('ben', 'docker.io/anna/app').replace('notary.docker.io', 'registry.docker.io');
    const codes = await run(
      ben,
      `${token('ben', 'docker.io/anna/app')}
      ${ask(`${tuf}/root.json`)}; ${ask(`${tuf}/snapshot.key`)}; ${ask(`-X POST ${tuf}/timestamp.key`)}
      ${ask(`-X DELETE ${tuf}/`)}; ${ask(`-F 'files=@/etc/hostname;filename=targets' ${tuf}/`)}
      ${ask('https://notary.docker.io/v2/_trust/changefeed')}; ${ask('https://notary.docker.io/_notary_server/health')}
      ${hubToken}; ${ask(`${tuf}/root.json`)}`,
    );
    expect(codes.output.trim()).toBe('200 401 401 401 401 404 404 401');
  });

  test('only the service itself reaches its parts on the host', async () => {
    const text = await readFile(path.join(dataDir, 'trust/notary/server.json'), 'utf8');
    const [host = '', port = ''] = (
      JSON.parse(text) as { server: { http_addr: string } }
    ).server.http_addr.split(':');
    const failure = await new Promise<Error>((resolve, reject) => {
      const outgoing = request({ host, port, path: '/v2/', rejectUnauthorized: false }, () =>
        reject(new Error('It answered somebody without a certificate.')),
      );
      outgoing.once('error', resolve);
      outgoing.end();
    });
    expect(failure).toMatchObject({ code: expect.stringMatching(/SSL|ECONNRESET|EPROTO/u) as string });
  });

  test('metadata that has expired is refused', async () => {
    const name = 'docker.io/anna/old';
    const keyOf = async (role: string) => {
      const url = `https://notary.docker.io/v2/${name}/_trust/tuf/${role}.key`;
      const { output } = await run(
        anna,
        `${token('anna', name)}; curl -s -H "Authorization: Bearer $T" ${url}`,
      );
      return JSON.parse(output) as TufKey;
    };
    const [timestamp, snapshot] = [await keyOf('timestamp'), await keyOf('snapshot')];
    const sha256 = await signedDigest(anna, '1');
    const publish = async (expires: Date) => {
      const { root, targets } = firstUpdate({
        ...{ name, timestamp, snapshot, tag: '1', sha256, size: 527, targetsExpire: expires },
      });
      const published = await run(
        anna,
        `cd "$(mktemp -d)"; ${token('anna', name)}
        printf %s '${root}' > root; printf %s '${targets}' > targets
        curl -s -w '%{http_code}' -H "Authorization: Bearer $T" -F 'files=@root;filename=root' \
          -F 'files=@targets;filename=targets' https://notary.docker.io/v2/${name}/_trust/tuf/`,
      );
      return published.output === '200';
    };
    // Notary takes nothing that has expired already: as short a time as this host can keep.
    let expires = new Date();
    for (let seconds = 3; seconds < 100; seconds *= 3) {
      expires = new Date(Date.now() + seconds * 1000);
      if (await publish(expires)) break;
    }
    await run(anna, `until [ "$(date +%s)" -gt ${Math.ceil(expires.getTime() / 1000)} ]; do sleep 0.2; done`);
    const pull = await trusted(ben, 'docker pull anna/old:1');
    expect(pull.exitCode).toBe(1);
    expect(pull.output).toMatch(/remote repository docker\.io\/anna\/old out-of-date: targets expired at /u);
  });

  test('an image that was changed where it lies is refused', async () => {
    const digest = await signedDigest(ben, '1');
    const manifest = await blobFile(digest);
    const { layers } = JSON.parse(await readFile(manifest, 'utf8')) as { layers: { digest: string }[] };
    const layer = await blobFile(layers.at(-1)?.digest.slice(7) ?? '');
    const whole = await readFile(layer);
    const changed = Buffer.from(whole);
    changed[changed.length - 10] = (changed[changed.length - 10] ?? 0) ^ 1;
    await writeFile(layer, changed);
    const fresh = await openMachine();
    try {
      const pull = await trusted(fresh, 'docker pull anna/app:1');
      expect(pull.exitCode).toBe(1);
      expect(pull.output).toMatch(/filesystem layer verification failed for digest sha256:|unexpected EOF/u);
      await writeFile(layer, whole);
      expect((await trusted(fresh, 'docker run --rm anna/app:1 cat /which')).output).toMatch(/1\n$/u);
    } finally {
      await writeFile(layer, whole);
      await fresh.close();
    }
  });

  test('another key in place of the known one is refused, unless nobody knew it', async () => {
    // Whoever has the name but not its key: another machine of the same person, say, or a thief of the password.
    const thief = await openMachine();
    try {
      await run(thief, 'docker login -u anna -p secret-of-anna 2>/dev/null; docker tag busybox anna/app:1');
      const sign = await run(thief, 'docker trust sign anna/app:1');
      expect(sign.output).toContain(
        'failed to sign docker.io/anna/app:1: no valid signing keys for delegation roles',
      );
      const name = 'docker.io/anna/app';
      const gone = await run(
        thief,
        `${token('anna', name)}; curl -s -o /dev/null -w '%{http_code}' -X DELETE -H "Authorization: Bearer $T" https://notary.docker.io/v2/${name}/_trust/tuf/
        rm -rf ~/.docker/trust/tuf; docker trust sign anna/app:1`,
      );
      expect(gone.output).toContain('Successfully signed docker.io/anna/app:1');
      const pull = await trusted(ben, 'docker pull anna/app:1');
      expect(pull.exitCode).toBe(1);
      expect(pull.output).toMatch(
        /could not rotate trust to a new trusted root|potential|could not validate/u,
      );
    } finally {
      await thief.close();
    }
  });

  test('what was signed, and what is needed to sign more, is there after a restart', async () => {
    const push = await trusted(
      ben,
      'docker tag busybox ben/app:1; DOCKER_CONTENT_TRUST=1 docker push ben/app:1',
    );
    expect(push.output).toContain('Successfully signed docker.io/ben/app:1');
    const keys = (await run(ben, 'tar -C ~ -cz .docker | base64 -w0')).output.trim();
    await Promise.all([anna.close(), ben.close()]);
    expect(await service.stop()).toBe(0);
    service = await startService(dataDir);
    [anna, ben] = await Promise.all([openMachine(), openMachine()]);
    expect((await trusted(anna, 'docker pull ben/app:1')).exitCode).toBe(0);
    await run(ben, `base64 -d <<< '${keys}' | tar -C ~ -xz; docker tag busybox ben/app:2`);
    const again = await trusted(ben, 'docker push ben/app:2');
    expect(again.output).toContain('Successfully signed docker.io/ben/app:2');
    expect((await trusted(anna, 'docker pull ben/app:2')).exitCode).toBe(0);
  });

  /** A line that puts a token into the variable T. */
  function token(account: string, name: string): string {
    const scope = `service=notary.docker.io&scope=repository:${name}:push,pull`;
    return `T=$(curl -s -u ${account}:secret-of-${account} 'https://auth.docker.io/token?${scope}' | jq -r .token)`;
  }

  async function blobFile(hex: string): Promise<string> {
    const folder = path.join(dataDir, 'hub/blobs');
    const names = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith(hex));
    return path.join(folder, names[0] ?? hex);
  }
});
