import { shortId } from '../oci/digest.ts';
import type { Report } from './report.ts';

/** One message of the Docker API's build stream. */
export type Message = { readonly stream: string } | { readonly aux: { readonly ID: string } } | object;

/** The words of dockerd's classic builder. */
export function classicReport(send: (message: Message) => Promise<void> | undefined): Report {
  const say = (text: string) => void send({ stream: text });
  return {
    // Nothing that dockerd would say.
    read: () => undefined,
    step: (number, total, text) => {
      say(`Step ${number}/${total} : ${text}`);
      say('\n');
    },
    based: (image) => say(` ---> ${image === undefined ? '' : shortId(image)}\n`),
    triggers: (count) => {
      say(`# Executing ${count} build trigger`);
      if (count > 1) say('s');
      say('\n');
    },
    usedCache: () => say(' ---> Using cache\n'),
    // Nothing that dockerd would say.
    differs: () => undefined,
    runningIn: (containerId) => say(` ---> Running in ${shortId(containerId)}\n`),
    output: (stream, chunk) => {
      const text = chunk.toString('utf8');
      return send({ stream: stream === 'stderr' ? `\u001b[91m${text}\u001b[0m` : text });
    },
    removed: (containerId) => say(`Removing intermediate container ${shortId(containerId)}\n`),
    made: (image) => say(` ---> ${image === undefined ? '' : shortId(image)}\n`),
    stageDone: (image) => {
      if (image !== undefined) void send({ aux: { ID: image } });
    },
    progress: (line) => void send(line),
    note: (line) => say(`${line}\n`),
    warning: (line) => say(`\u001b[91m${line}\n\u001b[0m`),
    built: (image) => say(`Successfully built ${shortId(image)}\n`),
    tagged: (reference) => say(`Successfully tagged ${reference}\n`),
  };
}
