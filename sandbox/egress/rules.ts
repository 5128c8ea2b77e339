/**
 * What sessions may reach outside, by name, port and method. A rule is written as a host, as somebody would type it:
 * `mirror.example.org`, `*.example.org`, `mirror.example.org:3142`, `https://registry.example.org/`, `*` for everything.
 */
export interface EgressRule {
  /** In lower case; `*` alone, or `*.` before a domain, stands for any name. */
  readonly host: string;
  /** Undefined: those of http and https. */
  readonly port?: number;
}

const RULE =
  /^(?:(?<scheme>https?):\/\/)?(?:[^/@]*@)?(?<host>\*|(?:\*\.)?[a-z0-9._-]+|\[[0-9a-f:.]+\])(?::(?<port>\d{1,5}))?(?:\/.*)?$/i;

/** Throws an error with a sentence when `text` is no rule. */
export function parseRule(text: string): EgressRule {
  const groups = RULE.exec(text.trim())?.groups;
  const port = groups?.port === undefined ? undefined : Number(groups.port);
  if (groups?.host === undefined || port === 0 || (port ?? 0) > 65_535) {
    throw new Error(
      `"${text}" is no host that machines could be let reach: write it like mirror.example.org or *.example.org:8080.`,
    );
  }
  return { host: groups.host.toLowerCase(), ...(port !== undefined && { port }) };
}

export interface Destination {
  readonly host: string;
  readonly port: number;
  /** Raw bytes, which nobody looks into: to another port than that of https only where a rule names it. */
  readonly raw: boolean;
}

/** The first rule that lets `to` through. */
export function findRule(rules: readonly EgressRule[], to: Destination): EgressRule | undefined {
  const host = to.host.toLowerCase().replace(/\.$/, '');
  const usual = to.raw ? [443] : [80, 443];
  return rules.find(
    (rule) => matches(rule.host, host) && (rule.port === undefined ? usual : [rule.port]).includes(to.port),
  );
}

/** A rule for names that nobody listed one by one: where these lead is not the host's choice. */
export function isWildcard({ host }: EgressRule): boolean {
  return host.startsWith('*');
}

/** For people: `mirror.example.org, *.example.org:8080`. */
export function describeRules(rules: readonly EgressRule[]): string {
  if (rules.length === 0) return 'nothing';
  return [...new Set(rules.map(({ host, port }) => (port === undefined ? host : `${host}:${port}`)))].join(
    ', ',
  );
}

function matches(pattern: string, host: string): boolean {
  if (pattern === '*') return true;
  return pattern.startsWith('*.') ? host.endsWith(pattern.slice(1)) : host === pattern;
}
