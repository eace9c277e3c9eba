import {
  alter,
  carefulNewcomer,
  newcomer,
  newPasskey,
  PASSWORD,
  passkeyProof,
  type Careful,
  type Person,
} from "../people.ts";
import type { Completion } from "./completions.ts";
import type { ProviderName, Stage } from "./stage.ts";

/** A request that gets an answer which chance does not bring. */
export interface Scene extends Completion {
  headers?: Record<string, string>;
}
type Scenes = Record<string, (stage: Stage) => Promise<Scene>>;

const NOBODY = { path: { handle: "nobody.at.all" } };
const OUTDATED = { "if-match": '"99-x"' };
const pathTo = ({ account }: Person) => ({ handle: account!.handle });
const pair = ({ email }: Person) => ({ email, password: PASSWORD });

async function suspended<P extends Person>({ admin }: Stage, person: P): Promise<P> {
  await admin.patch(`/accounts/users/${person.account!.handle}/status`, { status: "suspended" });
  return person;
}

async function pendingCode({ world }: Stage, person: Careful) {
  const { token } = (await world.visitor().post("/accounts/login", pair(person))).body;
  return { token, code: person.recoveryCodes[0] };
}

/** Somebody who came by a provider and has no password. */
async function cameBy(stage: Stage, name: ProviderName): Promise<Person> {
  const { body } = await stage.world.visitor().post(`/accounts/${name}/login`, await stage.grant(name));
  return Object.assign(stage.world.visitor(), { access: body.access, account: body.user });
}

/** What a provider brings of somebody who is asked for a code as well. */
async function carefulGrant(stage: Stage, name: ProviderName) {
  const link = async (person: Person) =>
    void (await person.post(`/accounts/identities/${name}`, await stage.grant(name, {}, person)));
  await carefulNewcomer(stage.world, link);
  return stage.grantAgain(name);
}

const signingIn: Scenes = {
  "POST /accounts/login → 202": async ({ world }) => ({ body: pair(await carefulNewcomer(world)) }),
  "POST /accounts/login → 403": async (stage) => ({ body: pair(await suspended(stage, await newcomer(stage.world))) }),
  "POST /accounts/login/second-factor → 403": async (stage) => {
    const person = await carefulNewcomer(stage.world);
    const body = await pendingCode(stage, person);
    // An admin's order takes the worth of the token as well, a moment later.
    await alter(person, { status: "suspended" });
    return { body };
  },
  "POST /accounts/passkeys/login → 403": async (stage) => {
    const person = await newcomer(stage.world);
    const body = { ...(await passkeyProof(person)) };
    await suspended(stage, person);
    return { body };
  },
  "POST /accounts/google/login → 202": async (stage) => ({ body: await carefulGrant(stage, "google") }),
  "POST /accounts/kakao/login → 202": async (stage) => ({ body: await carefulGrant(stage, "kakao") }),
  "POST /accounts/google/login → 403": async (stage) => ({
    body: await stage.grant("google", { email_verified: false }),
  }),
  "POST /accounts/kakao/login → 403": async (stage) => ({
    body: await stage.grant("kakao", { is_email_verified: false }),
  }),
};

const lastWaysIn: Scenes = {
  "DELETE /accounts/identities/:provider → 409": async (stage) => ({ as: await cameBy(stage, "google") }),
  "DELETE /accounts/passkeys/:id → 409": async (stage) => {
    const as = await cameBy(stage, "google");
    const id = await newPasskey(as);
    await as.delete("/accounts/identities/google");
    return { path: { id }, as };
  },
};

const profiles: Scenes = {
  "GET /accounts/users/:handle → 307": async ({ world }) => {
    const person = await newcomer(world);
    const path = pathTo(person);
    await person.patch(`/accounts/users/${path.handle}`, { newHandle: `moved.${path.handle}`.slice(0, 25) });
    return { path };
  },
  "PATCH /accounts/users/:handle → 404": async () => ({ ...NOBODY, body: { bio: "Cars" } }),
  "PUT /accounts/users/:handle → 404": async () => ({ ...NOBODY, body: { bio: "Cars" } }),
  "DELETE /accounts/users/:handle → 404": async () => NOBODY,
  "PATCH /accounts/users/:handle/role → 404": async () => ({ ...NOBODY, body: { role: "member" } }),
  "PATCH /accounts/users/:handle/status → 404": async () => ({ ...NOBODY, body: { status: "active" } }),
  "PATCH /accounts/users/:handle → 409": async ({ world }) => takesHandle(await newcomer(world)),
  "PUT /accounts/users/:handle → 409": async ({ world }) => takesHandle(await newcomer(world)),
  "PATCH /accounts/users/:handle → 412": async () => ({ body: { bio: "Cars" }, headers: OUTDATED }),
  "PUT /accounts/users/:handle → 412": async () => ({ body: { bio: "Cars" }, headers: OUTDATED }),
  "PATCH /accounts/users/:handle/role → 409": async () => ({ body: { role: "member" } }),
  "PATCH /accounts/users/:handle/status → 409": async () => ({ body: { status: "suspended" } }),
  "GET /accounts/me/export → 404": async ({ world }) => ({ as: await newcomer(world) }),
};

const takesHandle = (owner: Person): Scene => ({ body: { newHandle: owner.account!.handle } });

/** By route and status. */
export const scenes: Readonly<Scenes> = { ...signingIn, ...lastWaysIn, ...profiles };
