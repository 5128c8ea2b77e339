import { describe, expect, it } from 'vitest';
import { parseRoute } from './router.ts';

describe('parseRoute', () => {
  it.each([
    ['/', { name: 'home' }],
    ['/machine', { name: 'machine' }],
    ['/machine/', { name: 'machine' }],
    ['/lessons/first-image', { name: 'lesson', slug: 'first-image' }],
    ['/lessons/first-image/', { name: 'lesson', slug: 'first-image' }],
    ['/lessons/', { name: 'missing', path: '/lessons/' }],
    ['/lessons/../etc', { name: 'missing', path: '/lessons/../etc' }],
    ['/lessons/%2e%2e', { name: 'missing', path: '/lessons/%2e%2e' }],
    ['/hub', { name: 'hub' }],
    ['/hub/debian', { name: 'repository', repository: 'debian' }],
    ['/hub/anna/my_tool/', { name: 'repository', repository: 'anna/my_tool' }],
    ['/hub/Anna', { name: 'missing', path: '/hub/Anna' }],
    ['/rules', { name: 'rules', rule: null }],
    ['/rules/latest-tag', { name: 'rules', rule: 'latest-tag' }],
    ['/nowhere', { name: 'missing', path: '/nowhere' }],
  ])('%s', (path, route) => {
    expect(parseRoute(path)).toEqual(route);
  });
});
