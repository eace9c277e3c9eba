import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { strFromU8, unzipSync } from "fflate";
import { ServiceBroker, type ServiceSchema } from "moleculer";
import { uuidv7 } from "uuidv7";
import { busMiddleware } from "../../../mixins/bus/bus-middleware.ts";
import { deadLetterCollection } from "../../../mixins/bus/dead-letters.ts";
import { embeddedBus } from "../../../mixins/bus/embedded-bus.ts";
import type { Store } from "../../../mixins/collection/collection.ts";
import { sqliteStore } from "../../../mixins/collection/sqlite-store.ts";
import { jobCollection, type JobRow } from "../../../mixins/jobs/job-row.ts";
import type { PersonalRecord } from "../../../mixins/personal-data.ts";
import { Accounts, StepUpRequired } from "../../../services/accounts/accounts.contract.ts";
import type { Export } from "../../../services/exports/exports.contract.ts";
import { Exports } from "../../../services/exports/exports.contract.ts";
import { exportsService } from "../../../services/exports/exports.service.ts";
import type { ExportsPorts } from "../../../services/exports/open-exports.ts";
import { openExportsStore, type ExportsStore } from "../../../services/exports/exports.store.ts";
import { openPieces, pieceCollection, type Pieces } from "../../../services/exports/pieces.store.ts";
import { Listings } from "../../../services/listings/listings.contract.ts";
import { eventually } from "../../eventually.ts";

export const SECRET = "a secret for tests only, 32 or more characters";

interface Mail {
  accountId: string;
  key: string;
  letter: { link: string; expiresAt: string };
}

/** A member as services get to see one. */
export const member = (accountId = uuidv7()) => ({ meta: { accountId, roles: ["member"], sessionId: "a session" } });
export type Member = ReturnType<typeof member>;

/** The exports service on some nodes that share one store, beside services that hold what a test tells them. */
export interface Bureau {
  nodes: ServiceBroker[];
  /** What is held: service → member → records. */
  held: Record<"accounts" | "listings", Map<string, PersonalRecord[]>>;
  /** Awaited before a page is given; throws where a service shall be out of order. */
  before: (service: string) => void | Promise<void>;
  mails: Mail[];
  approved: string[];
  clock: { nowMs: number };
  /** What has to be true of callers; else they must prove once more who they are. */
  isProved: boolean;
  rows: ExportsStore;
  pieces: Pieces;
  directory: string;
  ask(who: Member, node?: number): Promise<Export>;
  /** The member's export when it has come so far. */
  reached(who: Member, state: Export["state"]): Promise<Export>;
  /** The token in the latest mail to a member. */
  tokenOf(who: Member): string;
  download(token: string): Promise<Record<string, string>>;
  /** How many pieces of an export there are, of whatever edition. */
  pieceCount(exportId: string): Promise<number>;
  /** Resolves when no job is left to do. */
  settled(): Promise<void>;
  /** The exports service of the first node, as after a restart. */
  startAgain(): Promise<void>;
  close(): Promise<void>;
}

/** It goes on by itself, too: what waits for its next try shall get it. */
function movableClock() {
  let aheadMs = 0;
  return {
    get nowMs() {
      return Date.now() + aheadMs;
    },
    set nowMs(nowMs: number) {
      aheadMs = nowMs - Date.now();
    },
  };
}

const PAGE = 2;
const FAST = { firstPauseMs: 20, longestPauseMs: 40, mostTries: 1000 };

