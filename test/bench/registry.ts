import { copyFile } from 'node:fs/promises';
import path from 'node:path';

import { findDockerRegistry } from '../../sandbox/registry/testing/docker-registry.ts';
import { settings } from '../settings.ts';
import type { Case } from './cases.ts';
import type { Input } from './measure.ts';

const IMAGE = 'localhost:5000/bench:1';
const PUSH = `docker push ${IMAGE} >/dev/null`;
const PULL = `docker pull -q ${IMAGE} >/dev/null`;
const REMOVE = `docker rmi -f ${IMAGE} >/dev/null`;

/** A registry that holds nothing, in place of the one before: Debian's, on the engine's own loopback. */
const NEW_REGISTRY = `docker rm -f registry >/dev/null 2>&1 || true
docker run -d --name registry --network host registry-of-bench >/dev/null
docker exec registry timeout 30 bash -c 'until (echo >/dev/tcp/127.0.0.1/5000) 2>/dev/null; do sleep 0.1; done'`;

const BUILD_REGISTRY = `mkdir $WORK/registry; cp $INPUT/docker-registry $WORK/registry
printf '%s\\n' 'version: 0.1' 'storage: {filesystem: {rootdirectory: /data}}' 'http: {addr: "127.0.0.1:5000"}' >$WORK/registry/config.yml
printf '%s\\n' 'FROM debian' 'COPY . /' 'CMD ["/docker-registry", "serve", "/config.yml"]' >$WORK/registry/Dockerfile
docker build -q -t registry-of-bench $WORK/registry >/dev/null`;

const LOAD = `${BUILD_REGISTRY}; docker load -q -i $INPUT/image.tar >/dev/null`;

/** The rest of a case leaves with the containers and the images of the bench. */
const LEAVE = 'docker rm -f registry >/dev/null; docker rmi -f registry-of-bench >/dev/null';

const sized = (layers: number) => {
  const what = `120 MB in ${layers === 1 ? 'one layer' : `${layers} layers`}`;
  const input = async (given: Input): Promise<void> => writeInput(given, layers);
  return { what, input, repetitions: 3, finish: LEAVE };
};

const [ONE, TEN] = [sized(1), sized(10)];

/** What the client of registries does, with the same registry for each engine. */
export const PUSH_AND_PULL: readonly Case[] = [
  ...[ONE, TEN].map(({ what, ...rest }, i) => ({
    ...rest,
    title: `push of ${what}`,
    prepare: LOAD,
    before: NEW_REGISTRY,
    script: PUSH,
    aim: i === 0 ? '≤ 0.35' : '≤ 0.7',
  })),
  ...[ONE, TEN].map(({ what, ...rest }) => ({
    ...rest,
    title: `pull of ${what}, from a registry`,
    prepare: `${LOAD}; ${NEW_REGISTRY}; ${PUSH}`,
    before: REMOVE,
    script: PULL,
    aim: '≤ 0.9',
  })),
  {
    ...ONE,
    title: 'push of what is there already',
    repetitions: 9,
    prepare: `${LOAD}; ${NEW_REGISTRY}; ${PUSH}`,
    script: PUSH,
    aim: '≤ 1',
  },
  {
    title: 'pull of debian, from the catalog or a hub on loopback',
    repetitions: 5,
    before: 'docker images -q debian | sort -u | xargs -r docker rmi -f >/dev/null',
    script: 'docker pull -q debian >/dev/null',
    aim: '≤ 0.1',
  },
];

/** The registry's program, and an image of so many layers that are no other's. */
async function writeInput({ folder, shell }: Input, layers: number): Promise<void> {
  const program = findDockerRegistry(settings.dataDir);
  if (program === undefined) throw new Error('There is no docker-registry: the set-up for tests brings it.');
  await copyFile(program, path.join(folder, 'docker-registry'));
  const bytes = Math.round(120e6 / layers);
  await shell(`for each in {1..${layers}}; do
    echo "RUN for part in 1 2; do tar -c /usr; done | head -c ${bytes} >/layer && echo $each >>/layer && mv /layer /layer-$each"
  done | cat <(echo FROM debian) - | docker build -q -t ${IMAGE} - >/dev/null
  docker save -o $INPUT/image.tar ${IMAGE}; ${REMOVE}`);
}
