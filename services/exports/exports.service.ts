import type { Service, ServiceSchema } from "moleculer";
import { answers, callerId } from "../../mixins/answer.ts";
import { on } from "../../mixins/bus/bus.ts";
import { facts } from "../../mixins/facts.ts";
import { config } from "../../moleculer.config.ts";
import { LinkInvalid } from "../accounts/account.contract.ts";
import { AccountDeleted, Accounts } from "../accounts/accounts.contract.ts";
import { downloadHeaders, exportView, hasExpired } from "./domain/export-view.ts";
import { Exports, NoExport } from "./exports.contract.ts";
import { openExports, type ExportsPorts, type OpenExports } from "./open-exports.ts";
import { owe } from "./packing.ts";
import { takeAwayAll } from "./taking-away.ts";

/** Copies of what the market holds about a member, for that member. */
export function exportsService(ports: ExportsPorts): ServiceSchema {
  const { clock = Date.now } = ports;
  let exports: OpenExports;

  return {
    name: Exports.$name,
    mixins: [facts({ subscriptions: [on(AccountDeleted, ({ accountId }) => takeAwayAll(exports.parts, accountId))] })],

    actions: answers(Exports, {
      async request(_params, ctx) {
        const accountId = callerId(ctx);
        const { parts, jobs } = exports;
        if (!(await parts.rows.current(accountId, clock()))) await Accounts.approveExport(ctx, {});
        const asked = await parts.rows.ask(accountId, clock());
        if (asked.state === "gathering") await owe(parts, jobs, asked);
        return exportView(asked, clock());
      },
      async latest(_params, ctx) {
        const found = await exports.parts.rows.latest(callerId(ctx));
        if (!found) throw NoExport();
        return exportView(found, clock());
      },
      async download({ token }, ctx) {
        const { parts } = exports;
        const found = await parts.rows.byDigest(parts.tokens.digestOf(token));
        if (found?.state !== "ready" || hasExpired(found, clock())) throw LinkInvalid();
        const zip = await parts.pieces.whole(found.edition!, found.pieceCount);
        if (zip === undefined) throw LinkInvalid();
        ctx.meta.$responseHeaders = downloadHeaders(found);
        return zip;
      },
    }),

    async started(this: Service) {
      exports = await openExports(ports, this.broker, this.logger);
    },

    async stopped() {
      await exports?.close();
    },
  };
}

export default exportsService({ open: () => config().store.open, settings: () => config() });
