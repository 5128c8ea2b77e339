import { BuildFeed } from '../builds/feed.ts';
import { EngineClient } from '../engine/client.ts';
import { Usage } from '../engine/schemas.ts';
import { StepBeginning } from '../files/beginning.ts';
import { MachineFiles } from '../files/machine-files.ts';
import { Course, type CourseOptions } from '../lessons/course.ts';
import { MapFeed } from '../map/feed.ts';
import { Terminals } from '../terminals/terminals.ts';
import { UsageRates, type MeasuredUsage } from './measured.ts';

/** How often use of memory, disk and processes is read while somebody looks, in milliseconds. */
const USAGE_EVERY_MS = 3000;

/** Bytes of an answer that is a handful of numbers. */
const USAGE_MAX_BYTES = 4096;

export interface MachineOptions {
  readonly engineSocket: string;
  /** Undefined for a bare machine. */
  readonly course: Omit<CourseOptions, 'engine'> | undefined;
  readonly onTerminals: () => void;
  /** Asked for each terminal: what hears its output. */
  readonly terminalListener: () => (output: string) => void;
  readonly onUsage: (usage: MeasuredUsage) => void;
}

/** All that the server holds of one running machine: from the boot of its engine to its end. */
export class Machine {
  readonly #engine: EngineClient;
  readonly #onUsage: (usage: MeasuredUsage) => void;
  readonly #rates = new UsageRates();
  readonly terminals: Terminals;
  readonly course: Course | undefined;
  readonly files: MachineFiles;
  /** Of the lesson's step that is worked on. */
  readonly beginning: StepBeginning;
  readonly map: MapFeed;
  readonly builds: BuildFeed;
  /** Resolves when the terminals that the machine has had before are there. */
  readonly ready: Promise<void>;
  #usageTimer: NodeJS.Timeout | undefined;
  #usage: MeasuredUsage | undefined;

  constructor(options: MachineOptions) {
    this.#engine = new EngineClient(options.engineSocket);
    this.#onUsage = options.onUsage;
    this.files = new MachineFiles(this.#engine);
    this.beginning = new StepBeginning(this.files);
    this.terminals = new Terminals(this.#engine, options.onTerminals, options.terminalListener);
    this.course = options.course && this.#begin(options.course);
    this.map = new MapFeed(this.#engine);
    this.builds = new BuildFeed(this.#engine);
    this.ready = this.terminals.adopt().catch(() => undefined);
  }

  get usage(): MeasuredUsage | undefined {
    return this.#usage;
  }

  /** Measures its use only while somebody looks. */
  watched(watched: boolean): void {
    clearInterval(this.#usageTimer);
    this.#usageTimer = undefined;
    if (!watched) return;
    this.#usageTimer = setInterval(() => void this.#measure(), USAGE_EVERY_MS);
    void this.#measure();
  }

  close(): void {
    clearInterval(this.#usageTimer);
    this.course?.close();
    this.map.close();
    this.builds.close();
    this.beginning.close();
    this.terminals.dispose();
    this.#engine.close();
  }

  #begin(options: Omit<CourseOptions, 'engine'>): Course {
    let ready = 0;
    const onStanding: CourseOptions['onStanding'] = (standing) => {
      const now = Object.values(standing.steps).filter(({ state }) => state === 'ready').length;
      if (now > ready) this.beginning.take();
      ready = now;
      options.onStanding(standing);
    };
    return new Course({ ...options, engine: this.#engine, onStanding });
  }

  async #measure(): Promise<void> {
    try {
      const counted = await this.#engine.get('/slipway/usage', Usage, { maxBytes: USAGE_MAX_BYTES });
      const usage = this.#rates.measure(counted);
      this.#usage = usage;
      this.#onUsage(usage);
    } catch {
      // The engine is busy or ending; the next measure tells.
    }
  }
}
