import type { EndpointSettings } from '../container/networking.ts';
import { EngineError } from '../oci/errors.ts';
import { isObject, readStruct, type JsonObject } from './body.ts';
import { CONNECT, DISCONNECT, NETWORK } from './json/requests.ts';
import { filtersOf, type Filters } from './query.ts';
import { sendJson, sendNothing } from './respond.ts';
import type { Call, Route } from './router.ts';
import { NO_MANAGER } from './swarm.ts';
import { untilFilter } from './time.ts';

/** A network as the API shows it, without the containers on it. */
export interface NetworkView {
  readonly Name: string;
  readonly Id: string;
  readonly Created: string;
  readonly Scope: string;
  readonly Driver: string;
  readonly Labels: Readonly<Record<string, string>>;
}

export interface IpamRequest {
  readonly Subnet?: string;
  readonly IPRange?: string;
  readonly Gateway?: string;
  readonly AuxiliaryAddresses?: Readonly<Record<string, string>>;
}

export interface CreateNetworkRequest {
  /** Refuses a name that is taken. */
  readonly CheckDuplicate: boolean;
  readonly Name: string;
  readonly Driver: string;
  readonly EnableIPv6: boolean;
  readonly Internal: boolean;
  readonly Attachable: boolean;
  readonly Ingress: boolean;
  readonly ConfigOnly: boolean;
  /** Name of the network that holds the configuration of this one. */
  readonly ConfigFrom?: string;
  readonly Options: Readonly<Record<string, string>>;
  readonly Labels: Readonly<Record<string, string>>;
  readonly IPAM: {
    readonly Driver: string;
    readonly Options: Readonly<Record<string, string>> | null;
    readonly Config: readonly IpamRequest[];
  };
}

export interface NetworkBackend {
  list(): readonly NetworkView[];
  /** By name, id or beginning of an id. */
  find(term: string): NetworkView;
  /** Running containers on it by their ids. */
  members(network: NetworkView): Readonly<Record<string, object>>;
  create(wish: CreateNetworkRequest): Promise<NetworkView>;
  remove(term: string): Promise<void>;
  prune(matches: (network: NetworkView) => boolean): Promise<string[]>;
  connect(network: string, container: string, wish: Partial<EndpointSettings> | undefined): Promise<void>;
  disconnect(network: string, container: string, force: boolean): Promise<void>;
}

export const networkRoutes = (networks: NetworkBackend): Route[] => [
  { method: 'GET', path: '/networks', handle: list(networks) },
  { method: 'GET', path: '/networks/', handle: list(networks) },
  { method: 'GET', path: '/networks/:id*', handle: inspect(networks) },
  { method: 'POST', path: '/networks/create', handle: create(networks) },
  { method: 'POST', path: '/networks/prune', handle: prune(networks) },
  { method: 'POST', path: '/networks/:id*/connect', handle: connect(networks) },
  { method: 'POST', path: '/networks/:id*/disconnect', handle: disconnect(networks) },
  { method: 'DELETE', path: '/networks/:id*', handle: remove(networks) },
];

const LIST_FILTERS = ['dangling', 'driver', 'id', 'label', 'name', 'scope', 'type'];
const NANOS_A_MILLI = 1_000_000n;
const PRUNE_FILTERS = ['label', 'label!', 'until'];
const PREDEFINED = ['bridge', 'host', 'none'];

const list = (networks: NetworkBackend) => async (call: Call) => {
  const filters = filtersOf(call.query, LIST_FILTERS);
  checkDangling(filters.get('dangling') ?? ['true']);
  const found = networks.list().filter((each) => matches(each, filters));
  sendJson(
    call.response,
    200,
    found.map((each) => ({ ...each, Containers: {} })),
  );
};

function checkDangling(values: readonly string[]): void {
  if (values.length === 1 && ['true', '1', 'false', '0'].includes(values[0] ?? '')) return;
  throw new EngineError(
    'invalid',
    'invalid value for filter \'dangling\', must be "true" (or "1"), or "false" (or "0")',
  );
}

const inspect = (networks: NetworkBackend) => async (call: Call) => {
  checkVerbose(call.query.get('verbose') ?? '');
  const network = networks.find(call.params.id ?? '');
  const scope = call.query.get('scope') ?? '';
  if (scope !== '' && scope !== network.Scope) {
    throw new EngineError('not-found', `network ${call.params.id ?? ''} not found`);
  }
  sendJson(call.response, 200, inOrder(network, networks.members(network)));
};

