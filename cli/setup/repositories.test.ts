import { describe, expect, it } from 'vitest';

import { epochOf, parseStanzas, sourcesFile } from './repositories.ts';

describe('repositories', () => {
  it('reads the stanzas that apt prints', () => {
    const text = 'MetaKey: main/Packages\nURI: http://mirror.test:80/x\nFallback-Of: \n\nMetaKey: other\n\n';
    expect(parseStanzas(text)).toEqual([
      { MetaKey: 'main/Packages', URI: 'http://mirror.test:80/x', 'Fallback-Of': '' },
      { MetaKey: 'other' },
    ]);
  });

  it('keeps a mirror’s credentials out of images', () => {
    const text = sourcesFile([{ site: 'https://me:secret@mirror.test/debian', release: 'bookworm' }]);
    expect(text).toContain('URIs: https://mirror.test/debian\nSuites: bookworm\n');
    expect(text).not.toContain('secret');
  });

  it('dates images by the release, not by its updates', () => {
    const repositories = [
      { site: 's', release: 'bookworm-security', published: 2 },
      { site: 's', release: 'bookworm', published: 1 },
    ];
    expect(epochOf(repositories, 'bookworm')).toBe(1);
    expect(new Date(epochOf([], 'bookworm') * 1000).getUTCFullYear()).toBe(2023);
  });
});
