import { InvalidInput } from "../../../mixins/failure.ts";
import type { PersonalRecord } from "../../../mixins/personal-data.ts";
import type { Office } from "../office.ts";
import { identityView } from "../providers/linking.ts";
import { ownView } from "./own-view.ts";
import { summaryOf } from "./tallies.ts";

type Kept = PersonalRecord["record"];
interface KeptPage {
  records: Kept[];
  /** Where this kind goes on; null at its end. */
  next: string | null;
}
type Holder = (office: Office, accountId: string, cursor: string | undefined) => Promise<KeptPage>;

const PAGE = 200;
const all = (records: Kept[]): KeptPage => ({ records, next: null });
const timeOf = (ms: number) => new Date(ms).toISOString();

/** Everything that accounts hold about a member, kind by kind and field by field, so that no secret slips in. */
const HOLDERS: Readonly<Record<string, Holder>> = {
  account: async ({ accounts }, id) => {
    const account = await accounts.byId(id);
    if (!account) return all([]);
    return all([{ ...ownView(account), status: account.status, changedAt: account.changedAt }]);
  },
  "sign-ins": async ({ signIns }, id) =>
    all(
      (await signIns.sessionsOf(id)).map((session) => ({
        ...{ id: session.id, ip: session.ip, userAgent: session.userAgent, proofs: session.proofs },
        ...{ startedAt: timeOf(session.startedAtMs), lastSeenAt: timeOf(session.lastSeenAtMs) },
        ...{ expiresAt: timeOf(session.expiresAtMs), endedBy: session.endedBy },
      })),
    ),
  "security-events": async ({ events }, id, cursor) => {
    const { items, nextCursor } = await events.of(id, { limit: PAGE, cursor });
    const records = items.map(({ createdAt: at, what, ip, userAgent, sessionId, detail }) => ({
      ...{ at, what, ip, userAgent, sessionId, detail },
    }));
    return { records, next: nextCursor };
  },
  devices: async ({ devices }, id) =>
    all((await devices.of(id)).map(({ name, token, createdAt }) => ({ name, token, createdAt }))),
  identities: async ({ identities }, id) =>
    all((await identities.of(id)).map((identity) => ({ ...identityView(identity), subject: identity.subject }))),
  passkeys: async ({ secondFactors }, id) =>
    all(
      (await secondFactors.passkeysOf(id)).map(({ name, createdAt, lastUsedAt }) => ({ name, createdAt, lastUsedAt })),
    ),
  "former-handles": async ({ accounts }, id) =>
    all(
      (await accounts.formerHandles.of(id)).map(({ handle, reservedUntilMs }) => ({
        ...{ handle, keptUntil: timeOf(reservedUntilMs) },
      })),
    ),
  counts: async ({ tallies }, id) => all([summaryOf(await tallies.of(id))]),
};
const KINDS = Object.keys(HOLDERS);

/** One page of what is held; a cursor says which kind goes on, and where. Throws `INVALID_INPUT` for one of another. */
export async function heldData(
  office: Office,
  accountId: string,
  cursor = KINDS[0]!,
): Promise<{ records: PersonalRecord[]; nextCursor: string | null }> {
  const [kind = "", at] = cursor.split(":");
  const holder = Object.hasOwn(HOLDERS, kind) ? HOLDERS[kind] : undefined;
  if (!holder) throw InvalidInput({ errors: [{ path: "cursor", message: "This cursor belongs to another query" }] });
  const { records, next } = await holder(office, accountId, at);
  const nextCursor = next === null ? (KINDS[KINDS.indexOf(kind) + 1] ?? null) : `${kind}:${next}`;
  return { records: records.map((record) => ({ kind, record })), nextCursor };
}
