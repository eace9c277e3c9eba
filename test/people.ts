import { config } from "../moleculer.config.ts";
import type { Role } from "../services/accounts/accounts.contract.ts";
import { changeAccount, openAccountsStore, type AccountFields } from "../services/accounts/accounts.store.ts";
import { mailTo, tokenIn } from "./outbox.ts";
import { shownCode } from "./services/accounts/second-factor/person.ts";
import { SoftAuthenticator } from "./services/accounts/second-factor/soft-authenticator.ts";
import type { Client, World } from "./world.ts";

export const PASSWORD = "a phrase that nobody else has";

/** Who sends a request: of members, the one that has what it is about, and another one. */
export const CALLERS = ["nobody", "owner", "stranger", "moderator", "admin"] as const;
export type Caller = (typeof CALLERS)[number];

/** Somebody who may be signed in. */
export interface Person extends Client {
  email?: string;
  refresh?: string;
}

let count = 0;

/** Somebody new with an account and an address that is verified, signed in a moment ago. */
export async function newcomer(world: World, role: Role = "member"): Promise<Person> {
  const email = `somebody${(count += 1)}@example.com`;
  const person: Person = Object.assign(world.visitor(), { email });
  await enter(person, "/accounts/registration");
  await appoint(person, role);
  if (role !== "member") await enter(person, "/accounts/login");
  return person;
}

/** One more session of an account, in hands of its own. */
export async function again(world: World, { email }: Person): Promise<Person> {
  const person: Person = Object.assign(world.visitor(), { email: email! });
  await enter(person, "/accounts/login");
  return person;
}

async function enter(person: Person, route: string): Promise<void> {
  const { status, body } = await person.post(route, { email: person.email, password: PASSWORD });
  if (status > 201) throw new Error(`${route} answered ${status}: ${JSON.stringify(body)}`);
  Object.assign(person, { access: body.access, refresh: body.refresh, account: body.user });
}

/** By way of the store: the first admin is nobody's to make over HTTP, and the mail is not read here. */
const appoint = (person: Person, role: Role) => alter(person, { role, emailVerifiedAt: new Date().toISOString() });

/** Writes to somebody's account behind the product's back. */
export async function alter({ account }: Person, patch: Partial<AccountFields>): Promise<void> {
  const store = await openAccountsStore(config().store.open);
  await changeAccount(store, account!.id, () => patch);
  await store.close();
}

/** An id of the person's own that can be taken away by it: of another session, of a new device. */
export async function anotherSession(world: World, person: Person): Promise<string> {
  const { sessions } = (await (await again(world, person)).get("/accounts/sessions")).body;
  return sessions.find(({ current }: { current: boolean }) => current).id;
}
export async function newDevice(person: Person): Promise<string> {
  return (await person.post("/accounts/devices", { name: "Phone", token: `fcm:${Math.random()}` })).body.id;
}

/** What a browser sends to register a passkey. */
export async function passkeyOffer(person: Person, authenticator = authenticatorHere()): Promise<object> {
  const { token, options } = (await person.post("/accounts/passkeys/options", {})).body;
  return { token, name: "Laptop", credential: authenticator.create(options) };
}
export async function newPasskey(person: Person, authenticator = authenticatorHere()): Promise<string> {
  return (await person.post("/accounts/passkeys", await passkeyOffer(person, authenticator))).body.id;
}
/** What a browser sends to prove by a passkey, a new one of the person's, who it is. */
export async function passkeyProof(person: Person): Promise<object> {
  const authenticator = authenticatorHere();
  await newPasskey(person, authenticator);
  const { token, options } = (await person.post("/accounts/passkeys/login/options", {})).body;
  return { token, credential: authenticator.get(options) };
}
const authenticatorHere = () => new SoftAuthenticator(new URL(config().publicUrl).origin);

/** Who signs in with a code besides the password. */
export interface Careful extends Person {
  recoveryCodes: string[];
}

/** `before` is done while the password alone is proof enough. */
export async function carefulNewcomer(
  world: World,
  before: (person: Person) => Promise<void> = () => Promise.resolve(),
): Promise<Careful> {
  const person = await newcomer(world);
  await before(person);
  const { recoveryCodes } = (await person.post("/accounts/totp/confirm", { code: await firstCode(person) })).body;
  return Object.assign(person, { recoveryCodes });
}

/** Begins to set an app up, and answers what it shows. */
export async function firstCode(person: Person): Promise<string> {
  return shownCode((await person.post("/accounts/totp", {})).body.secret, Date.now());
}

/** The token of the link in the latest mail to somebody. */
export const linkTokenOf = async ({ dataDir }: World, email: string, subject: RegExp): Promise<string> =>
  tokenIn(await mailTo(dataDir, email, subject));

export async function exportTokenOf({ dataDir }: World, email: string): Promise<string> {
  const { text } = await mailTo(dataDir, email, /데이터가 준비|data is ready/);
  return /exports\/download\?token=([\w-]+)/.exec(text)![1]!;
}

/** One of each kind; nobody has no account. */
export async function everyKind(world: World): Promise<Record<Caller, Person>> {
  return {
    nobody: world.visitor(),
    owner: await newcomer(world),
    stranger: await newcomer(world),
    moderator: await newcomer(world, "moderator"),
    admin: await newcomer(world, "admin"),
  };
}
