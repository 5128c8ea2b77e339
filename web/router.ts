/** The pages of the app by their paths, and moving between them without loading the document anew. */
export type Route =
  | { readonly name: 'home' }
  | { readonly name: 'lesson'; readonly slug: string }
  | { readonly name: 'machine' }
  | { readonly name: 'hub' }
  | { readonly name: 'admin' }
  /** Of the rules for Dockerfiles: all, or the one of this name. */
  | { readonly name: 'rules'; readonly rule: string | null }
  | { readonly name: 'repository'; readonly repository: string }
  | { readonly name: 'missing'; readonly path: string };

export function parseRoute(path: string): Route {
  const lesson = /^\/lessons\/([a-z0-9][a-z0-9-]*)\/?$/.exec(path)?.[1];
  if (lesson !== undefined) return { name: 'lesson', slug: lesson };
  if (path === '/') return { name: 'home' };
  if (/^\/machine\/?$/.test(path)) return { name: 'machine' };
  if (/^\/hub\/?$/.test(path)) return { name: 'hub' };
  if (/^\/admin\/?$/.test(path)) return { name: 'admin' };
  const rule = /^\/rules(?:\/([a-z][a-z-]*))?\/?$/.exec(path);
  if (rule) return { name: 'rules', rule: rule[1] ?? null };
  const repository = /^\/hub\/([a-z0-9][a-z0-9._/-]*[a-z0-9])\/?$/.exec(path)?.[1];
  if (repository !== undefined) return { name: 'repository', repository };
  return { name: 'missing', path };
}

/** Calls `changed` whenever the page's address changes by a link of the app or by the browser's history. */
export function watchRoute(changed: (route: Route) => void): () => void {
  const report = () => changed(parseRoute(location.pathname));
  const follow = (event: MouseEvent) => {
    const url = internalLink(event);
    if (!url) return;
    event.preventDefault();
    if (url.pathname !== location.pathname) history.pushState(null, '', url);
    scrollTo(0, 0);
    report();
  };
  addEventListener('popstate', report);
  document.addEventListener('click', follow);
  return () => {
    removeEventListener('popstate', report);
    document.removeEventListener('click', follow);
  };
}

function internalLink(event: MouseEvent): URL | null {
  if (event.defaultPrevented || event.button !== 0) return null;
  if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return null;
  const link = event.composedPath().find((node) => node instanceof HTMLAnchorElement);
  if (!link || link.target || link.download || link.origin !== location.origin) return null;
  const url = new URL(link.href);
  return url.hash && url.pathname === location.pathname ? null : url;
}
