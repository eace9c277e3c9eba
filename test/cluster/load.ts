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

/** One line for each: what was asked when, and why it failed after how long. */
export const told = (outcomes: readonly Outcome[]) =>
  outcomes.map(
    ({ route, why, startedAtMs, latencyMs }) => `${route} at ${startedAtMs | 0} + ${latencyMs | 0} ms: ${why}`,
  );

/** How requests fared: one row of a Markdown table. */
export function row(what: string, outcomes: readonly Outcome[]): string {
  const bad = failed(outcomes);
  const reads = bad.filter(({ idempotent }) => idempotent).length;
  const longest = Math.round(Math.max(...outcomes.map(({ latencyMs }) => latencyMs)));
  const why = [...new Set(bad.map((one) => one.why))].join(", ");
  return `| ${[what, outcomes.length, reads, bad.length - reads, longest, why].join(" | ")} |`;
}
/** The head of such a table. */
export const HEAD =
  "| what | requests | failed reads | failed writes | longest ms | why |\n| --- | --: | --: | --: | --: | --- |";

const WISHED_PER_SECOND = 100;
const CALM_MS = 150;

/**
 * 100 requests a second, or a half, a quarter … of it, whatever this machine carries now with nothing broken: on one
 * that others have worn out, failures would tell of them.
 */
export async function bearableRate(gateways: readonly string[], next: () => Ask): Promise<number> {
  for (let perSecond = WISHED_PER_SECOND; perSecond > 10; perSecond /= 2) {
    const load = startLoad(gateways, perSecond, next);
    await pause(2500);
    await load.stop();
    const latencies = load.outcomes.map(({ latencyMs }) => latencyMs).sort((a, b) => a - b);
    const isCalm = latencies[Math.floor(latencies.length * 0.95)]! < CALM_MS;
    if (isCalm && failed(load.outcomes).length === 0) return perSecond;
  }
  return 10;
}
