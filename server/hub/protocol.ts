/**
 * The hub's part of the contract between the page and the server (`server/protocol.ts`). Everything may be read by
 * everybody; what changes something needs the cookie of the learner who has the name.
 *
 *   GET    /api/hub?q=                      HubOverview     `q`: what name or description must contain
 *   GET    /api/hub/repositories/:name      HubRepository   the name with its slashes
 *   PUT    /api/hub/repositories/:name      {description} → 204
 *   DELETE /api/hub/repositories/:name      204             with all its tags
 *   DELETE /api/hub/repositories/:name?tag= 204             one tag
 *   POST   /api/hub/names                   {name, password} → 201 HubName; 409 {error} when it is taken
 *
 * Socket.io, namespace `/hub`: `watch` a repository (or null for all) and get `pushes`, those under way there, whenever
 * they change, and `changed` when something has been pushed, deleted or described.
 */

export interface HubOverview {
  readonly repositories: readonly HubSummary[];
  /** How many there are, when not all are listed. */
  readonly total: number;
  /** Names of the learner who asks. */
  readonly names: readonly HubName[];
  /** Official images that are not there yet. */
  readonly building: readonly HubBuild[];
}

export interface HubBuild {
  readonly name: string;
  readonly summary: string;
  readonly state: 'missing' | 'waiting' | 'building' | 'failed';
  /** The builder's step, or what went wrong; may be empty. */
  readonly detail: string;
}

export interface HubName {
  readonly name: string;
  readonly usedBytes: number;
  readonly quotaBytes: number;
}

export interface HubSummary {
  /** `debian`, `anna/tool`: as it is pulled. */
  readonly name: string;
  readonly official: boolean;
  readonly description: string;
  readonly tags: number;
  /** ISO 8601: the last push; null for official images. */
  readonly updatedAt: string | null;
}

export interface HubRepository extends HubSummary {
  /** The learner who asks may change it. */
  readonly mine: boolean;
  /** The latest first; only the first hundred. */
  readonly tagList: readonly HubTag[];
}

export interface HubTag {
  readonly name: string;
  readonly digest: string;
  readonly pushedAt: string | null;
  readonly pushedBy: string | null;
  /** One for each platform. Empty when what the tag stands for is no image. */
  readonly images: readonly HubImage[];
}

export interface HubImage {
  readonly digest: string;
  /** Such as `linux/amd64`. */
  readonly platform: string;
  /** Bytes to transfer: configuration and layers, compressed. */
  readonly size: number;
  readonly layers: readonly HubLayer[];
  readonly history: readonly HubStep[];
}

export interface HubLayer {
  readonly digest: string;
  readonly size: number;
  /** Who else has the same layer, in words: repositories, `other tags`, `official images`. It is stored once. */
  readonly sharedWith: readonly string[];
}

export interface HubStep {
  readonly createdAt: string | null;
  readonly createdBy: string;
  /** The step made a layer. */
  readonly hasLayer: boolean;
}

/** A push under way, or just over. */
export interface HubPush {
  readonly id: string;
  /** As it is pulled: `anna/tool`. */
  readonly repository: string;
  readonly by: string;
  /** Set when the image is there, whole. */
  readonly tag: string | null;
  readonly state: 'running' | 'done';
  readonly parts: readonly HubPushPart[];
}

export interface HubPushPart {
  readonly id: string;
  /** Known before it travels only when it is there already. */
  readonly digest: string | null;
  /** `there`: nothing had to be sent; `mounted`: taken from another repository. */
  readonly state: 'there' | 'mounted' | 'sending' | 'sent' | 'failed';
  /** Bytes, so far while it is sent. */
  readonly size: number;
}

export interface HubClientToServer {
  watch: (repository: string | null) => void;
}

export interface HubServerToClient {
  pushes: (pushes: readonly HubPush[]) => void;
  changed: () => void;
}
