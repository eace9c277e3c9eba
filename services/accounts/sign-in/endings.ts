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
   * made it necessary (a role that was taken, a session that ended) must have been written before.
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

/** Clocks of two processes of ours may differ by so much; a token from the faster one must not survive. */
const SKEW_MS = 2000;
/** A write that takes longer is repeated, so that the margin for clocks is not eaten up by it. */
const SLOW_WRITE_MS = 500;
/** Edges by a slow clock believe in tokens for a while longer. */
const PURGED_AFTER_MS = 60_000;
const TOLD_WITHIN_MS = 500;

export async function openEndings(open: OpenCollection, broker: ServiceBroker, clock: () => number): Promise<Endings> {
  const rows = await open<EndingRow>({
    service: "accounts",
    noun: "ending",
    fields: { issuedUpToMs: "integer", forgottenAtMs: "integer" },
    indexes: [["issuedUpToMs"], ["forgottenAtMs"]],
  });

  /** The row's id is what it is about; of two who write at once the later moment stays. */
  async function note(about: string): Promise<Ending> {
    for (;;) {
      const startedMs = clock();
      const issuedUpToMs = startedMs + SKEW_MS;
      const row = { issuedUpToMs, forgottenAtMs: issuedUpToMs + ACCESS_LIFE_MS };
      const read = await rows.get(about);
      if (read && read.issuedUpToMs >= issuedUpToMs) return endingOf(read);
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
      const filter = { issuedUpToMs: { gte: sinceMs }, forgottenAtMs: { gt: clock() - PURGED_AFTER_MS } };
      return (await findEvery(rows, filter, ["issuedUpToMs"])).map(endingOf);
    },
    about: async (ids) => (await findEvery(rows, { id: { in: ids } })).map(endingOf),
    purge: (nowMs) => removeEvery(rows, { forgottenAtMs: { lte: nowMs - PURGED_AFTER_MS } }),
    close: () => rows.close(),
  };
}

const endingOf = ({ id, issuedUpToMs, forgottenAtMs }: Stored<EndingRow>): Ending => ({
  ...{ about: id, issuedUpToMs, forgottenAtMs },
});
