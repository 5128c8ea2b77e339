import type { Row } from './endpoints.ts';
import { Http } from './http.ts';
import type { Outline } from './shape.ts';
import { outline } from './shape.ts';

export interface Played {
  readonly call: string;
  readonly outline: Outline;
}

const NOT_COMPARED: Outline = { status: 0, headers: {}, body: '' };

/** Asks `rows` one after the other; later ones may name what earlier ones made. */
export async function play(dockerHost: string, rows: readonly Row[]): Promise<Played[]> {
  const http = new Http(dockerHost);
  const kept = new Map<string, string>();
  const fill = (text: string): string =>
    text.replaceAll(/\{(\w+)\}/g, (whole, name: string) => kept.get(name) ?? whole);
  try {
    const played: Played[] = [];
    for (const row of rows) {
      const [method = 'GET', path = '/'] = row.call.split(' ');
      const answer = await http.ask({
        method,
        path: fill(path),
        ...(row.headers && { headers: row.headers }),
        ...('body' in row && { body: fillBody(row.body, fill) }),
      });
      if (row.keep !== undefined) kept.set(row.keep, idIn(answer.body));
      const { status, headers, body } = outline(answer, { exact: row.exact });
      played.push({
        call: describe(row),
        outline: row.differs === undefined && !row.unseen ? { status, headers, body } : NOT_COMPARED,
      });
    }
    return played;
  } finally {
    http.close();
  }
}

/** How a row is named when it fails. */
function describe({ call, body, headers }: Row): string {
  const sent = Buffer.isBuffer(body) ? `<${body.byteLength} bytes>` : body && JSON.stringify(body);
  return [call, sent, headers && JSON.stringify(headers)].filter(Boolean).join(' ');
}

function fillBody(body: unknown, fill: (text: string) => string): unknown {
  if (typeof body === 'string' || Buffer.isBuffer(body)) return body;
  return fill(JSON.stringify(body));
}

function idIn(body: Buffer): string {
  try {
    const { Id } = JSON.parse(body.toString()) as { readonly Id?: string };
    return Id ?? '';
  } catch {
    return '';
  }
}
