import { Router, type Request } from 'express';
import * as z from 'zod';
import { isRepositoryName, isTag, namespaceOf } from '../../sandbox/registry/store/names.ts';
import { readLearner } from '../http/cookie.ts';
import { Refusal } from '../refusal.ts';
import { LoginRefused } from './accounts.ts';
import type { Hub } from './hub.ts';
import { nameOf, overview, repositoryView } from './overview.ts';

const DESCRIPTION_MAX = 500;
const TERM_MAX = 100;

const DescribeBody = z.strictObject({ description: z.string().max(DESCRIPTION_MAX) });
const NameBody = z.strictObject({ name: z.string().max(100), password: z.string().min(1).max(512) });

/** What `server/hub/protocol.ts` promises over HTTP; bodies are parsed by whoever mounts it. */
export function hubRoutes(hub: Hub): Router {
  const router = Router();
  const owner = (request: Request) => readLearner(request.headers.cookie);
  const named = (request: Request): string => {
    const { name } = request.params;
    return Array.isArray(name) ? name.join('/') : (name ?? '');
  };
  const own = (request: Request): string => {
    const name = named(request);
    if (!hub.store.repository(name) || !hub.accounts.owns(owner(request), namespaceOf(name))) throw unknown();
    return name;
  };

  router.get('/', async (request, response) => {
    const { q } = request.query;
    response.json(await overview(hub, typeof q === 'string' ? q.slice(0, TERM_MAX) : '', owner(request)));
  });

  router.post('/names', async (request, response) => {
    const body = NameBody.safeParse(request.body);
    if (!body.success) throw new Refusal('invalid', 'Give a name and a password.');
    const learner = owner(request);
    if (learner === undefined)
      throw new Refusal('invalid', 'Open a machine first: names belong to those who have one.');
    const name = body.data.name.toLowerCase();
    if (hub.accounts.has(name)) throw new Refusal('conflict', `The name ${name} is taken.`);
    try {
      await hub.accounts.login(name, body.data.password, learner);
    } catch (error) {
      if (error instanceof LoginRefused)
        throw new Refusal('invalid', sentenceOf(error.message), { cause: error });
      throw error;
    }
    response.status(201).json(nameOf(hub, name));
  });

  router.get('/repositories/*name', async (request, response) => {
    const name = named(request);
    const view = isRepositoryName(name) ? await repositoryView(hub, name, owner(request)) : undefined;
    if (!view) throw unknown();
    response.json(view);
  });

  router.put('/repositories/*name', async (request, response) => {
    const name = own(request);
    const body = DescribeBody.safeParse(request.body);
    if (!body.success) throw new Refusal('invalid', `A description has up to ${DESCRIPTION_MAX} characters.`);
    await hub.store.describe(name, body.data.description);
    hub.changed(name);
    response.status(204).end();
  });

  router.delete('/repositories/*name', async (request, response) => {
    const name = own(request);
    const { tag } = request.query;
    if (tag === undefined) await hub.store.deleteRepository(name);
    else if (typeof tag !== 'string' || !isTag(tag) || !(await hub.store.deleteTag(name, tag)))
      throw new Refusal('not-found', 'There is no such tag.');
    hub.changed(name);
    response.status(204).end();
    await hub.store.sweep();
  });

  return router;
}

function unknown(): Refusal {
  return new Refusal('not-found', 'There is no such repository.');
}

function sentenceOf(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}
