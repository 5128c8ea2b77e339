import type { ContainerDetail } from '../engine/schemas.ts';
import type { EngineView } from './engine-view.ts';
import { fail, pass } from './images.ts';
import type { Judge } from './judge.ts';
import { isSlipOf, quoted } from './names.ts';
import { wrongText } from './text.ts';

export const http: Judge<'http'> = async (check, engine) => {
  const port = Number(check.port);
  const where = `\`http://localhost:${port}${check.path}\``;
  const answer = await engine.fetch(port, check.path);
  if (!answer) return fail(await nobodyAnswers(port, engine));
  if (answer.status !== check.status)
    return fail(
      `${where} answers with ${answer.status}${STATUS_WORDS[answer.status] ?? ''}, not with ${check.status}.`,
    );
  const wrong = wrongText(check, answer.body);
  return wrong === undefined ? pass(`${where} answers.`) : fail(`${where} answers, but ${wrong}`);
};

const STATUS_WORDS: Readonly<Record<number, string>> = {
  403: ' (it may not read the file)',
  404: ' (there is nothing at this path)',
  500: ' (it failed: `docker logs` may say why)',
};

async function nobodyAnswers(port: number, engine: EngineView): Promise<string> {
  const first = `Nothing answers on port ${port} of the machine yet`;
  const containers = await Promise.all(
    (await engine.containers()).slice(0, 30).map(({ Id }) => engine.findContainer(Id)),
  );
  const publishing = containers.find((container) => container && publishes(container, port));
  if (!publishing) return `${first}: no container publishes it. \`-p ${port}:…\` does when it is started.`;
  const name = publishing.Name.replace(/^\//, '');
  if (!publishing.State.Running)
    return `${first}: ${quoted(name)}, which publishes it, is not running. \`docker logs ${name}\` may say why.`;
  return `${first}, though ${quoted(name)} publishes it: does the program in it listen on that port, and on all addresses? \`docker logs ${name}\` may tell.`;
}

function publishes({ HostConfig }: ContainerDetail, port: number): boolean {
  const bindings = Object.values(HostConfig?.PortBindings ?? {}).flat();
  return bindings.some(({ HostPort }) => HostPort === String(port));
}

export const volumeExists: Judge<'volume-exists'> = async (check, engine) =>
  judgeNamed({ ...check, what: 'volume' }, await engine.volumes());

export const networkExists: Judge<'network-exists'> = async (check, engine) =>
  judgeNamed({ ...check, what: 'network' }, await engine.networks());

interface Named {
  readonly what: 'volume' | 'network';
  readonly name: string;
  readonly present: boolean;
}

function judgeNamed({ what, name, present }: Named, all: readonly string[]) {
  if (all.includes(name)) {
    return present
      ? pass(`Found the ${what} \`${name}\`.`)
      : fail(`The ${what} \`${name}\` is still there. \`docker ${what} rm ${name}\` removes it.`);
  }
  if (!present) return pass(`There is no ${what} \`${name}\` any more.`);
  const slip = all.find((other) => isSlipOf(other, name));
  return fail(
    slip === undefined
      ? `There is no ${what} \`${name}\` yet. \`docker ${what} ls\` shows all of them.`
      : `There is a ${what} ${quoted(slip)}, but none with the name \`${name}\`. \`docker ${what} create ${name}\` makes it.`,
  );
}
