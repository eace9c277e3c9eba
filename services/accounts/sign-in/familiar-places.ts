import type { CallerMeta } from "../../../mixins/answer.ts";
import { networkOf } from "../../../mixins/ip-network.ts";
import type { StoredAccount } from "../accounts.store.ts";
import type { Letter } from "../mails/letters.ts";
import type { Office } from "../office.ts";
import { deviceWords } from "./device-words.ts";
import type { Standing } from "./guarded-secrets.ts";

/** A place where nobody signs in for so long is familiar no more. */
export const FAMILIAR_MS = 180 * 24 * 3600_000;
const DAY_MS = 24 * 3600_000;

/**
 * Tells the owner by letter and event when an account is signed in to from a place where it never was: a device (in our
 * words) in a network (/24, or IPv6 /48). The very first sign-in is its owner's. Refreshes make no place familiar: a
 * thief of a token would hide behind them.
 *
 * The letter goes first, under a key of the place and the day, and the place is remembered after it: a crash between
 * the two sends no second letter and loses none, and neither do many sign-ins at once. Only who is first to remember
 * notes the event; a crash before it leaves the event `signedIn`.
 */
export async function noticePlace(office: Office, account: StoredAccount, caller: CallerMeta): Promise<void> {
  const { signIns, events, post, clock } = office;
  const digest = placeDigest(office, account.id, caller);
  const forgottenAtMs = clock() + FAMILIAR_MS;
  const familiar = await signIns.familiarPlace(digest);
  // Once a day is enough: who signs in often need not write each time.
  if (familiar && familiar.forgottenAtMs > forgottenAtMs - DAY_MS) return;
  if (familiar) return signIns.keepPlace(familiar, forgottenAtMs);
  const isFirst = !(await signIns.hasFamiliarPlaces(account.id)) && isYoung(account, clock());
  const key = `newDevice ${digest} ${Math.floor(clock() / DAY_MS)}`;
  if (!isFirst) await post.send(account, letterOf(caller, clock()), key);
  const isNew = await signIns.addPlace({ accountId: account.id, digest, forgottenAtMs });
  if (isNew && !isFirst) {
    await events.note(caller, account.id, "signedInOnNewDevice", { device: deviceWords(caller.userAgent) });
  }
}

/** Looked for where an address has no account, so that it costs the same. */
const NOBODY = "00000000-0000-7000-8000-000000000000";

/**
 * How guesses at an account's secrets are counted where the caller is. One look for every address, known or not; the
 * answers differ for who is where the account signs in, and for nobody else.
 */
export async function standingAt(office: Office, accountId: string | undefined, caller: CallerMeta): Promise<Standing> {
  const place = await office.signIns.familiarPlace(placeDigest(office, accountId ?? NOBODY, caller));
  const isFamiliar = caller.ip !== undefined && place !== undefined && place.forgottenAtMs > office.clock();
  return isFamiliar ? "familiarPlace" : "anywhere";
}

/** Its first place cannot have been forgotten yet. */
const isYoung = ({ createdAt }: StoredAccount, nowMs: number) => nowMs - Date.parse(createdAt) < FAMILIAR_MS;

const letterOf = ({ ip = "unknown", userAgent }: CallerMeta, nowMs: number): Letter => ({
  ...{ kind: "newDevice", device: deviceWords(userAgent), ip, at: new Date(nowMs).toISOString() },
});

function placeDigest({ keyed }: Office, accountId: string, { ip, userAgent }: CallerMeta): string {
  const network = networkOf(ip ?? "", { v4: 24, v6: 48 }) ?? "";
  return keyed.place(`${accountId} ${network} ${deviceWords(userAgent)}`);
}
