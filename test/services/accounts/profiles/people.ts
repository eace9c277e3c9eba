import type { ServiceBroker } from "moleculer";
import type { CallerMeta } from "../../../../mixins/answer.ts";
import { Accounts, type Role, type SignedIn } from "../../../../services/accounts/accounts.contract.ts";
import { callerOf, type Desk } from "../desk.ts";

/** A member with a session, as the edges describe its calls. */
export interface Person {
  id: string;
  handle: string;
  email: string;
  signedIn: SignedIn;
  as: { meta: CallerMeta };
}

/** Registers somebody under a handle of their own, and gives them a role straight away. */
export async function person(desk: Desk, handle: string, role: Role = "member", more: object = {}): Promise<Person> {
  const node = desk.nodes[0]!;
  const email = `${handle}@example.com`;
  const signedIn = await Accounts.register(node, { email, password: `pass phrase 271828`, handle, ...more });
  const { id } = signedIn.user;
  const account = (await desk.office.accounts.byId(id))!;
  if (role !== "member") await desk.office.accounts.change(account, { role });
  const meta = { ...callerOf(signedIn).meta, roles: [role], ip: "203.0.113.7", userAgent: "Firefox on Linux" };
  return { id, handle, email, signedIn, as: { meta } };
}

/** Somebody who has not signed in. */
export const NOBODY = { meta: {} };

/** A member as one caller sees it; on a redirect where it leads. */
export async function look(node: ServiceBroker, handle: string, who: { meta: CallerMeta } = NOBODY) {
  const meta: CallerMeta = { ...who.meta };
  const seen = await Accounts.user(node, { handle }, { meta });
  return { seen, status: meta.$statusCode, location: meta.$responseHeaders?.["Location"] };
}
