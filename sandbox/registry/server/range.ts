import { RegistryError } from '../store/errors.ts';

/**
 * The part that a `Range` header asks for (RFC 9110, 14.2); undefined for the whole, which also answers a header that is
 * none and one that asks for several parts. Throws `RANGE_INVALID` with 416.
 */
export function readRange(
  header: string | undefined,
  size: number,
): { readonly from: number; readonly length: number } | undefined {
  const found = /^bytes=(\d*)-(\d*)$/.exec(header?.replace(/\s/g, '') ?? '');
  if (!found || (found[1] === '' && found[2] === '')) return undefined;
  const [, first = '', last = ''] = found;
  const from = first === '' ? Math.max(0, size - Number(last)) : Number(first);
  const to = first === '' || last === '' ? size - 1 : Math.min(Number(last), size - 1);
  if (from <= to) return { from, length: to - from + 1 };
  throw new RegistryError('RANGE_INVALID', {
    message: 'the range is not in the blob',
    status: 416,
    headers: { 'Content-Range': `bytes */${size}` },
  });
}

/** A chunk's `Content-Range`, as the distribution specification has it: `0-99`. */
export function readContentRange(
  header: string | undefined,
): { readonly start: number; readonly length: number } | undefined {
  if (header === undefined) return undefined;
  const found = /^(?:bytes[ =])?(\d{1,15})-(\d{1,15})(?:\/.*)?$/.exec(header.trim());
  const start = Number(found?.[1] ?? 1);
  const end = Number(found?.[2] ?? 0);
  if (start > end) throw new RegistryError('RANGE_INVALID');
  return { start, length: end - start + 1 };
}
