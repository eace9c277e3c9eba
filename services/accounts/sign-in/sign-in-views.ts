import type { Stored } from "../../../mixins/collection/collection.ts";
import type { SecurityEventFields } from "../security-events.ts";
import { deviceWords } from "./device-words.ts";
import type { SecurityEvent, SignIn } from "./sign-in.contract.ts";
import type { StoredSession } from "./sign-in.store.ts";

const time = (ms: number) => new Date(ms).toISOString();

/** A sign-in as its owner may see it, who asks from the one with `currentId`. */
export const signInView = (session: StoredSession, currentId: string | undefined): SignIn => ({
  id: session.id,
  current: session.id === currentId,
  startedAt: time(session.startedAtMs),
  lastSeenAt: time(session.lastSeenAtMs),
  expiresAt: time(session.expiresAtMs),
  ip: session.ip,
  device: deviceWords(session.userAgent),
  proofs: session.proofs,
});

/** An event as the owner of the account may see it. */
export const eventView = (event: Stored<SecurityEventFields>): SecurityEvent => ({
  id: event.id,
  at: event.createdAt,
  what: event.what,
  ip: event.ip,
  device: deviceWords(event.userAgent),
  sessionId: event.sessionId,
  detail: event.detail,
});
