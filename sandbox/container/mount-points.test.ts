import { expect, test } from 'vitest';
import { EngineError } from '../oci/errors.ts';
import { parseBind } from './mount-points.ts';

test.each([
  ['/a:/b', { source: '/a', target: '/b', mode: '' }],
  ['vol:/b:ro,z', { source: 'vol', target: '/b', mode: 'ro,z' }],
  ['/b/', { source: '', target: '/b', mode: '' }],
])('%s is a bind', (text, bind) => {
  expect(parseBind(text)).toEqual({ text, ...bind });
});

test.each([
  ['/test:rslave', "invalid volume specification: '/test:rslave'"],
  ['/test:ro', "invalid volume specification: '/test:ro'"],
  ['/test:', "invalid volume specification: '/test:'"],
  ['vol:/test:nosuch', 'invalid mode: nosuch'],
  [
    '/test:there',
    `invalid volume specification: '/test:there': invalid mount config for type "bind": invalid mount path: 'there' mount path must be absolute`,
  ],
])('%s is none', (text, words) => {
  expect(() => parseBind(text)).toThrow(new EngineError('invalid', words));
});
