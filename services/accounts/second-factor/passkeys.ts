import type { CallContext } from "../../../mixins/answer.ts";
import { LinkInvalid } from "../account.contract.ts";
import type { StoredAccount } from "../accounts.store.ts";
import { requireSessionStill } from "../callers-account.ts";
import type { Office } from "../office.ts";
import { tell } from "../telling.ts";
import { requireAccountStill } from "./factors.ts";
import {
  CEREMONY_MS,
  createdCredential,
  creationOptions,
  provenCounter,
  requestOptions,
  type CredentialAnswer,
} from "./relying-party.ts";
import { PasskeyNotFound, PasskeyRefused, TooManyPasskeys } from "./second-factor.contract.ts";
import { MOST_PASSKEYS, type StoredPasskey } from "./second-factor.store.ts";
import { takeWayAway } from "./ways-to-sign-in.ts";

/** What a client brings home from its browser. */
interface Brought {
  token: string;
  credential: CredentialAnswer;
}

/** Asks a browser for a new passkey of an account. Throws `TOO_MANY_PASSKEYS`. */
export async function askForNewPasskey({ secondFactors, oneTime, settings }: Office, account: StoredAccount) {
  const known = await secondFactors.passkeysOf(account.id);
  if (known.length >= MOST_PASSKEYS) throw TooManyPasskeys();
  const options = await creationOptions(settings, account, known);
  const data = { challenge: options.challenge, for: "creation" };
  const order = { kind: "passkeyCeremony", accountId: account.id, data, lifeMs: CEREMONY_MS } as const;
  return { token: await oneTime.issue(order), options: { ...options } };
}

/** Asks a browser for any passkey; whose it is, the answer tells. */
export async function askForPasskey({ oneTime, settings }: Office) {
  const options = await requestOptions(settings);
  const data = { challenge: options.challenge, for: "request" };
  const token = await oneTime.issue({ kind: "passkeyCeremony", data, lifeMs: CEREMONY_MS });
  return { token, options: { ...options } };
}

/** Good for one answer, right or wrong: no challenge is answered twice. Throws `LINK_INVALID`. */
async function challengeOf({ oneTime }: Office, token: string, purpose: "creation" | "request", accountId?: string) {
  const spent = await oneTime.spend("passkeyCeremony", token);
  if (!spent || spent.data.for !== purpose || spent.accountId !== accountId) throw LinkInvalid();
  return String(spent.data.challenge);
}

/**
 * Registers what the browser made. Throws `LINK_INVALID`, `PASSKEY_REFUSED`, `PASSKEY_KNOWN`, `TOO_MANY_PASSKEYS`, and
 * `UNAUTHENTICATED` when the caller's session has ended meanwhile.
 */
export async function addPasskey(
  office: Office,
  ctx: CallContext,
  account: StoredAccount,
  { token, credential, name }: Brought & { name: string },
): Promise<StoredPasskey> {
  const challenge = await challengeOf(office, token, "creation", account.id);
  const created = await createdCredential(office.settings, credential, challenge);
  if (!created) throw PasskeyRefused();
  const passkey = await office.secondFactors.addPasskey({ accountId: account.id, ...created, name, lastUsedAt: null });
  await requireAccountStill(office, account.id);
  await requireSessionStill(office, ctx).catch(async (error: unknown) => {
    await office.secondFactors.removePasskey(passkey.id);
    throw error;
  });
  await tell(office, ctx, account, { kind: "passkeyAdded", name }, { name });
  return passkey;
}

/**
 * The passkey, and the account that it proves itself for. The count is judged and moved on by compare-and-set, so two uses at
 * once are judged one after the other. Throws `LINK_INVALID` and `PASSKEY_REFUSED`.
 */
export async function checkPasskey(
  office: Office,
  ctx: CallContext,
  brought: Brought,
): Promise<{ account: StoredAccount; passkeyId: string }> {
  const { secondFactors, settings } = office;
  const challenge = await challengeOf(office, brought.token, "request");
  for (;;) {
    const read = await secondFactors.passkeyOf(brought.credential.id);
    if (!read) throw PasskeyRefused();
    const counter = await provenCounter(settings, brought.credential, challenge, read);
    if (counter === undefined) {
      await office.events.note(ctx.meta, read.accountId, "signInFailed", { secret: "passkey", name: read.name });
      throw PasskeyRefused();
    }
    const lastUsedAt = new Date(office.clock()).toISOString();
    if (!(await secondFactors.changePasskey(read, { counter, lastUsedAt }))) continue;
    const account = await office.accounts.byId(read.accountId);
    if (!account || account.status === "deleted") throw PasskeyRefused();
    return { account, passkeyId: read.id };
  }
}

/** Throws `PASSKEY_NOT_FOUND` for one that is nobody's or somebody else's, and `LAST_SIGN_IN_METHOD`. */
export async function removePasskey(office: Office, ctx: CallContext, account: StoredAccount, id: string) {
  const passkey = await office.secondFactors.passkey(id);
  if (passkey?.accountId !== account.id) throw PasskeyNotFound();
  if (!(await takeWayAway(office, account, () => office.secondFactors.removePasskey(id)))) throw PasskeyNotFound();
  const { name } = passkey;
  await tell(office, ctx, account, { kind: "passkeyRemoved", name }, { name });
}
