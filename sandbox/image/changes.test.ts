import { expect, test } from 'vitest';
import { applyChanges } from './changes.ts';

const BASE = { Env: ['PATH=/bin', 'A=1'], Cmd: ['sh'], WorkingDir: '/srv' };

test.each<[string[], object]>([
  [['CMD ["a", "b"]'], { Cmd: ['a', 'b'] }],
  [['CMD echo $A'], { Cmd: ['/bin/sh', '-c', 'echo $A'] }],
  [['cmd x', 'ENTRYPOINT ["e"]'], { Cmd: ['/bin/sh', '-c', 'x'], Entrypoint: ['e'] }],
  [['ENTRYPOINT ["e"]'], { Cmd: null, Entrypoint: ['e'] }],
  [['ENV A 2 3'], { Env: ['PATH=/bin', 'A=2 3'] }],
  [['ENV B="x y" C=\'$A\' D=a\\ b E=$A'], { Env: ['PATH=/bin', 'A=1', 'B=x y', 'C=$A', 'D=a b', 'E=1'] }],
  [['ENV B=${A}${X:-no}${A:+yes}'], { Env: ['PATH=/bin', 'A=1', 'B=1noyes'] }],
  [['LABEL a=b "c d"=e'], { Labels: { a: 'b', 'c d': 'e' } }],
  [
    ['EXPOSE 80 53/udp 8000-8001'],
    { ExposedPorts: { '80/tcp': {}, '53/udp': {}, '8000/tcp': {}, '8001/tcp': {} } },
  ],
  [['VOLUME /a /b', 'VOLUME ["/c d"]'], { Volumes: { '/a': {}, '/b': {}, '/c d': {} } }],
  [['WORKDIR a/../b', 'WORKDIR c'], { WorkingDir: '/srv/b/c' }],
  [['USER 1:2'], { User: '1:2' }],
  [['ONBUILD RUN make', '# nothing', ''], { OnBuild: ['RUN make'] }],
  [
    ['HEALTHCHECK --interval=1m30s --retries=2 CMD a b'],
    { Healthcheck: { Test: ['CMD-SHELL', 'a b'], Interval: 90e9, Retries: 2 } },
  ],
  [['HEALTHCHECK NONE'], { Healthcheck: { Test: ['NONE'] } }],
  [['LABEL a=1 \\', '  b=2'], { Labels: { a: '1', b: '2' } }],
])('%j', (changes, expected) => {
  expect(applyChanges(BASE, changes)).toEqual({ ...BASE, ...expected });
});

test.each([
  ['RUN true', 'run is not a valid change command'],
  ['ENV', 'ENV requires at least one argument'],
  ['ENV a', 'ENV must have two arguments'],
  ['ENV a=1 b', 'Syntax error - can\'t find = in "b". Must be of the form: name=value'],
  [
    'ENV a="x',
    'failed to process "\\"x": unexpected end of statement while looking for matching double-quote',
  ],
  ['EXPOSE x', 'Invalid containerPort: x'],
  ['ONBUILD ONBUILD RUN x', "Chaining ONBUILD via `ONBUILD ONBUILD` isn't allowed"],
  ['HEALTHCHECK --interval=5 CMD y', 'time: missing unit in duration "5"'],
  ['CMD --x y', 'Unknown flag: x'],
  ['', 'file with no instructions'],
])('refuses %j', (change, message) => {
  expect(() => applyChanges(BASE, [change])).toThrow(message);
});
