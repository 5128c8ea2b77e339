/** The address of a WebSocket's other end; `proxies` trusted ones in front each add one name to `X-Forwarded-For`. */
export function addressBehindProxies(proxies: number) {
  return ({ headers, address }: { headers: NodeJS.Dict<string | string[]>; address: string }): string => {
    if (proxies === 0) return address;
    const chain = [headers['x-forwarded-for'] ?? []].flat().join(',').split(',');
    const client = chain.at(-proxies)?.trim() ?? '';
    return client === '' ? address : client;
  };
}