const BOOLEANS = ['', '1', 't', 'T', 'TRUE', 'true', 'True', '0', 'f', 'F', 'FALSE', 'false', 'False'];

/** There is nothing more to tell of a network outside of a swarm. */
function checkVerbose(text: string): void {
  if (BOOLEANS.includes(text)) return;
  const reason = `strconv.ParseBool: parsing ${JSON.stringify(text)}: invalid syntax`;
  throw new EngineError('invalid', `invalid value for verbose: ${text}: ${reason}`);
}

const create = (networks: NetworkBackend) => async (call: Call) => {
  const body = await readStruct(call, NETWORK);
  refuseSwarm(body);
  const wish = parseCreate(body);
  const same = networks.list().find(({ Name }) => Name === wish.Name);
  const { Id } = await networks.create(wish);
  const Warning = same ? `Network with name ${same.Name} (id : ${same.Id}) already exists` : '';
  sendJson(call.response, 201, { Id, Warning });
};

/** Networks that only a swarm can have. */
function refuseSwarm(body: JsonObject): void {
  // To a network that only holds a configuration the engine itself says what it cannot have.
  if (truth(body, 'ConfigOnly')) return;
  if (truth(body, 'Ingress'))
    throw new EngineError('forbidden', 'Ingress network can only be global scope network');
  if (!['', 'local'].includes(text(body, 'Scope'))) throw new EngineError('invalid', NO_MANAGER);
}

const prune = (networks: NetworkBackend) => async (call: Call) => {
  const filters = filtersOf(call.query, PRUNE_FILTERS);
  const until = untilFilter(filters.get('until'));
  const removed = await networks.prune((network) => matchesPrune(network, filters, until));
  sendJson(call.response, 200, { NetworksDeleted: removed.length === 0 ? null : removed });
};

const connect = (networks: NetworkBackend) => async (call: Call) => {
  const body = await readStruct(call, CONNECT);
  const wish = isObject(body.EndpointConfig) ? endpointWish(body.EndpointConfig) : undefined;
  await networks.connect(call.params.id ?? '', text(body, 'Container'), wish);
  sendNothing(call.response, 200);
};

const disconnect = (networks: NetworkBackend) => async (call: Call) => {
  const body = await readStruct(call, DISCONNECT);
  await networks.disconnect(call.params.id ?? '', text(body, 'Container'), truth(body, 'Force'));
  sendNothing(call.response, 200);
};

const remove = (networks: NetworkBackend) => async (call: Call) => {
  await networks.remove(call.params.id ?? '');
  sendNothing(call.response);
};

/** Docker's own order of keys: what `docker network inspect` prints without a format is this text. */
function inOrder(network: NetworkView, members: Readonly<Record<string, object>>): object {
  const entries: [string, unknown][] = Object.entries({ ...network });
  const at = entries.findIndex(([key]) => key === 'Options');
  entries.splice(at < 0 ? entries.length : at, 0, ['Containers', members]);
  return Object.fromEntries(entries);
}

function matches(network: NetworkView, filters: Filters): boolean {
  return [...filters].every(([name, values]) => matchesOne(network, name, values));
}

function matchesOne(network: NetworkView, name: string, values: readonly string[]): boolean {
  switch (name) {
    case 'driver':
      return values.includes(network.Driver);
    case 'scope':
      return values.includes(network.Scope);
    case 'id':
      return values.some((value) => isLike(network.Id, value));
    case 'name':
      return values.some((value) => isLike(network.Name, value));
    case 'label':
      return values.every((value) => hasLabel(network, value));
    case 'type':
      return values.some((value) => isOfType(network, value));
    default:
      return values.some((value) => isDangling(network) === ['1', 'true'].includes(value));
  }
}

function matchesPrune(network: NetworkView, filters: Filters, until: bigint | undefined): boolean {
  if (until !== undefined && BigInt(Date.parse(network.Created)) * NANOS_A_MILLI >= until) return false;
  return (
    (filters.get('label') ?? []).every((value) => hasLabel(network, value)) &&
    !(filters.get('label!') ?? []).some((value) => hasLabel(network, value))
  );
}

