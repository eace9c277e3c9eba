import type { Middleware } from "moleculer";

/** Terminals and npm may both pass on one Ctrl+C. */
const SAME_SIGNAL_MS = 1000;
const SIGNALS = { SIGINT: 130, SIGTERM: 143 } as const;

/**
 * A middleware for the one broker of a process: SIGTERM and SIGINT stop it, and when it has stopped the process ends
 * with exit code 0. A second signal, or one before the start is complete, ends the process at once (130, 143), and so
 * does a stop that takes longer than the limit (1). Stands last.
 */
export function gracefulStop({ limitMs = 35_000 } = {}): Middleware {
  let askedAt = 0;
  return {
    name: "GracefulStop",
    created(broker) {
      for (const [signal, exitCode] of Object.entries(SIGNALS)) {
        process.on(signal, () => {
          if (Date.now() - askedAt < SAME_SIGNAL_MS) return;
          if (!broker.started) process.exit(exitCode);
          askedAt = Date.now();
          void broker.stop();
        });
      }
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
