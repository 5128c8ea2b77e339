import { createHash } from 'node:crypto';
import { request, type IncomingMessage } from 'node:http';

import { extract, type Header } from 'tar-stream';

import { call } from '../api.ts';

/** Every file of an image as a line: type, mode, owner, size, path, then digest or target, and extended attributes. */
export async function treeOf(dockerHost: string, image: string): Promise<string[]> {
  const created = await call(dockerHost, 'POST', '/containers/create', { Image: image, Cmd: ['none'] });
  const { Id: id, message } = JSON.parse(created) as { Id?: string; message?: string };
  if (id === undefined) throw new Error(`no container of ${image}: ${message}`);
  try {
    return await readTree(await download(dockerHost, `/containers/${id}/export`));
  } finally {
    await call(dockerHost, 'DELETE', `/containers/${id}`);
  }
}

async function download(dockerHost: string, path: string): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    request({ socketPath: dockerHost.replace('unix://', ''), path, agent: false }, resolve)
      .on('error', reject)
      .end();
  });
}

async function readTree(archive: IncomingMessage): Promise<string[]> {
  const lines = new Map<string, string>();
  const entries = archive.pipe(extract());
  archive.on('error', (error) => entries.destroy(error));
  for await (const entry of entries) {
    const hash = createHash('sha256');
    for await (const chunk of entry) hash.update(chunk as Buffer);
    const { name } = entry.header;
    lines.set(name.replace(/\/$/u, ''), describe(entry.header, hash.digest('hex')));
  }
  return [...linkedOnce(lines).values()].toSorted();
}

function describe({ name, type, mode, uid, gid, size, linkname, pax }: Header, digest: string): string {
  const what = type === 'file' ? digest.slice(0, 16) : linkname;
  const attributes = Object.entries(pax ?? {}).filter(([key]) => key.startsWith('SCHILY.xattr.'));
  return [
    name.replace(/\/$/u, ''),
    type,
    // dockerd's archives have the file's type in the mode as well.
    (mode & 0o7777).toString(8),
    `${uid}:${gid}`,
    size,
    what,
    ...attributes.map(([key, value]) => `${key}=${Buffer.from(value).toString('hex')}`),
  ].join(' ');
}

/**
 * Of several names of one file, an archive has the file under the one that comes first in it and links under the others; which
 * that is does not matter. Each name is shown as the first by alphabet, with the others linked to it.
 */
function linkedOnce(lines: ReadonlyMap<string, string>): Map<string, string> {
  const names = new Map<string, string[]>();
  for (const [name, line] of lines) {
    const target = / link \d+ \S+ \d+ (.*)$/u.exec(line)?.[1];
    if (target !== undefined) names.set(target, [...(names.get(target) ?? []), name]);
  }
  const result = new Map(lines);
  for (const [file, links] of names) {
    const [first = file, ...others] = [file, ...links].toSorted();
    result.set(first, (lines.get(file) ?? '').replace(file, first));
    for (const other of others) result.set(other, `${other} is ${first}`);
  }
  return result;
}
