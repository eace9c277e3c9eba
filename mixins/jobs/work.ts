/** What whoever does a job knows of it. */
export interface JobInHand {
  id: string;
  /** 1 the first time. A process that dies with the job in its hands has used up one, too. */
  tries: number;
  /** Aborted when somebody else may take the job over: stop before the next step that must not happen twice. */
  lost: AbortSignal;
}

/** How jobs of one kind are done. A job may be done twice (a crash just before it is noted): make that harmless. */
export interface Work<P> {
  /** Resolves when the job is done. Any error makes it wait and come again; `Hopeless` ends it as failed. */
  run(payload: P, job: JobInHand): Promise<void>;
  /**
   * Called before a job is noted as failed for good, with the reason; at least once, but not for a payload that was
   * sealed with another secret. What it throws is logged and changes nothing.
   */
  gaveUp?(payload: P, reason: string): Promise<void>;
  /** Default: 2 seconds, doubling up to 15 minutes, 16 tries (about two hours). */
  patience?: Patience;
  /**
   * How many jobs of this kind one process does at a time; default: as many as it has hands. Set it for what waits for
   * the world: a server that hangs must not hold every hand.
   */
  mostAtOnce?: number;
  /** How long a job's key is remembered after it ended: so long its repetition is none. Default: a week. */
  rememberedMs?: number;
}

/** How long a job that failed waits for its next try, and how often it is tried. */
export interface Patience {
  firstPauseMs: number;
  longestPauseMs: number;
  mostTries: number;
}

/** One way of doing each kind of job. */
export type Works<P> = { [K in keyof P]: Work<P[K]> };

/** Throw it for what no further try mends. The reason is kept and logged: no secrets, nothing about persons. */
export class Hopeless extends Error {
  constructor(reason: string) {
    super(reason);
    this.name = "Hopeless";
  }
}