export async function openBureau({
  nodes = 1,
  openStore = (directory: string): Store => sqliteStore({ directory }),
  ...ports
}: Partial<ExportsPorts> & { nodes?: number; openStore?: (directory: string) => Store } = {}): Promise<Bureau> {
  const directory = mkdtempSync(path.join(tmpdir(), "exports-"));
  const stores = Array.from({ length: nodes + 1 }, () => openStore(directory));
  const own = stores.pop()!;
  const [rows, pieces] = [await openExportsStore(own.open), await openPieces(own.open)];
  const allPieces = await own.open(pieceCollection);
  const allJobs = await own.open<JobRow>(jobCollection("exports"));
  const mailKeys = new Set<string>();
  const bureau: Bureau = {
    ...{ nodes: [], held: { accounts: new Map(), listings: new Map() }, before: () => {}, mails: [], approved: [] },
    ...{ clock: movableClock(), isProved: true, rows, pieces, directory },
    ask: (who, node = 0) => Exports.request(bureau.nodes[node]!, {}, who),
    reached: (who, state) =>
      eventually(async () => {
        const found = await Exports.latest(bureau.nodes[0]!, {}, who);
        if (found.state !== state) throw new Error(`It is ${found.state}`);
        if (state === "ready") bureau.tokenOf(who);
        return found;
      }),
    tokenOf({ meta }) {
      const mail = bureau.mails.findLast(({ accountId }) => accountId === meta.accountId);
      if (!mail) throw new Error("No mail yet");
      return new URL(mail.letter.link).searchParams.get("token")!;
    },
    async download(token) {
      const files = unzipSync(Buffer.from(await Exports.download(bureau.nodes[0]!, { token }), "base64"));
      return Object.fromEntries(Object.entries(files).map(([name, bytes]) => [name, strFromU8(bytes)]));
    },
    pieceCount: (exportId) => allPieces.count({ exportId }),
    settled: () =>
      eventually(async () => expect(await allJobs.count({ state: { in: ["waiting", "running"] } })).toBe(0)),
    async startAgain() {
      const node = bureau.nodes[0]!;
      const running = node.getLocalService("exports");
      if (running) await node.destroyService(running);
      node.createService(schemas[0]!);
      await node.waitForServices("exports");
    },
    async close() {
      await Promise.all(bureau.nodes.map((node) => node.stop()));
      await Promise.all([...stores, own].map((store) => store.close()));
      rmSync(directory, { recursive: true, force: true });
    },
  };

  /** A page of what a service holds about somebody. */
  const told =
    (service: "accounts" | "listings") => async (ctx: { params: { accountId: string; cursor?: string } }) => {
      await bureau.before(service);
      const records = bureau.held[service].get(ctx.params.accountId) ?? [];
      const from = Number(ctx.params.cursor ?? 0);
      const nextCursor = from + PAGE < records.length ? String(from + PAGE) : null;
      return { records: records.slice(from, from + PAGE), nextCursor };
    };
  const accounts = {
    personalData: told("accounts"),
    approveExport(ctx: { meta: { accountId: string } }) {
      if (!bureau.isProved) throw StepUpRequired({ methods: ["password"] });
      bureau.approved.push(ctx.meta.accountId);
      return null;
    },
    async mailTo(ctx: { params: Mail }) {
      await bureau.before("mail");
      const { params } = ctx;
      if (!bureau.held.accounts.has(params.accountId)) return { language: null };
      if (!mailKeys.has(params.key)) bureau.mails.push(params);
      mailKeys.add(params.key);
      return { language: "ko" };
    },
  };

  const schemas: ServiceSchema[] = [];
  for (const store of stores) {
    const broker = new ServiceBroker({
      ...{ logger: false, strictResults: true, skipProcessEventRegistration: true },
      middlewares: [busMiddleware(() => embeddedBus({ openLetters: () => store.open(deadLetterCollection) }))],
    });
    broker.createService({ name: Accounts.$name, actions: accounts });
    broker.createService({ name: Listings.$name, actions: { personalData: told("listings") } });
    const schema = exportsService({
      ...{ open: () => store.open, settings: () => ({ publicUrl: "https://market.test", jwtSecret: SECRET }) },
      ...{ clock: () => bureau.clock.nowMs, patience: FAST, lookEveryMs: 20 },
      ...ports,
    });
    schemas.push(schema);
    broker.createService(schema);
    bureau.nodes.push(broker);
  }
  await Promise.all(bureau.nodes.map((node) => node.start()));
  return bureau;
}
