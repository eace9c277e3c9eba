import type { Service, ServiceSchema } from "moleculer";
import { answers, callerId } from "../../mixins/answer.ts";
import { on } from "../../mixins/bus/bus.ts";
import type { OpenCollection } from "../../mixins/collection/collection.ts";
import { facts } from "../../mixins/facts.ts";
import { openJobs, type Jobs, type Patience } from "../../mixins/jobs/jobs.ts";
import { config } from "../../moleculer.config.ts";
import { LinkInvalid } from "../accounts/account.contract.ts";
import { AccountDeleted, Accounts } from "../accounts/accounts.contract.ts";
import { downloadHeaders, exportView, hasExpired } from "./domain/export-view.ts";
import { Exports, NoExport } from "./exports.contract.ts";
import { longestWait } from "./exports.metrics.ts";
import { openExportsStore } from "./exports.store.ts";
import { linkTokens } from "./domain/link-tokens.ts";
import { owe, packing, type ExportJobs, type Packing } from "./packing.ts";
import { openPieces } from "./pieces.store.ts";
import { purge, takeAwayAll } from "./taking-away.ts";

export interface ExportsPorts {
  /** Both are asked when the service starts. */
  open: () => OpenCollection;
  settings: () => ExportsSettings;
  /** Unix milliseconds. */
  clock?: () => number;
  /** Largest ZIP in bytes; it is held in memory while it is made, and while it is sent. */
  mostBytes?: number;
  /** How long services may be out of reach before an export has failed. Default: about a day. */
  patience?: Patience;
  /** How often this process looks for exports that others could not make. Default: 2 seconds. */
  lookEveryMs?: number;
}

export interface ExportsSettings {
  /** Where clients reach us: links lead there. */
  publicUrl: string;
  /** What the tokens of links are made with. */
  jwtSecret: string;
}

const LARGEST_ZIP_BYTES = 20_000_000;
const A_DAY: Patience = { firstPauseMs: 5000, longestPauseMs: 15 * 60_000, mostTries: 100 };
const KEEP_HOUSE_EVERY_MS = 10 * 60_000;

/** Copies of what the market holds about a member, for that member. */
export function exportsService({
  open,
  settings,
  clock = Date.now,
  mostBytes = LARGEST_ZIP_BYTES,
  patience = A_DAY,
  lookEveryMs = 2000,
}: ExportsPorts): ServiceSchema {
  let parts: Packing;
  let jobs: Jobs<ExportJobs>;
  let keepingHouse: NodeJS.Timeout;
  let stopReading = () => {};

  return {
    name: Exports.$name,
    mixins: [facts({ subscriptions: [on(AccountDeleted, ({ accountId }) => takeAwayAll(parts, accountId))] })],

    actions: answers(Exports, {
      async request(_params, ctx) {
        const accountId = callerId(ctx);
        const { rows } = parts;
        if (!(await rows.current(accountId, clock()))) await Accounts.approveExport(ctx, {});
        const asked = await rows.ask(accountId, clock());
        if (asked.state === "gathering") await owe(parts, jobs, asked);
        return exportView(asked, clock());
      },
      async latest(_params, ctx) {
        const found = await parts.rows.latest(callerId(ctx));
        if (!found) throw NoExport();
        return exportView(found, clock());
      },
      async download({ token }, ctx) {
        const found = await parts.rows.byDigest(parts.tokens.digestOf(token));
        if (found?.state !== "ready" || hasExpired(found, clock())) throw LinkInvalid();
        const zip = await parts.pieces.whole(found.edition!, found.pieceCount);
        if (zip === undefined) throw LinkInvalid();
        ctx.meta.$responseHeaders = downloadHeaders(found);
        return zip;
      },
    }),

    async started(this: Service) {
      const { broker: via, logger } = this;
      const { publicUrl, jwtSecret } = settings();
      const [rows, pieces] = await Promise.all([openExportsStore(open()), openPieces(open())]);
      parts = { rows, pieces, tokens: linkTokens(jwtSecret), via, publicUrl, clock, mostBytes, patience };
      // Each holds an archive in memory.
      jobs = await openJobs<ExportJobs>({
        open: open(),
        service: Exports.$name,
        logger,
        clock,
        lookEveryMs,
        atOnce: 2,
      });
      jobs.work({ pack: packing(parts) });
      stopReading = longestWait.read(async () => {
        const [oldest] = await rows.gathering();
        return oldest ? (clock() - oldest.askedAtMs) / 1000 : 0;
      });
      const keepHouse = async () => {
        await purge(parts);
        for (const owed of await rows.gathering()) await owe(parts, jobs, owed);
      };
      const keep = () =>
        void keepHouse().catch((error: unknown) => logger.warn("Exports were not kept in order", error));
      keep();
      keepingHouse = setInterval(keep, KEEP_HOUSE_EVERY_MS).unref();
    },

    async stopped() {
      clearInterval(keepingHouse);
      stopReading();
      await jobs?.stop();
      await Promise.all([parts?.rows.close(), parts?.pieces.close()]);
    },
  };
}

export default exportsService({ open: () => config().store.open, settings: () => config() });
