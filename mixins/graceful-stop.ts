import type { Middleware } from "moleculer";

/** Terminals and whoever started the process may both pass on one Ctrl+C. */
const SAME_SIGNAL_MS = 1000;
const PARENT_EVERY_MS = 500;
const SIGNALS = { SIGINT: 130, SIGTERM: 143 } as const;

/**
 * A middleware for the one broker of a process: SIGTERM and SIGINT stop it, and when it has stopped the process ends
 * with exit code 0. A second signal, or one before the start is complete, ends the process at once (130, 143), and so
 * does a stop that takes longer than the limit (1). With `endsWithParent` the end of whoever started the process counts
 * as SIGTERM: npm passes signals to the shell between, and that does not pass them on. Stands last.
 */
export function gracefulStop({ limitMs = 35_000, endsWithParent = false } = {}): Middleware {
  let askedAt = 0;
  return {
    name: "GracefulStop",
    created(broker) {
      const ask = (exitCode: number) => {
        if (Date.now() - askedAt < SAME_SIGNAL_MS) return;
        if (!broker.started) process.exit(exitCode);
        askedAt = Date.now();
        void broker.stop();
      };
      for (const [signal, exitCode] of Object.entries(SIGNALS)) process.on(signal, () => ask(exitCode));
      if (endsWithParent) whenParentEnds(() => ask(SIGNALS.SIGTERM));
      broker.localBus.once("$broker.stopped", () => setImmediate(() => process.exit()));
    },
    async stopping(broker) {
      const giveUp = () => {
        broker.logger.fatal(`The stop took longer than ${limitMs / 1000} s; the process ends with work unfinished`);
        process.exit(1);
      };
      setTimeout(giveUp, limitMs).unref();
    },
  };
}

function whenParentEnds(act: () => void): void {
  const parent = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(watch);
    act();
  }, PARENT_EVERY_MS).unref();
}
