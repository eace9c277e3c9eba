import type { CallerMeta } from "../../mixins/answer.ts";
import type { CollectionPage, OpenCollection } from "../../mixins/collection/collection.ts";
import { removeEvery } from "../../mixins/collection/every-match.ts";

/** What can happen to the security of an account. */
export type SecurityEventName =
  | "registered"
  | "signedIn"
  | "signedInOnNewDevice"
  | "signInFailed"
  | "signInsLocked"
  | "signedOut"
  | "sessionEnded"
  | "refreshReused"
  | "steppedUp"
  | "passwordResetAsked"
  | "passwordChanged"
  | "emailVerified"
  | "emailChangeAsked"
  | "emailChanged"
  | "totpEnabled"
  | "totpRemoved"
  | "recoveryCodeUsed"
  | "recoveryCodesRenewed"
  | "passkeyAdded"
  | "passkeyRemoved"
  | "identityLinked"
  | "identityUnlinked"
  | "handleChanged"
  | "roleChanged"
  | "statusChanged"
  | "exportAsked"
  | "deleted";

export interface SecurityEventFields {
  accountId: string;
  what: SecurityEventName;
  ip: string | null;
  userAgent: string | null;
  sessionId: string | null;
  /** Words for its owner; never a secret. */
  detail: Record<string, string>;
  expiresAtMs: number;
}

/** The log of what happened to the security of each account; its owner reads it. */
export interface SecurityEvents {
  note(caller: CallerMeta, accountId: string, what: SecurityEventName, detail?: Record<string, string>): Promise<void>;
  /** Latest first. */
  of(
    accountId: string,
    query: { limit: number; cursor?: string | undefined },
  ): Promise<CollectionPage<SecurityEventFields>>;
  /** Leaves what happened and when; takes away where, and every word about it. */
  forgetPlaces(accountId: string): Promise<void>;
  purge(nowMs: number): Promise<number>;
  close(): Promise<void>;
}

const KEPT_MS = 365 * 24 * 3600_000;

export async function openSecurityEvents(open: OpenCollection, clock: () => number): Promise<SecurityEvents> {
  const events = await open<SecurityEventFields>({
    service: "accounts",
    noun: "securityEvent",
    fields: { accountId: "text", what: "text", expiresAtMs: "integer" },
    indexes: [["accountId", "createdAt"], ["expiresAtMs"]],
  });
  return {
    async note({ ip, userAgent, sessionId }, accountId, what, detail = {}) {
      const expiresAtMs = clock() + KEPT_MS;
      const place = { ip: ip ?? null, userAgent: userAgent ?? null, sessionId: sessionId ?? null };
      await events.insert({ accountId, what, ...place, detail, expiresAtMs });
    },
    of: (accountId, { limit, cursor }) =>
      events.find({ filter: { accountId }, sort: ["-createdAt"], limit, ...(cursor && { cursor }) }),
    async forgetPlaces(accountId) {
      await events.changeWhere({ accountId }, { ip: null, userAgent: null, detail: {} });
    },
    purge: (nowMs) => removeEvery(events, { expiresAtMs: { lte: nowMs } }),
    close: () => events.close(),
  };
}
