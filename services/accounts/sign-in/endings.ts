import type { ServiceBroker } from "moleculer";
import { isNew, type OpenCollection, type Stored } from "../../../mixins/collection/collection.ts";
import { findEvery, removeEvery } from "../../../mixins/collection/every-match.ts";
import { ACCESS_LIFE_MS } from "../../../mixins/tokens/access-token.ts";
import { within } from "../../../mixins/within.ts";
import { TOKENS_ENDED, type Ending } from "./sign-in.contract.ts";

/** Access tokens that end before their time: kept, and told to every edge. */
export interface Endings {
  /**
   * From now on no access token is good that was issued so far about one of these (session ids, account ids, jti). What
   * made it necessary (a role that was taken, a session that ended) must have been written before: only accounts have
   * tokens afterwards, of who read the ending first and then the account.
   */
  end(about: readonly string[]): Promise<void>;
  /** Those noted since a moment, whose tokens may still be out. */
  current(sinceMs?: number): Promise<Ending[]>;
  /** Those about one of these. */
  about(ids: readonly string[]): Promise<Ending[]>;
  purge(nowMs: number): Promise<number>;
  close(): Promise<void>;
}

type EndingRow = Omit<Ending, "about">;

/** A write that takes longer is repeated: edges ask for what was noted lately, by the moment that stands in it. */
const SLOW_WRITE_MS = 500;
/** Tokens of an issuer by a faster clock live on for so much longer at most, and so they do at edges by a slower one. */
export const CLOCKS_APART_MS = 60_000;
const TOLD_WITHIN_MS = 500;

export async function openEndings(open: OpenCollection, broker: ServiceBroker, clock: () => number): Promise<Endings> {
  const rows = await open<EndingRow>({
    service: "accounts",
    noun: "ending",
    fields: { atMs: "integer", forgottenAtMs: "integer" },
    indexes: [["atMs"], ["forgottenAtMs"]],
  });

  /** The row's id is what it is about. Its number grows with each write, also one by a slower clock. */
  async function note(about: string): Promise<Ending> {
    for (;;) {
      const startedMs = clock();
      const read = await rows.get(about);
      const atMs = Math.max(startedMs, (read?.atMs ?? 0) + 1);
      const row = { atMs, forgottenAtMs: atMs + ACCESS_LIFE_MS + CLOCKS_APART_MS };
      const written = read ? await rows.change(about, read.rev, row) : await isNew(rows.insert({ id: about, ...row }));
      if (written && clock() - startedMs < SLOW_WRITE_MS) return { about, ...row };
    }
  }

  /** An edge that does not hear it sweeps it up within a second. */
  const tell = (endings: readonly Ending[]) =>
    within(TOLD_WITHIN_MS, Promise.resolve(broker.broadcast(TOKENS_ENDED, { endings }))).catch(() => undefined);

  return {
    async end(about) {
      await tell(await Promise.all(about.map(note)));
    },
    async current(sinceMs = 0) {
      const filter = { atMs: { gte: sinceMs }, forgottenAtMs: { gt: clock() } };
      return (await findEvery(rows, filter, ["atMs"])).map(endingOf);
    },
    about: async (ids) => (await findEvery(rows, { id: { in: ids } })).map(endingOf),
    purge: (nowMs) => removeEvery(rows, { forgottenAtMs: { lte: nowMs } }),
    close: () => rows.close(),
  };
}

const endingOf = ({ id, atMs, forgottenAtMs }: Stored<EndingRow>): Ending => ({ about: id, atMs, forgottenAtMs });
