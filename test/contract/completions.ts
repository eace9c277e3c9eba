import { uuidv7 } from "uuidv7";
import {
  again,
  anotherSession,
  carefulNewcomer,
  exportTokenOf,
  firstCode,
  linkTokenOf,
  newcomer,
  newDevice,
  newPasskey,
  PASSWORD,
  passkeyOffer,
  passkeyProof,
  type Person,
} from "../people.ts";
import type { Values } from "./prober.ts";
import type { ProviderName, Stage } from "./stage.ts";

/** What makes a request of the right shape a good one: things that no schema can tell. */
export interface Completion {
  path?: Values;
  query?: Values;
  /** In place of the whole body. */
  body?: Values;
  /** Sent by somebody else than the admin, as its sender is not the same afterwards. */
  as?: Person;
}
type Complete = (stage: Stage, body: Values) => Promise<Completion>;

const RESET = /재설정|Reset/;
const CONFIRM = /확인해 주세요|Confirm/;

const fresh = async ({ world }: Stage, body: Values): Promise<Completion> => ({ body, as: await newcomer(world) });

const provided =
  (name: ProviderName): Complete =>
  async (stage) => ({ body: await stage.grant(name) });

const homeward: Complete = () => Promise.resolve({ body: { redirectUri: "https://market.example/signed-in" } });

async function asksForCode({ world }: Stage): Promise<Values> {
  const { email, recoveryCodes } = await carefulNewcomer(world);
  const { body } = await world.visitor().post("/accounts/login", { email, password: PASSWORD });
  return { token: body.token, code: recoveryCodes[0] };
}

const signingIn: Record<string, Complete> = {
  "POST /accounts/login": async ({ admin }) => ({ body: { email: admin.email, password: PASSWORD } }),
  "POST /accounts/login/second-factor": async (stage) => ({ body: await asksForCode(stage) }),
  "POST /accounts/token/refresh": async ({ world, admin }) => ({
    body: { refresh: (await again(world, admin)).refresh },
  }),
  "POST /accounts/token/verify": async ({ admin }) => ({ body: { token: admin.access } }),
  "POST /accounts/logout": async ({ world, admin }, body) => ({ body, as: await again(world, admin) }),
  "DELETE /accounts/sessions": async ({ world, admin }) => ({ as: await again(world, admin) }),
  "DELETE /accounts/sessions/:id": async ({ world, admin }) => ({ path: { id: await anotherSession(world, admin) } }),
};

const credentials: Record<string, Complete> = {
  "POST /accounts/password/reset/confirm": async ({ world }, { password }) => {
    const { email } = await newcomer(world);
    await world.visitor().post("/accounts/password/reset", { email });
    return { body: { token: await linkTokenOf(world, email!, RESET), password } };
  },
  "POST /accounts/password/change": async (stage, { password }) =>
    fresh(stage, { currentPassword: PASSWORD, password }),
  "POST /accounts/email/verify": async ({ world }) => {
    const { email } = await newcomer(world);
    return { body: { token: await linkTokenOf(world, email!, CONFIRM) } };
  },
};

const secondFactor: Record<string, Complete> = {
  "POST /accounts/step-up": async () => ({ body: { password: PASSWORD } }),
  "POST /accounts/totp": fresh,
  "POST /accounts/totp/confirm": async ({ world }) => {
    const as = await newcomer(world);
    return { body: { code: await firstCode(as) }, as };
  },
  "POST /accounts/recovery-codes": async ({ world }, body) => {
    const as = await carefulNewcomer(world);
    await as.post("/accounts/step-up", { password: PASSWORD, code: as.recoveryCodes[0] });
    return { body, as };
  },
  "POST /accounts/passkeys": async ({ world }) => {
    const as = await newcomer(world);
    return { body: { ...(await passkeyOffer(as)) }, as };
  },
  "DELETE /accounts/passkeys/:id": async ({ admin }) => ({ path: { id: await newPasskey(admin) } }),
  "POST /accounts/passkeys/login": async ({ world }) => ({ body: { ...(await passkeyProof(await newcomer(world))) } }),
  "POST /accounts/step-up/passkey": async ({ world }) => {
    const as = await newcomer(world);
    return { body: { ...(await passkeyProof(as)) }, as };
  },
};

const providers: Record<string, Complete> = {
  "POST /accounts/google/authorization": homeward,
  "POST /accounts/kakao/authorization": homeward,
  "POST /accounts/google/login": provided("google"),
  "POST /accounts/kakao/login": provided("kakao"),
  "POST /accounts/identities/:provider": async (stage) => {
    const as = await newcomer(stage.world);
    return { path: { provider: "google" }, body: await stage.grant("google", {}, as), as };
  },
  "DELETE /accounts/identities/:provider": async (stage) => {
    const as = await newcomer(stage.world);
    await as.post("/accounts/identities/google", await stage.grant("google", {}, as));
    return { path: { provider: "google" }, as };
  },
};

const profiles: Record<string, Complete> = {
  "DELETE /accounts/users/:handle": async ({ world }) => {
    const as = await newcomer(world);
    return { path: { handle: as.account!.handle }, as };
  },
  "PATCH /accounts/users/:handle/role": someoneElse,
  "PATCH /accounts/users/:handle/status": someoneElse,
  "POST /accounts/devices": async (stage, body) => fresh(stage, { ...body, token: `fcm:${uuidv7()}` }),
  "DELETE /accounts/devices/:id": async ({ admin }) => ({ path: { id: await newDevice(admin) } }),
  "GET /accounts/me/export": async ({ admin }) => {
    await admin.post("/accounts/me/export", {});
    return {};
  },
  "GET /accounts/exports/download": async ({ world }) => {
    const asker = await newcomer(world);
    await asker.post("/accounts/me/export", {});
    return { query: { token: await exportTokenOf(world, asker.email!) } };
  },
};

async function someoneElse({ world }: Stage, body: Values): Promise<Completion> {
  return { path: { handle: (await newcomer(world)).account!.handle }, body };
}

/** By route. Routes that are missing here take what their schema allows. */
export const completions: Readonly<Record<string, Complete>> = {
  ...signingIn,
  ...credentials,
  ...secondFactor,
  ...providers,
  ...profiles,
};
