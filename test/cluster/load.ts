import { setTimeout as pause } from "node:timers/promises";
import { ask, type Ask } from "./ask.ts";

/** What became of one request. */
export interface Outcome {
  service: string;
  /** `GET /cars/search` */
  route: string;
  idempotent: boolean;
  /** Milliseconds since the load began. */
  startedAtMs: number;
  latencyMs: number;
  /** `problem`: it was refused in words. `silent`: no gateway gave an answer. */
  result: "good" | "problem" | "silent";
  /** `503 SEARCH_UNAVAILABLE` */
  why: string;
}

/** A running load; its outcomes grow until it has been stopped. */
export interface Load {
  readonly outcomes: readonly Outcome[];
  /** Milliseconds since it began. */
  nowMs(): number;
  /** Begins no further request and waits for those that are out. */
  stop(): Promise<void>;
}

/** Sends requests at a fixed rate, whether answers come or not, to all gateways in turn. */
export function startLoad(gateways: readonly string[], perSecond: number, next: () => Ask): Load {
  const outcomes: Outcome[] = [];
  const running = new Set<Promise<void>>();
  const start = performance.now();
  const nowMs = () => performance.now() - start;
  let stopped = false;
  let sent = 0;

  async function send(): Promise<void> {
    const asked = next();
    const { service, method, path, idempotent } = asked;
    const startedAtMs = nowMs();
    const become = await resultOf(gateways, sent++, asked);
    const route = `${method} ${path.replace(/\?.*|[\da-f]{8}-[\da-f-]+/g, "")}`;
    outcomes.push({ service, route, idempotent, startedAtMs, latencyMs: nowMs() - startedAtMs, ...become });
  }

  async function run(): Promise<void> {
    while (!stopped) {
      for (const due = (nowMs() / 1000) * perSecond; sent < due;) {
        const one = send();
        running.add(one);
        void one.finally(() => running.delete(one));
      }
      await pause(1000 / perSecond);
    }
  }
  const ran = run();
  return {
    outcomes,
    nowMs,
    async stop() {
      stopped = true;
      await ran;
      await Promise.all(running);
    },
  };
}

async function resultOf(gateways: readonly string[], at: number, asked: Ask): Promise<Pick<Outcome, "result" | "why">> {
  try {
    const answer = await ask(gateways, at, asked);
    if (answer.status >= 400) return { result: "problem", why: `${answer.status} ${answer.body?.code}` };
    asked.onGood?.(answer);
    return { result: "good", why: "" };
  } catch (error) {
    const { cause, message } = error as Error;
    return { result: "silent", why: cause instanceof Error ? cause.message : message };
  }
}

export const failed = (outcomes: readonly Outcome[]) => outcomes.filter(({ result }) => result !== "good");

/** How requests fared, by service: rows of a Markdown table. */
export function summary(outcomes: readonly Outcome[]): string {
  const head = ["service", "requests", "failed reads", "failed writes", "longest ms", "why"];
  const rows = [...new Set(outcomes.map(({ service }) => service))].sort().map((service) => {
    const ofService = outcomes.filter((outcome) => outcome.service === service);
    const bad = failed(ofService);
    const reads = bad.filter(({ idempotent }) => idempotent).length;
    const longest = Math.round(Math.max(...ofService.map(({ latencyMs }) => latencyMs)));
    const why = [...new Set(bad.map((one) => one.why))].join(", ");
    return [service, ofService.length, reads, bad.length - reads, longest, why];
  });
  return [head, head.map(() => "---"), ...rows].map((row) => `| ${row.join(" | ")} |`).join("\n");
}
