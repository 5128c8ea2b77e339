/** The registry of names that say none. */
export const HUB = 'docker.io';

/** The lab's own registry under a name that no other has: what is `docker.io/anna/tool` there is `hub.slipway.test/anna/tool` too. */
export const LAB_HUB = 'hub.slipway.test';

/** What it means that there is no way to it. */
export const OUT_OF_REACH =
  'This machine has no way to a hub: it has the images of its catalog, and registries of its own';
