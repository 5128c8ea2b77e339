import { PUSH_AND_PULL } from './registry.ts';
import type { Input, Measurement } from './measure.ts';
import { writeImages } from './images.ts';

export type Case = Measurement & {
  /** Ratio or figure that is aimed at, as text. */
  readonly aim: string;
};

const MANY = 500;

/** In folders of a hundred; the first word of each file tells one round's from another's. */
const WRITE_CONTEXT = `round=$RANDOM$RANDOM; rm -rf $WORK/src; for folder in {1..50}; do mkdir -p $WORK/src/$folder
  for file in {1..100}; do echo "$round $folder/$file" >$WORK/src/$folder/$file; done; done`;

const dockerfile = (lines: readonly string[]): string =>
  `printf '%s\\n' 'FROM busybox' ${lines.map((line) => `'${line}'`).join(' ')} >$WORK/Dockerfile`;

const BUILD = 'docker build -q -t bench:1 $WORK >/dev/null';
const BUILD_ANEW = 'docker build -q --no-cache -t bench:1 $WORK >/dev/null';
const UNTAG = 'docker rmi -f bench:1 >/dev/null';
const COMMIT = 'docker commit box bench:1 >/dev/null';
const RUN = 'docker run --rm busybox true';

/** All by the real Docker CLI, end to end. */
export const CASES: readonly Case[] = [
  { title: RUN, repetitions: 15, script: RUN, aim: '≤ 0.25' },
  {
    title: `docker run with ${MANY} images in the store`,
    repetitions: 15,
    against: 'itself',
    input: async ({ folder }) => writeImages(folder, MANY),
    prepare: 'docker load -q -i $INPUT/images.tar >/dev/null',
    script: RUN,
    aim: 'as with one',
  },
  {
    title: 'docker run with 200 containers that do not run',
    repetitions: 15,
    against: 'itself',
    prepare: 'seq 200 | xargs -P 2 -I N docker create --name box-N busybox true >/dev/null',
    script: RUN,
    aim: 'as with none',
  },
  {
    title: 'docker exec C true',
    repetitions: 15,
    prepare: 'docker run -d --name box busybox sleep 3600',
    script: 'docker exec box true',
    aim: '≤ 0.6',
  },
  {
    title: `docker images with ${MANY} images`,
    repetitions: 15,
    input: async ({ folder }) => writeImages(folder, MANY),
    prepare: 'docker load -q -i $INPUT/images.tar >/dev/null',
    script: 'docker images >/dev/null',
    aim: '≤ 0.8',
  },
  {
    title: 'build: 20 RUN steps, no cache',
    repetitions: 3,
    against: 'builders',
    prepare: dockerfile(Array.from({ length: 20 }, (_, step) => `RUN echo ${step} >/step-${step}`)),
    script: BUILD_ANEW,
    after: UNTAG,
    aim: '≤ 0.1',
  },
  {
    title: 'build: 5 steps, all cached',
    repetitions: 15,
    against: 'builders',
    prepare: `${dockerfile([
      'WORKDIR /app',
      'COPY file .',
      'RUN echo 1 >/1',
      'ENV A=b',
      'RUN echo 2 >/2',
    ])}; echo content >$WORK/file; ${BUILD}`,
    script: BUILD,
    aim: '≤ 0.7',
  },
  {
    title: 'build: context of 5,000 files, new',
    repetitions: 3,
    against: 'builders',
    prepare: dockerfile(['COPY src /src']),
    before: WRITE_CONTEXT,
    script: BUILD_ANEW,
    after: UNTAG,
    aim: '≤ 1',
  },
  {
    title: 'build: context of 5,000 files, unchanged',
    repetitions: 7,
    against: 'builders',
    prepare: `${dockerfile(['COPY src /src'])}; ${WRITE_CONTEXT}; ${BUILD}`,
    script: BUILD,
    aim: '< 250 ms',
  },
  {
    title: 'build: COPY of a file of 200 MB',
    repetitions: 3,
    against: 'builders',
    prepare: dockerfile(['COPY large /large']),
    before: 'head -c 200M /dev/urandom >$WORK/large',
    script: BUILD_ANEW,
    after: UNTAG,
    aim: '≤ 1',
  },
  {
    title: 'commit: one small file',
    repetitions: 9,
    prepare: 'docker run --name box busybox touch /small',
    script: COMMIT,
    after: UNTAG,
    aim: '≤ 0.5',
  },
  {
    title: 'commit: one file of 100 MB',
    repetitions: 5,
    prepare: 'docker run --name box busybox dd if=/dev/urandom of=/large bs=1M count=100',
    script: COMMIT,
    after: UNTAG,
    aim: '≤ 0.7',
  },
  {
    title: 'commit: 10,000 files',
    repetitions: 5,
    prepare: `docker run --name box busybox sh -c 'mkdir /many; cd /many; for i in $(seq 10000); do echo $i >$i; done'`,
    script: COMMIT,
    after: UNTAG,
    aim: '≤ 0.7',
  },
  {
    title: 'load of 120 MB',
    repetitions: 3,
    input: saveLargeImage,
    script: 'docker load -q -i $INPUT/large.tar >/dev/null',
    after: UNTAG,
    aim: '≤ 1',
  },
  {
    title: 'save of 120 MB',
    repetitions: 5,
    input: saveLargeImage,
    prepare: 'docker load -q -i $INPUT/large.tar >/dev/null',
    script: 'docker save -o $WORK/large.tar bench:1',
    aim: '≤ 0.5',
  },
  ...PUSH_AND_PULL,
];

/** One layer of 120 MB in some thousand files above Debian's. */
async function saveLargeImage({ shell }: Input): Promise<void> {
  await shell(`docker run --name box debian sh -c 'cp -a /usr /copy; cp -a /usr/lib /copy/more'
    ${COMMIT}; docker save -o $INPUT/large.tar bench:1; docker rm box; ${UNTAG}`);
}
