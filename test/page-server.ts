import { AxeBuilder } from '@axe-core/playwright';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { build } from 'vite';
import { Log } from '../server/operations/log.ts';
import { ServerOptions } from '../server/options.ts';
import { openServer } from '../server/server.ts';
import type { EngineDouble } from '../server/testing/engine.ts';
import { playDocker } from '../server/testing/play-docker.ts';
import { MemorySupervisor } from '../server/testing/supervisor.ts';
import { ARTEFACTS } from './browser.ts';

/** The built page behind the real web server, on machines that are shells of this computer. */
export interface PageServer {
  readonly url: string;
  readonly supervisor: MemorySupervisor;
  /** Of the machine that was made last. */
  engine(): EngineDouble;
  close(): Promise<void>;
}

export async function openPageServer(): Promise<PageServer> {
  const folder = await mkdtemp(join(tmpdir(), 'slipway-page-'));
  await mkdir(ARTEFACTS, { recursive: true });
  const webDir = join(folder, 'web');
  await build({ root: join(import.meta.dirname, '../web'), logLevel: 'error', build: { outDir: webDir } });
  const supervisor = new MemorySupervisor(join(folder, 'engines'));
  await playDocker(supervisor, join(folder, 'bin'));
  const options = ServerOptions.parse({
    host: '127.0.0.1',
    port: 0,
    webDir,
    lessonsDir: join(import.meta.dirname, '../lessons'),
    stateDir: join(folder, 'state'),
  });
  const server = await openServer(
    options,
    supervisor,
    (message, error) => console.error(message, error ?? ''),
    new Log({ format: 'text', level: 'error', write: (line) => console.error(line) }),
  );
  return {
    url: server.url,
    supervisor,
    engine: () => {
      const engine = [...supervisor.engines.values()].at(-1);
      if (!engine) throw new Error('There is no machine.');
      return engine;
    },
    close: async () => {
      await server.close();
      await supervisor.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** What axe finds against WCAG 2.2 AA and its own best practice. */
export async function violations(page: Page, part = 'body'): Promise<string[]> {
  const { violations: found } = await new AxeBuilder({ page })
    .withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'])
    .include(part)
    .analyze();
  return found.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' | ')}`);
}

const SIZES = [
  [1280, 720],
  [1920, 1080],
  [820, 1180],
] as const;

/** Pictures at the three sizes, for people to look at. */
export async function pictures(page: Page, name: string): Promise<void> {
  for (const [width, height] of SIZES) {
    await page.setViewportSize({ width, height });
    await page.waitForTimeout(300);
    await page.screenshot({ path: join(ARTEFACTS, `${name}-${width}.png`) });
  }
}
