import { AxeBuilder } from '@axe-core/playwright';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import type { AddressInfo, Server } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { build } from 'vite';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { MEDIA_TYPES } from '../sandbox/oci/descriptor.ts';
import { digestOf, type Digest } from '../sandbox/oci/digest.ts';
import { OCTETS, rawClient, withDigest, type RawClient } from '../sandbox/registry/testing/client.ts';
import { Log } from '../server/operations/log.ts';
import { ServerOptions } from '../server/options.ts';
import { openServer, type RunningServer } from '../server/server.ts';
import { MemorySupervisor } from '../server/testing/supervisor.ts';
import { ARTEFACTS, browserMissing, openBrowserOfTest, type BrowserOptions } from './browser.ts';
import { settings } from './settings.ts';

/*
 * The hub's pages in a browser, against the real web server. Pushes come by the way that machines have: through the
 * connections that the server leaves with an engine.
 */

const missing = await browserMissing();
if (missing !== null && settings.ci) throw new Error(missing);
if (missing !== null) console.warn(`The tests of the hub's pages cannot run. ${missing}`);

let folder: string;
let supervisor: MemorySupervisor;
let server: RunningServer;
let ways: Server[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-hub-pages-'));
  await mkdir(ARTEFACTS, { recursive: true });
  const webDir = join(folder, 'web');
  await build({
    root: join(import.meta.dirname, '../web'),
    logLevel: 'error',
    build: { outDir: webDir },
  });
  supervisor = new MemorySupervisor(join(folder, 'engines'));
  // The real images, and a list of its own of those that are not there yet.
  const catalog = join(folder, 'catalog');
  await mkdir(catalog);
  for (const name of ['oci-layout', 'index.json', 'blobs'])
    await symlink(join(settings.dataDir, 'catalog', name), join(catalog, name));
  const options = ServerOptions.parse({
    host: '127.0.0.1',
    port: 0,
    webDir,
    lessonsDir: join(import.meta.dirname, '../lessons'),
    stateDir: join(folder, 'state'),
    sessionsPerLearner: 20,
    hub: { catalog },
  });
  server = await openServer(
    options,
    supervisor,
    (message, error) => console.error(message, error ?? ''),
    new Log({ format: 'text', level: 'error', write: (line) => console.error(line) }),
  );
});

beforeEach(() => {
  ways = [];
});

afterEach(() => {
  for (const way of ways) way.close();
});

afterAll(async () => {
  await server.close();
  await supervisor.close();
  await rm(folder, { recursive: true, force: true });
});

/** A browser of its own, and a client in its learner's machine that has logged in. */
async function openLearner(name: string, repository: string, options: BrowserOptions = {}) {
  const browser = await openBrowserOfTest({ baseURL: server.url, ...options });
  await browser.page.goto('/hub');
  const id = await browser.page.evaluate<string>(`fetch('/api/sessions', {
    method: 'POST', body: '{"lesson":null}', headers: { 'content-type': 'application/json' },
  }).then((answer) => answer.json()).then(({ id }) => id)`);
  const url = await wayOf(id);
  const answer = await fetch(`${url}/token?scope=repository:${repository}:pull,push`, {
    headers: { authorization: `Basic ${Buffer.from(`${name}:secret`).toString('base64')}` },
  });
  const { token } = (await answer.json()) as { token: string };
  return {
    page: browser.page,
    errors: browser.errors,
    client: rawClient(url, { authorization: `Bearer ${token}` }),
  };
}

/** A port whose connections are those of a machine to the hub. */
async function wayOf(id: string): Promise<string> {
  const way = createServer((socket) => {
    socket.on('error', () => undefined);
    void supervisor.engines
      .get(id)
      ?.uplink.openHub()
      .then((hub) => {
        hub.on('error', () => socket.destroy());
        socket.on('close', () => hub.destroy());
        socket.pipe(hub).pipe(socket);
      });
  });
  await new Promise<void>((resolve) => way.listen(0, '127.0.0.1', resolve));
  ways.push(way);
  return `http://127.0.0.1:${(way.address() as AddressInfo).port}`;
}

