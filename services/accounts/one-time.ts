import { createHash, randomBytes } from "node:crypto";
import type { OpenCollection } from "../../mixins/collection/collection.ts";
import { findEvery, removeEvery } from "../../mixins/collection/every-match.ts";

/** What a token was issued for; one that is good for this is good for nothing else. */
export type OneTimeKind =
  "verifyEmail" | "changeEmail" | "resetPassword" | "pendingSignIn" | "passkeyCeremony" | "providerState";

interface OneTimeRow {
  kind: OneTimeKind;
  /** SHA-256 of the token: whoever reads the store cannot use it. */
  digest: string;
  accountId: string | null;
  /** What the issuer wants back, as JSON values. */
  data: Record<string, unknown>;
  issuedAtMs: number;
  expiresAtMs: number;
}

export interface OneTimeOrder {
  kind: OneTimeKind;
  accountId?: string | undefined;
  data?: Record<string, unknown>;
  lifeMs: number;
}

export interface Spent {
  accountId: string | undefined;
  data: Record<string, unknown>;
}

/** Tokens that are good once, for one purpose, until they expire. */
export interface OneTimeTokens {
  /** 256 random bits; only their digest is kept. */
  issue(order: OneTimeOrder): Promise<string>;
  /** What a token stands for, without spending it. */
  look(kind: OneTimeKind, token: string): Promise<Spent | undefined>;
  /** Takes the token away and answers what it stood for; of many who try at once one gets it. */
  spend(kind: OneTimeKind, token: string): Promise<Spent | undefined>;
  /** Makes every token of a kind worthless that an account was given, up to a moment (Unix milliseconds) or so far. */
  withdraw(kind: OneTimeKind, accountId: string, issuedUpToMs?: number): Promise<void>;
  /** Makes every token worthless that an account was given, whatever for. */
  withdrawAll(accountId: string): Promise<void>;
  purge(nowMs: number): Promise<number>;
  close(): Promise<void>;
}

const digestOf = (token: string) => createHash("sha256").update(token).digest("base64url");

export async function openOneTimeTokens(open: OpenCollection, clock: () => number): Promise<OneTimeTokens> {
  const rows = await open<OneTimeRow>({
    service: "accounts",
    noun: "oneTimeToken",
    fields: { kind: "text", digest: "text", accountId: "text", expiresAtMs: "integer" },
    unique: [["digest"]],
    indexes: [["accountId", "kind"], ["expiresAtMs"]],
  });
  const find = async (kind: OneTimeKind, token: string) => {
    const [row] = (await rows.find({ filter: { digest: digestOf(token), kind }, limit: 1 })).items;
    return row && row.expiresAtMs > clock() ? row : undefined;
  };
  const told = ({ accountId, data }: OneTimeRow): Spent => ({ accountId: accountId ?? undefined, data });
  return {
    async issue({ kind, accountId, data = {}, lifeMs }) {
      const token = randomBytes(32).toString("base64url");
      const issuedAtMs = clock();
      const row = { kind, digest: digestOf(token), accountId: accountId ?? null, data };
      await rows.insert({ ...row, issuedAtMs, expiresAtMs: issuedAtMs + lifeMs });
      return token;
    },
    async look(kind, token) {
      const row = await find(kind, token);
      return row && told(row);
    },
    async spend(kind, token) {
      const row = await find(kind, token);
      return row && (await rows.remove(row.id, row.rev)) ? told(row) : undefined;
    },
    async withdraw(kind, accountId, issuedUpToMs = Infinity) {
      // An account has few of a kind at once.
      const issued = (await findEvery(rows, { accountId, kind })).filter((row) => row.issuedAtMs <= issuedUpToMs);
      await Promise.all(issued.map(({ id, rev }) => rows.remove(id, rev)));
    },
    async withdrawAll(accountId) {
      await removeEvery(rows, { accountId });
    },
    purge: (nowMs) => removeEvery(rows, { expiresAtMs: { lte: nowMs } }),
    close: () => rows.close(),
  };
}
