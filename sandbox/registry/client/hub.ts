/** The registry of names that say none. */
export const HUB = 'docker.io';

/** What it means that there is no way to it. */
export const OUT_OF_REACH =
  'This machine has no way to a hub: it has the images of its catalog, and registries of its own';