/** An image of two layers with a history; layers of the same text are the same. */
async function pushImage(client: RawClient, repository: string, tag: string, layers: readonly string[]) {
  const digests: Digest[] = [];
  for (const text of layers) digests.push(await client.push(repository, text));
  const config = JSON.stringify({
    architecture: 'amd64',
    os: 'linux',
    rootfs: { type: 'layers', diff_ids: digests },
    history: [
      ...layers.map((text) => ({
        created: '2026-05-01T12:00:00Z',
        created_by: `RUN make ${text.slice(0, 12)}`,
      })),
      { created: '2026-05-01T12:00:00Z', created_by: 'CMD ["/bin/sh"]', empty_layer: true },
    ],
  });
  const manifest = {
    schemaVersion: 2,
    mediaType: MEDIA_TYPES.ociManifest,
    config: {
      mediaType: MEDIA_TYPES.ociConfig,
      digest: await client.push(repository, config),
      size: config.length,
    },
    layers: layers.map((text, place) => ({
      mediaType: MEDIA_TYPES.ociLayerGzip,
      digest: digests[place],
      size: text.length,
    })),
  };
  const answer = await client.putManifest(repository, tag, manifest);
  expect(answer.status).toBe(201);
}

async function violations(page: Page): Promise<string[]> {
  const { violations: found } = await new AxeBuilder({ page })
    .withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'])
    .analyze();
  return found.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' | ')}`);
}

async function picture(page: Page, name: string): Promise<void> {
  await page.waitForTimeout(200);
  await page.screenshot({ path: join(ARTEFACTS, `hub-${name}.png`), fullPage: true });
}

const text = (length: number, seed: string) => seed.repeat(Math.ceil(length / seed.length)).slice(0, length);

describe.skipIf(missing !== null)('the hub', () => {
  describe.each(['light', 'dark'] as const)('in %s colours', (colorScheme) => {
    it('lists repositories, and shows what one of them is made of', async () => {
      const name = `anna-${colorScheme}`;
      const { page, client, errors } = await openLearner(name, `${name}/my_repo`, { colorScheme });
      await pushImage(client, `${name}/my_repo`, '1.0', [text(70_000, 'base'), text(9_000, 'one')]);
      await pushImage(client, `${name}/my_repo`, '2.0', [text(70_000, 'base'), text(30_000, 'two')]);
      await page
        .getByRole('link', { name: `${name}/my_repo` })
        .first()
        .waitFor();
      expect(await violations(page)).toEqual([]);
      await picture(page, `list-${colorScheme}`);

      await page
        .locator('.hub-row')
        .getByRole('link', { name: `${name}/my_repo` })
        .click();
      await page.getByRole('heading', { name: `${name}/my_repo` }).waitFor();
      await page.getByText('RUN make two').waitFor();
      await page.locator('summary', { hasText: '1.0' }).click();
      await page.locator('.layer.shared', { hasText: 'with other tags' }).first().waitFor();
      expect(await violations(page)).toEqual([]);
      await picture(page, `repository-${colorScheme}`);
      expect(await page.locator('slip-command').textContent()).toBeDefined();
      await page.setViewportSize({ width: 400, height: 900 });
      expect(await page.evaluate<number>('document.documentElement.scrollWidth')).toBeLessThanOrEqual(400);
      await picture(page, `repository-${colorScheme}-narrow`);
      expect(errors).toEqual([]);
    });
  });

  it('shows a push while it goes on: what travels, and what is there already', async () => {
    const repository = 'ben/tool';
    const { page, client } = await openLearner('ben', repository);
    await pushImage(client, repository, '1.0', [text(50_000, 'first')]);
    await page.goto(`/hub/${repository}`);
    await page.getByRole('heading', { name: repository }).waitFor();
    // The push that has just ended is still told; this one begins anew.
    await client.send('HEAD', `/v2/${repository}/blobs/${digestOf(text(50_000, 'first'))}`);
    const layer = text(40_000, 'second');
    const location = await client.start(repository);
    await client.send('PATCH', location, { body: layer.slice(0, 20_000), headers: OCTETS });
    await page.getByText('already there').waitFor();
    await page.getByText('travelling').waitFor();
    await page.locator('.push-part.sending .figure', { hasText: '20 KiB' }).waitFor();
    expect(await violations(page)).toEqual([]);
    await picture(page, 'push');
    const rest = { body: layer.slice(20_000), headers: OCTETS };
    await client.send('PUT', withDigest(location, digestOf(layer)), rest);
    await page.getByText('arrived').waitFor();
    await pushImage(client, repository, '2.0', [text(50_000, 'first'), layer]);
    await page.locator('summary', { hasText: '2.0' }).waitFor();
    await page.getByText('pushed by ben').first().waitFor();
  });

  it('marks layers that others have too', async () => {
    const base = text(60_000, 'shared');
    const { client } = await openLearner('carl', 'carl/one');
    await pushImage(client, 'carl/one', 'latest', [base]);
    const { page, client: dora } = await openLearner('dora', 'dora/two');
    await pushImage(dora, 'dora/two', 'latest', [base, text(2_000, 'own')]);
    await page.goto('/hub/dora/two');
    await page.locator('.layer.shared', { hasText: 'with carl/one' }).waitFor();
    expect(await page.locator('.layer').count()).toBe(2);
    expect(await page.locator('.layer.shared').count()).toBe(1);
  });

  it('shows official images with a command to copy, by the keyboard alone', async () => {
    const { page } = await openLearner('emil', 'emil/x');
    await page.goto('/hub');
    await page.getByRole('searchbox', { name: 'Search repositories' }).fill('busybox');
    await page.locator('.hub-row').nth(1).waitFor({ state: 'detached' });
    await page.getByRole('link', { name: 'busybox' }).focus();
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'busybox' }).waitFor();
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await page.getByRole('button', { name: 'Copy: docker pull busybox' }).press('Enter');
    expect(await page.evaluate('navigator.clipboard.readText()')).toBe('docker pull busybox');
    const tag = page.locator('summary').nth(1);
    await tag.focus();
    await page.keyboard.press('Enter');
    await page.locator('details[open]').nth(1).waitFor();
    expect(await violations(page)).toEqual([]);
    await picture(page, 'official');
  });

  it('lets owners describe and delete, and nobody else', async () => {
    const { page, client } = await openLearner('fay', 'fay/notes');
    await pushImage(client, 'fay/notes', 'latest', [text(1_000, 'x')]);
    await page.goto('/hub/fay/notes');
    await page.getByRole('button', { name: 'Edit description' }).click();
    await page.getByLabel('Description').fill('<b>Notes</b> on images');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('<b>Notes</b> on images').waitFor();
    const { page: stranger } = await openLearner('gus', 'gus/x');
    await stranger.goto('/hub/fay/notes');
    await stranger.getByText('<b>Notes</b> on images').waitFor();
    expect(await stranger.getByRole('button', { name: /Edit|Delete/ }).count()).toBe(0);
    const status = await stranger.evaluate<number>(
      `fetch('/api/hub/repositories/fay/notes', { method: 'DELETE' }).then((answer) => answer.status)`,
    );
    expect(status).toBe(404);
    await page.locator('.hub-danger slip-confirm button').click();
    await page.locator('.hub-danger slip-confirm .danger').click();
    await stranger.getByText('There is no repository of this name on the hub.').waitFor();
  });

  it('gives a learner a name, and says why not', async () => {
    const { page, errors } = await openLearner('ida', 'ida/x');
    await page.goto('/hub');
    await page.getByRole('button', { name: 'Take a name' }).press('Enter');
    // The keyboard is where one types.
    await page.keyboard.type('ida');
    await page.getByLabel('Password').fill('secret');
    await page.keyboard.press('Enter');
    await page.getByRole('alert').getByText('The name ida is taken.').waitFor();
    expect(await violations(page)).toEqual([]);
    await picture(page, 'take-name');
    await page.getByLabel('Name', { exact: true }).fill('ida-too');
    await page.getByRole('button', { name: 'Take it' }).click();
    await page.getByRole('status').getByText('docker login -u ida-too').waitFor();
    await page.locator('.hub-names').getByText('ida-too', { exact: true }).waitFor();
    expect(errors.filter((each) => !each.includes('409'))).toEqual([]);
  });

  it('tells how far the official images are, as it goes on', async () => {
    const states = (state: string, detail?: string) =>
      writeFile(
        join(folder, 'catalog/images.json'),
        JSON.stringify([
          { name: 'nginx', summary: 'Web server.', references: [], state, ...(detail && { detail }) },
          { name: 'redis', summary: 'Store.', references: [], state: 'ready' },
        ]),
      );
    await states('building', 'Step 3/7 : RUN apt-get install nginx');
    const { page } = await openLearner('jan', 'jan/x');
    await page.goto('/hub');
    const row = page.locator('section[aria-labelledby=building] .hub-row');
    await row.getByText('being built').waitFor();
    await row.getByText('Step 3/7 : RUN apt-get install nginx').waitFor();
    expect(await row.count()).toBe(1);
    expect(await violations(page)).toEqual([]);
    await picture(page, 'building');
    await states('failed', 'no space left on device');
    await row.getByText('could not be built').waitFor();
    await states('ready');
    await row.waitFor({ state: 'detached' });
  });

  it('says so where there is nothing', async () => {
    const { page } = await openLearner('hal', 'hal/x');
    await page.goto('/hub/hal/nothing');
    await page.getByText('There is no repository of this name on the hub.').waitFor();
    expect(await violations(page)).toEqual([]);
  });
});
