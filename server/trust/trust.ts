import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import path from 'node:path';
import { LAB_HUB } from '../../sandbox/registry/client/hub.ts';
import { sendError } from '../../sandbox/registry/server/respond.ts';
import { RegistryError } from '../../sandbox/registry/store/errors.ts';
import type { Scope } from '../../sandbox/registry/server/tokens.ts';
import { Tokens } from '../../sandbox/registry/server/tokens.ts';
import { HUB_SERVICE, type Hub } from '../hub/hub.ts';
import type { TokenService } from '../hub/token-route.ts';
import type { AcceptService } from '../uplink/machine-uplink.ts';
import { TrustAccess } from './access.ts';
import { openAuthority } from './authority.ts';
import { openFront } from './front.ts';
import { Ledger } from './ledger.ts';
import { NOTARY_HOST, signerOf, TOKEN_HOST } from './names.ts';
import { findNotaryTools } from './notary-tools.ts';
import { Notary } from './notary.ts';
import { OfficialSignatures } from './official.ts';
import { SignedLists, type Signatures } from './signed.ts';
import { answerTrust } from './trust-api.ts';

/** Bytes that each name may publish of signatures. */
const PUBLISHED_MAX_BYTES = 16 * 1024 ** 2;
const IDLE_MS = 300_000;

/** The hub's hosts, all of which have its API. */
const HUB_HOSTS = ['registry-1.docker.io', 'index.docker.io', TOKEN_HOST, LAB_HUB];
/** What signed names begin with that Docker's notary is asked about, and those that the hub's own name has it asked. */
const DOCKER = 'docker.io/';
const OWN = `${LAB_HUB}/`;
const PREFIXES = [DOCKER, OWN];
/** Where the hub's own name is asked for signatures. */
const OWN_PATHS = /^\/v2\/[^?]*\/_trust\/tuf\//;

export interface TrustOptions {
  /** Writable for the server, and for nobody else. */
  readonly folder: string;
  /** Where Debian's programs are, or will be; without, nothing is signed. */
  readonly tools?: string | undefined;
  readonly hub: Hub;
  readonly report: (message: string, error?: unknown) => void;
}

/** Content trust: a notary for the hub's images, and the names of the hub over TLS, which it takes to be asked. */
export interface Trust {
  /** What answers TLS connections to a name that is the lab's own. */
  readonly ownName: (name: string) => AcceptService | undefined;
  /** Tells a machine whom to trust: a line with the hash by which OpenSSL looks for it, and the certificate. */
  readonly tellAuthority: AcceptService;
  /** What is signed of a repository of the hub, such as `anna/will`; undefined when nothing ever was. */
  readonly signed: (repository: string) => Promise<Signatures | undefined>;
  close(): Promise<void>;
}

/** Without it the lab does everything else: what fails is reported, and nothing is signed. */
export async function openTrust(options: TrustOptions): Promise<Trust> {
  try {
    return await open(options);
  } catch (error) {
    options.report('Images cannot be signed: the lab’s certificates could not be made.', error);
    return NO_TRUST;
  }
}

const NO_TRUST: Trust = {
  ownName: () => undefined,
  tellAuthority: (socket) => void socket.end(),
  signed: async () => undefined,
  close: async () => undefined,
};

async function open(options: TrustOptions): Promise<Trust> {
  const { folder, hub, report } = options;
  const authority = await openAuthority({
    folder: path.join(folder, 'authority'),
    title: 'Slipway lab',
    names: [NOTARY_HOST, ...HUB_HOSTS],
  });
  let opened: Notary | undefined;
  const notary = () => (opened ??= openNotary(options));
  const access = new TrustAccess({
    tokens: new Tokens(),
    realm: `https://${TOKEN_HOST}/token`,
    service: NOTARY_HOST,
    prefixes: [DOCKER],
  });
  const ownAccess = new TrustAccess({
    tokens: hub.tokens.tokens,
    realm: `https://${LAB_HUB}/token`,
    service: HUB_SERVICE,
    prefixes: [OWN],
  });
  const ledger = new Ledger(path.join(folder, 'published.json'), PUBLISHED_MAX_BYTES, report);
  const lists = new SignedLists(notary);
  const changed = (name: string): void => lists.changed(name);
  const official = officialOf(options);
  const serve = (asked: TrustAccess) => (request: IncomingMessage, response: ServerResponse) => {
    response.on('error', () => response.destroy());
    answerTrust({ notary, official, access: asked, ledger, changed }, request, response).catch(
      (error: unknown) => {
        const known = error instanceof RegistryError;
        if (!known || error.code === 'UNAVAILABLE') report('A signed image could not be served.', error);
        sendError(request, response, known ? error : new RegistryError('UNKNOWN'));
      },
    );
  };
  hub.grantTokens(NOTARY_HOST, access);
  hub.grantTokens(HUB_SERVICE, withOwn(hub.tokens, ownAccess));
  hub.leave(OWN_PATHS, serve(ownAccess));
  const http = createServer(serve(access));
  http.timeout = IDLE_MS;
  const identity = await authority.issue();
  const hubFront = openFront(identity, hub.accept);
  const notaryFront = openFront(identity, (socket) => void http.emit('connection', socket));
  const fronts = new Map([[NOTARY_HOST, notaryFront], ...HUB_HOSTS.map((host) => [host, hubFront] as const)]);
  return {
    ownName: (name) => fronts.get(name),
    tellAuthority: (socket) => {
      socket.end(`${authority.subjectHash}\n${authority.certificate}`);
    },
    signed: async (repository) => {
      const name = `docker.io/${repository}`;
      const account = signerOf(name, PREFIXES);
      // Nobody starts the notary only to hear that it knows nothing.
      return account !== undefined && ledger.hasPublished(account) ? lists.read(name) : undefined;
    },
    close: async () => {
      http.close();
      http.closeAllConnections();
      await opened?.close();
    },
  };
}

/** Without programs nothing is to be signed, also not what needs none of them. */
function officialOf({ tools, folder, hub }: TrustOptions): OfficialSignatures | undefined {
  if (tools === undefined || hub.catalog === undefined) return undefined;
  return new OfficialSignatures({
    folder: path.join(folder, 'official'),
    images: hub.catalog,
    prefixes: PREFIXES,
  });
}

/** The hub's own name is asked for images and for signatures, and a client shows it one kind of token. */
function withOwn(hub: TokenService, own: TrustAccess): TokenService {
  return {
    tokens: hub.tokens,
    grant: (account, wanted) => {
      const isOwn = ({ name }: Scope): boolean => name.startsWith(OWN);
      const grant = hub.grant(
        account,
        wanted.filter((each) => !isOwn(each)),
      );
      return { ...grant, scopes: [...grant.scopes, ...own.grant(account, wanted.filter(isOwn)).scopes] };
    },
  };
}

function openNotary({ tools: place, folder, report }: TrustOptions): Notary | undefined {
  const tools = place === undefined ? undefined : findNotaryTools(place);
  return tools && new Notary({ tools, folder: path.join(folder, 'notary'), prefixes: PREFIXES, report });
}
