import { expect, test } from 'vitest';
import { isOwnHost, isOwnOrigin } from './origin.ts';

const ALLOWED = ['learn.example.org', '*.lab.example.org'];

test.each([
  ['localhost', true],
  ['localhost:3000', true],
  ['127.0.0.1:3000', true],
  ['[::1]:3000', true],
  ['192.168.1.20:3000', true],
  ['learn.example.org', true],
  ['LEARN.example.org:8443', true],
  ['a.lab.example.org', true],
  ['lab.example.org', false],
  ['evil.example', false],
  ['localhost.evil.example', false],
  ['127.0.0.1.evil.example', false],
  ['learn.example.org.evil.example', false],
  ['evil-learn.example.org', false],
  ['', false],
  ['a b', false],
  [undefined, false],
])('the host %s: %s', (host, own) => expect(isOwnHost(host, ALLOWED)).toBe(own));

test.each([
  ['http://localhost:3000', 'localhost:3000', true],
  ['https://learn.example.org', 'learn.example.org', true],
  ['https://learn.example.org', 'learn.example.org:443', true],
  ['http://localhost:3000', 'localhost:4000', false],
  ['http://127.0.0.1:3000', 'localhost:3000', false],
  ['http://evil.example', 'localhost:3000', false],
  ['http://evil.example', 'evil.example', false],
  ['file://', 'localhost', false],
  ['null', 'localhost', false],
  ['', 'localhost', false],
  [undefined, 'localhost', false],
])('the origin %s at %s: %s', (origin, host, own) => {
  expect(isOwnOrigin({ host, ...(origin === undefined ? {} : { origin }) }, ALLOWED)).toBe(own);
});
