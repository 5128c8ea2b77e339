import { MEDIA_TYPES } from '../../oci/descriptor.ts';

export const SCHEMA1 = 'application/vnd.docker.distribution.manifest.v1+json';
export const SCHEMA1_SIGNED = 'application/vnd.docker.distribution.manifest.v1+prettyjws';

/** What a registry may answer for a manifest. */
export const ACCEPTED = [
  MEDIA_TYPES.dockerManifest,
  MEDIA_TYPES.dockerIndex,
  MEDIA_TYPES.ociManifest,
  MEDIA_TYPES.ociIndex,
  SCHEMA1_SIGNED,
  'application/json',
] as const;
