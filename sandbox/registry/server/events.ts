import type { Digest } from '../../oci/digest.ts';
import type { Caller } from './access.ts';

/** What is being pushed, for whoever shows it. Bytes where not said otherwise. */
export type PushEvent =
  /** The client asked for a blob before sending it, and it was there. */
  | { readonly type: 'blob-known'; readonly digest: Digest; readonly size: number }
  | { readonly type: 'blob-mounted'; readonly digest: Digest; readonly size: number }
  | { readonly type: 'upload-started'; readonly upload: string }
  | { readonly type: 'upload-progress'; readonly upload: string; readonly received: number }
  | {
      readonly type: 'upload-finished';
      readonly upload: string;
      readonly digest: Digest;
      readonly size: number;
    }
  | { readonly type: 'upload-failed'; readonly upload: string }
  | {
      readonly type: 'manifest-pushed';
      readonly digest: Digest;
      readonly mediaType: string;
      readonly tags: readonly string[];
    }
  | { readonly type: 'deleted' };

export type PushObserver = (repository: string, event: PushEvent, caller: Caller) => void;
