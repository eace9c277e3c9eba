import { setTimeout as pause } from "node:timers/promises";
import { Search, type Audit, type Reindexing } from "../../services/search/search.contract.ts";
import { Refusal } from "../import/refusal.ts";
import { say, type Command } from "./command.ts";

const LOOK_EVERY_MS = 1000;

export const reindex: Command = {
  command: "reindex",
  description:
    "Fills a new search index from the listings while the present one answers; waits and shows how far it is",
  options: [{ option: "--status", description: "only tell how far it is, or how the last one ended" }],
  async run(broker, { options: { status } }) {
    if (status === true) return say(`  ${told(await Search.reindexStatus(broker, {}))}`);
    let seen = await Search.reindex(broker, {});
    say(`  ${told(seen)}`);
    while (seen.state === "running") {
      await pause(LOOK_EVERY_MS);
      const now = await Search.reindexStatus(broker, {});
      if (told(now) !== told(seen)) say(`  ${told(now)}`);
      seen = now;
    }
  },
};

function told({ state, read, written, total, startedAt, finishedAt, error }: Reindexing): string {
  if (state === "idle") return "There was no reindexing yet";
  const cars = `${read}${total === undefined ? "" : ` of about ${total}`} listings read, ${written} written`;
  if (state === "done") return `Done ${finishedAt ?? ""}: ${cars}`;
  return `Running since ${startedAt ?? "just now"}: ${cars}${error ? `; interrupted and goes on: ${error}` : ""}`;
}

export const audit: Command = {
  command: "audit",
  description: "Compares the search index with the listings by counts and a sample; exit code 1 when they differ",
  options: [
    { option: "--repair", description: "index again what differs" },
    { option: "--sample <n>", description: "how many listings are compared; default 200" },
  ],
  async run(broker, { options: { repair, sample } }) {
    const size = sample === undefined ? {} : { sample: sampleSize(sample) };
    report(await Search.audit(broker, { ...size, repair: repair === true }), repair === true);
  },
};

function sampleSize(given: unknown): number {
  const size = Number(given);
  if (Number.isInteger(size) && size >= 1 && size <= 10_000) return size;
  throw new Refusal(`--sample ${String(given)}: a number from 1 to 10000`);
}

function report({ owner, index, sampled, complete, repaired, found, ...ids }: Audit, repair: boolean): void {
  say(`  ${owner} cars on sale, ${index} in the index; ${sampled} compared${complete ? ", all there are" : ""}`);
  const kinds = ["missing", "stale", "surplus"] as const;
  for (const kind of kinds) {
    if (found[kind] > 0) say(`  ${kind}: ${found[kind]}, such as ${ids[kind].slice(0, 3).join(", ")}`);
  }
  const differing = kinds.reduce((sum, kind) => sum + found[kind], 0);
  if (repair && differing > 0) say(`  ${repaired} repaired`);
  const left = differing - (repair ? repaired : 0);
  if (left > 0) throw new Refusal(`${left} differ${repair ? " still" : "; --repair indexes them again"}`);
  if (differing === 0) say(complete && owner === index ? "  The index is right" : "  No difference found");
}