/** Docker takes a value for a regular expression, and for itself when it is none. */
function isLike(value: string, pattern: string): boolean {
  try {
    return value === pattern || new RegExp(pattern).test(value);
  } catch {
    return false;
  }
}

function hasLabel({ Labels }: NetworkView, wanted: string): boolean {
  const [key = '', ...rest] = wanted.split('=');
  return Labels[key] !== undefined && (rest.length === 0 || Labels[key] === rest.join('='));
}

function isOfType(network: NetworkView, type: string): boolean {
  if (type !== 'builtin' && type !== 'custom') {
    throw new EngineError('invalid', `invalid filter: 'type'='${type}'`);
  }
  return PREDEFINED.includes(network.Name) === (type === 'builtin');
}

/** dockerd's list does not know the containers: to it every network of the user is dangling. */
function isDangling(network: NetworkView): boolean {
  return !PREDEFINED.includes(network.Name);
}

function parseCreate(body: JsonObject): CreateNetworkRequest {
  const from = isObject(body.ConfigFrom) ? text(body.ConfigFrom, 'Network') : '';
  const ipam = isObject(body.IPAM) ? body.IPAM : {};
  const configs = Array.isArray(ipam.Config) ? ipam.Config.filter(isObject) : [];
  return {
    CheckDuplicate: truth(body, 'CheckDuplicate'),
    Name: text(body, 'Name'),
    Driver: text(body, 'Driver'),
    EnableIPv6: truth(body, 'EnableIPv6'),
    Internal: truth(body, 'Internal'),
    Attachable: truth(body, 'Attachable'),
    Ingress: truth(body, 'Ingress'),
    ConfigOnly: truth(body, 'ConfigOnly'),
    ...(from !== '' && { ConfigFrom: from }),
    Options: texts(body.Options),
    Labels: texts(body.Labels),
    IPAM: {
      Driver: text(ipam, 'Driver'),
      Options: isObject(ipam.Options) ? texts(ipam.Options) : null,
      Config: configs.map(parseIpam),
    },
  };
}

function parseIpam(config: JsonObject): IpamRequest {
  const one = (name: 'Subnet' | 'IPRange' | 'Gateway') =>
    text(config, name) === '' ? {} : { [name]: text(config, name) };
  const auxiliary = texts(config.AuxiliaryAddresses);
  return {
    ...one('Subnet'),
    ...one('IPRange'),
    ...one('Gateway'),
    ...(Object.keys(auxiliary).length === 0 ? {} : { AuxiliaryAddresses: auxiliary }),
  };
}

/** The part of EndpointSettings that a client may ask for. */
export function endpointWish(body: JsonObject): Partial<EndpointSettings> {
  const list = (value: unknown) =>
    Array.isArray(value) ? value.filter((each) => typeof each === 'string') : null;
  return {
    ...(isObject(body.IPAMConfig) ? { IPAMConfig: addressWish(body.IPAMConfig) } : {}),
    Links: list(body.Links),
    Aliases: list(body.Aliases),
    ...(isObject(body.DriverOpts) ? { DriverOpts: texts(body.DriverOpts) } : {}),
  };
}

function addressWish(body: JsonObject): EndpointSettings['IPAMConfig'] {
  const { LinkLocalIPs } = body;
  return { ...texts(body), ...(Array.isArray(LinkLocalIPs) && { LinkLocalIPs: LinkLocalIPs.map(String) }) };
}

function text(body: JsonObject, name: string): string {
  const value = body[name];
  if (value === undefined || value === null) return '';
  if (typeof value === 'string') return value;
  throw new EngineError(
    'invalid',
    `json: cannot unmarshal ${typeof value} into Go struct field .${name} of type string`,
  );
}

function truth(body: JsonObject, name: string): boolean {
  const value = body[name];
  if (value === undefined || value === null) return false;
  if (typeof value === 'boolean') return value;
  throw new EngineError(
    'invalid',
    `json: cannot unmarshal ${typeof value} into Go struct field .${name} of type bool`,
  );
}

function texts(value: unknown): Record<string, string> {
  if (!isObject(value)) return {};
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, each]) => (typeof each === 'string' ? [[key, each]] : [])),
  );
}
