import { EngineError } from '../oci/errors.ts';

const NAME = /^\/?[a-zA-Z0-9][a-zA-Z0-9_.-]+$/;

/** The name without Docker's leading slash; throws for what is none. */
export function parseName(name: string): string {
  if (!NAME.test(name)) {
    throw new EngineError(
      'invalid',
      `Invalid container name (${name}), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed`,
    );
  }
  return name.replace(/^\//, '');
}

/** Ships and their ways: a container whose name nobody chose gets one of each. */
const LEFT = [
  'able', 'amber', 'bold', 'brave', 'breezy', 'bright', 'brisk', 'calm', 'candid', 'cheerful', 'clear', 'clever',
  'coastal', 'crisp', 'curious', 'daring', 'distant', 'eager', 'early', 'easy', 'fair', 'fast', 'fine', 'fond',
  'free', 'fresh', 'gentle', 'glad', 'golden', 'grand', 'happy', 'hardy', 'honest', 'jolly', 'keen', 'kind', 'late',
  'light', 'lively', 'lucky', 'mellow', 'merry', 'mighty', 'modest', 'neat', 'nimble', 'noble', 'patient', 'placid',
  'plucky', 'polite', 'proud', 'quick', 'quiet', 'rapid', 'ready', 'robust', 'salty', 'serene', 'sharp', 'silent',
  'silver', 'smooth', 'sober', 'spry', 'steady', 'still', 'stout', 'sunny', 'swift', 'tidal', 'tidy', 'trim',
  'trusty', 'upbeat', 'vivid', 'warm', 'wary', 'windy', 'wise', 'witty', 'young', 'zesty',
]; // prettier-ignore

const RIGHT = [
  'anchor', 'barge', 'bay', 'beacon', 'boat', 'bow', 'breeze', 'brig', 'buoy', 'canal', 'canoe', 'cape', 'captain',
  'chart', 'clipper', 'coast', 'compass', 'coral', 'cove', 'crane', 'crew', 'current', 'cutter', 'deck', 'delta',
  'dinghy', 'dock', 'dolphin', 'estuary', 'ferry', 'fjord', 'fleet', 'frigate', 'galley', 'gangway', 'gull',
  'harbour', 'haven', 'heron', 'horizon', 'hull', 'island', 'jetty', 'kayak', 'keel', 'ketch', 'lagoon', 'lantern',
  'lighthouse', 'lock', 'lugger', 'marina', 'mast', 'mooring', 'oar', 'ocean', 'otter', 'paddle', 'pelican', 'pier',
  'pilot', 'port', 'quay', 'raft', 'reef', 'rigging', 'rudder', 'sail', 'schooner', 'seal', 'shore', 'skiff',
  'sloop', 'sound', 'spar', 'stern', 'strait', 'tender', 'tide', 'trawler', 'tug', 'wake', 'wave', 'wharf', 'yawl',
]; // prettier-ignore

/** `calm_harbour`; with a digit behind when `isTaken` says so too often. */
export function inventName(isTaken: (name: string) => boolean, random: () => number = Math.random): string {
  for (let attempt = 0; ; attempt++) {
    const name = `${pick(LEFT, random)}_${pick(RIGHT, random)}`;
    const numbered = attempt < 6 ? name : `${name}${Math.floor(random() * 10 * attempt)}`;
    if (!isTaken(numbered)) return numbered;
  }
}

function pick(words: readonly string[], random: () => number): string {
  return words[Math.floor(random() * words.length)] ?? 'spare';
}
