import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { ServiceBroker } from "moleculer";
import { sqliteStore } from "../../../mixins/collection/sqlite-store.ts";
import { accountsService } from "../../../services/accounts/accounts.service.ts";
import type { Language, SignedIn } from "../../../services/accounts/accounts.contract.ts";
import type { Letter } from "../../../services/accounts/mails/letters.ts";
import { openOffice, type Office } from "../../../services/accounts/office.ts";
import type { Providers } from "../../../services/accounts/providers/identity-provider.ts";

export const SECRET = "a secret for tests only, 32 or more characters";

export const SETTINGS = {
  ...{ jwtSecret: SECRET, publicUrl: "http://localhost:3000", corsOrigins: [], rateLimits: true },
  ...{ smtpUrl: undefined, mailFrom: "Hallabong <hello@example.com>", dataDir: path.join(tmpdir(), "accounts-mails") },
};

/** The accounts service on some nodes that share one store, and a clock that tests move. */
export interface Desk {
  /** One broker per node. */
  nodes: ServiceBroker[];
  /** The parts on a store of their own connection. */
  office: Office;
  clock: { nowMs: number };
  /** The mails of all nodes are in `outbox` below it. */
  dataDir: string;
  close(): Promise<void>;
}

export async function openDesk(nodeCount = 1, providers: Providers = {}): Promise<Desk> {
  const directory = mkdtempSync(path.join(tmpdir(), "accounts-"));
  const clock = { nowMs: Date.now() };
  const settings = { ...SETTINGS, dataDir: directory };
  const stores = Array.from({ length: nodeCount + 1 }, () => sqliteStore({ directory }));
  const nodes = stores.slice(1).map(({ open }) => {
    const broker = new ServiceBroker({ logger: false, strictResults: true, skipProcessEventRegistration: true });
    const ports = { open: () => open, settings: () => settings, clock: () => clock.nowMs, providers };
    broker.createService(accountsService(ports));
    return broker;
  });
  await Promise.all(nodes.map((node) => node.start()));
  const office = await openOffice({
    ...{ open: stores[0]!.open, settings, broker: nodes[0]!, clock: () => clock.nowMs, providers },
  });
  return {
    nodes,
    office,
    clock,
    dataDir: directory,
    close: async () => {
      await office.close();
      await Promise.all(nodes.map((node) => node.stop()));
      await Promise.all(stores.map((store) => store.close()));
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

interface TakenLetter {
  email: string;
  language: Language;
  letter: Letter;
  key: string | undefined;
}

/**
 * The letters that an office takes over from now on, each key's once, but for those that follow every registration,
 * whose time is not the test's; they go nowhere.
 */
export function lettersOf(office: Office): TakenLetter[] {
  const letters: TakenLetter[] = [];
  jest.spyOn(office.post, "send").mockImplementation(async ({ email, language }, letter, key) => {
    const isTaken = key !== undefined && letters.some((taken) => taken.key === key);
    if (email !== null && letter.kind !== "verifyEmail" && !isTaken) letters.push({ email, language, letter, key });
  });
  return letters;
}

/** The session that an access token speaks for. */
export const sessionOf = (access: string): string =>
  (JSON.parse(Buffer.from(access.split(".")[1]!, "base64url").toString()) as { sid: string }).sid;

/** Who has signed in, as the edges describe their calls. */
export const callerOf = ({ user, access }: SignedIn) => ({
  meta: { accountId: user.id, roles: [user.role as string], sessionId: sessionOf(access) },
});

/** What is in the log of an account, latest first. */
export const logOf = async ({ events }: Office, accountId: string) =>
  (await events.of(accountId, { limit: 100 })).items;

/** The code of the failure that a call ends in; what it gave when it did not fail. */
export const codeOf = async (call: Promise<unknown>): Promise<unknown> =>
  call.then(
    (result) => ({ result }),
    (error: { type?: string }) => error.type ?? error,
  );
