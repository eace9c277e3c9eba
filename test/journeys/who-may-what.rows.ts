import type { World } from "../world.ts";
import {
  again,
  anotherSession,
  newcomer,
  newDevice,
  newPasskey,
  PASSWORD,
  passkeyOffer,
  passkeyProof,
  type Caller,
  type Person,
} from "../people.ts";

/** What a request carries besides its route. */
export interface Sending {
  /** In place of `:name` in the path. */
  path?: Record<string, string>;
  query?: string;
  body?: unknown;
}

export interface Scene {
  world: World;
  caller: Person;
  /** Has what the request is about; the caller itself where that is the owner. */
  owner: Person;
}

/** A status, or the code of a refusal that has nothing to do with who asks. */
export type Outcome = number | string;

/** One route: what is sent, made anew for every caller, and what comes of it where that is not plain. */
export interface Row {
  /** Without it: the contract's own example. */
  sends?: (scene: Scene) => Sending | Promise<Sending>;
  /** What those get who may. Without it: the good status of the contract. */
  gives?: Outcome;
  /** Who is signed in and gets something else, as the thing is not theirs. */
  except?: Partial<Record<Caller, Outcome>>;
  /** Afterwards the caller is not what it was: somebody new sends it. */
  spends?: true;
}

const UNKNOWN_ID = "0193b5a0-7d3c-7c3e-9f5e-0d8f4d1c2b3a";
const car = async ({ owner }: Scene): Promise<string> => (await owner.post("/cars", OFFER)).body.id;
const OFFER = {
  ...{ brand: "Kia", model: "Rio", year: 2016, mileage: 40_000, fuelType: "Petrol", transmission: "Manual" },
  ...{ engineSize: 1.2, price: 5200 },
};
/** What is a member's own is not there for anybody else, whatever their role. */
const hiddenFromOthers = (code: string) => ({ stranger: code, moderator: code, admin: code });

const signingIn: Record<string, Row> = {
  "POST /accounts/registration": {
    sends: () => ({ body: { email: `new${Math.random()}@example.com`, password: PASSWORD } }),
  },
  "POST /accounts/login": { sends: ({ owner }) => ({ body: { email: owner.email, password: PASSWORD } }) },
  "POST /accounts/login/second-factor": { gives: "LINK_INVALID" },
  "POST /accounts/token/refresh": {
    sends: async ({ world, owner }) => ({ body: { refresh: (await again(world, owner)).refresh } }),
  },
  "POST /accounts/token/verify": { sends: ({ owner }) => ({ body: { token: owner.access } }) },
  "POST /accounts/token/revoke": {
    sends: async ({ world, owner }) => ({ body: { token: (await again(world, owner)).access } }),
  },
  "POST /accounts/logout": { sends: () => ({ body: {} }), spends: true },
  "GET /accounts/sessions": {},
  "DELETE /accounts/sessions/:id": {
    sends: async ({ world, owner }) => ({ path: { id: await anotherSession(world, owner) } }),
    except: hiddenFromOthers("SESSION_NOT_FOUND"),
  },
  "DELETE /accounts/sessions": {},
  "GET /accounts/security-events": {},
  "GET /.well-known/jwks.json": {},
  "GET /accounts/link": {},
};

const credentials: Record<string, Row> = {
  "POST /accounts/password/reset": { sends: ({ owner }) => ({ body: { email: owner.email } }) },
  "POST /accounts/password/reset/confirm": { gives: "LINK_INVALID" },
  "POST /accounts/password/change": {
    sends: () => ({ body: { currentPassword: PASSWORD, password: "another phrase of mine alone" } }),
    spends: true,
  },
  "POST /accounts/email/verify": { gives: "LINK_INVALID" },
  "POST /accounts/email/verification": { sends: () => ({ body: {} }) },
  "POST /accounts/email/change": { sends: () => ({ body: { email: `next${Math.random()}@example.com` } }) },
};

const secondFactor: Record<string, Row> = {
  "GET /accounts/second-factors": {},
  "POST /accounts/step-up": { sends: () => ({ body: { password: PASSWORD } }) },
  "POST /accounts/totp": { spends: true },
  "POST /accounts/totp/confirm": { gives: "TOTP_NOT_PENDING" },
  "DELETE /accounts/totp": {},
  "POST /accounts/recovery-codes": { gives: "TOTP_NOT_ENABLED" },
  "POST /accounts/passkeys/options": {},
  "POST /accounts/passkeys": {
    sends: async ({ caller }) => (caller.access ? { body: await passkeyOffer(caller) } : {}),
  },
  "DELETE /accounts/passkeys/:id": {
    sends: async ({ owner }) => ({ path: { id: await newPasskey(owner) } }),
    except: hiddenFromOthers("PASSKEY_NOT_FOUND"),
  },
  "POST /accounts/passkeys/login/options": {},
  "POST /accounts/passkeys/login": { sends: async ({ owner }) => ({ body: await passkeyProof(owner) }) },
  "POST /accounts/step-up/passkey": {
    sends: async ({ caller }) => (caller.access ? { body: await passkeyProof(caller) } : {}),
  },
};

const providers: Record<string, Row> = {
  "POST /accounts/google/authorization": { gives: "PROVIDER_NOT_CONFIGURED" },
  "POST /accounts/google/login": { gives: "PROVIDER_NOT_CONFIGURED" },
  "POST /accounts/kakao/authorization": { gives: "PROVIDER_NOT_CONFIGURED" },
  "POST /accounts/kakao/login": { gives: "PROVIDER_NOT_CONFIGURED" },
  "GET /accounts/identities": {},
  "POST /accounts/identities/:provider": {
    sends: () => ({ path: { provider: "google" } }),
    gives: "PROVIDER_NOT_CONFIGURED",
  },
  "DELETE /accounts/identities/:provider": {
    sends: () => ({ path: { provider: "google" } }),
    gives: "IDENTITY_NOT_FOUND",
  },
};

const handleOf = ({ account }: Person) => ({ path: { handle: account!.handle } });
/** A member of whom the admin decides. */
const somebody = async (body: unknown, { world }: Scene) => ({ ...handleOf(await newcomer(world)), body });

const profiles: Record<string, Row> = {
  "GET /accounts/me": {},
  "GET /accounts/me/summary": {},
  "GET /accounts/users": { sends: () => ({ query: "search=some" }) },
  "GET /accounts/users/:handle": { sends: ({ owner }) => handleOf(owner) },
  "PATCH /accounts/users/:handle": {
    sends: ({ owner }) => ({ ...handleOf(owner), body: { bio: "Cars and cameras" } }),
    except: { stranger: 403 },
  },
  "PUT /accounts/users/:handle": {
    sends: ({ owner }) => ({ ...handleOf(owner), body: { username: "Minji" } }),
    except: { stranger: 403 },
  },
  "DELETE /accounts/users/:handle": {
    sends: async ({ world, caller, owner }) => handleOf(caller === owner ? owner : await newcomer(world)),
    except: { stranger: 403, moderator: 403 },
    spends: true,
  },
  "PATCH /accounts/users/:handle/role": { sends: (scene) => somebody({ role: "advertiser" }, scene) },
  "PATCH /accounts/users/:handle/status": { sends: (scene) => somebody({ status: "suspended" }, scene) },
  "GET /accounts/devices": {},
  "POST /accounts/devices": { sends: () => ({ body: { name: "Phone", token: `fcm:${Math.random()}` } }) },
  "DELETE /accounts/devices/:id": {
    sends: async ({ owner }) => ({ path: { id: await newDevice(owner) } }),
    except: hiddenFromOthers("DEVICE_NOT_FOUND"),
  },
  "POST /accounts/me/export": { sends: () => ({ body: {} }) },
  "GET /accounts/me/export": {
    sends: async ({ caller }) => {
      if (caller.access) await caller.post("/accounts/me/export", {});
      return {};
    },
  },
  "GET /accounts/exports/download": { sends: () => ({ query: `token=${"x".repeat(43)}` }), gives: "LINK_INVALID" },
};

const cars: Record<string, Row> = {
  "POST /cars": {},
  "GET /cars/:id": { sends: async (scene) => ({ path: { id: await car(scene) } }) },
  "PATCH /cars/:id": {
    sends: async (scene) => ({ path: { id: await car(scene) }, body: { price: 5000 } }),
    except: { stranger: 403 },
  },
  "DELETE /cars/:id": { sends: async (scene) => ({ path: { id: await car(scene) } }), except: { stranger: 403 } },
  "GET /cars/filter-search": {},
  "GET /cars/search": { sends: () => ({ query: "q=kia" }) },
  "GET /cars/suggest": { sends: () => ({ query: "q=ki" }) },
  "GET /cars/top-brands": {},
  "GET /cars/brand-models": { sends: () => ({ query: "brand=Kia" }) },
  "GET /cars/engine-sizes": { sends: () => ({ query: "brand=Kia&model=Rio" }) },
  "GET /cars/price-distribution": { sends: () => ({ query: "brand=Kia" }) },
  "GET /cars/depreciation": { sends: () => ({ query: "brand=Kia" }) },
  "GET /cars/brand-avg-prices": {},
  "GET /cars/similar": { sends: () => ({ query: `id=${UNKNOWN_ID}` }), gives: "CAR_NOT_FOUND" },
};

const model = () => ({ path: { name: "nobody", version: "1" } });
const prediction: Record<string, Row> = {
  "POST /train/predict": {},
  "GET /train/predict/chart.svg": {
    sends: () => ({ query: "brand=Kia&model=Rio&year=2016&mileage=40000&fuelType=Petrol" }),
  },
  "POST /train/predict/batch": {},
  "GET /train/model": {},
  "GET /train/health": {},
  "GET /v2/health/live": {},
  "GET /v2/health/ready": {},
  "GET /v2": {},
  "GET /v2/models/:name": { sends: model, gives: "MODEL_NOT_FOUND" },
  "GET /v2/models/:name/versions/:version": { sends: model, gives: "MODEL_NOT_FOUND" },
  "GET /v2/models/:name/ready": { sends: model, gives: "MODEL_NOT_FOUND" },
  "GET /v2/models/:name/versions/:version/ready": { sends: model, gives: "MODEL_NOT_FOUND" },
  "POST /v2/models/:name/infer": { sends: model, gives: "MODEL_NOT_FOUND" },
  "POST /v2/models/:name/versions/:version/infer": { sends: model, gives: "MODEL_NOT_FOUND" },
};

const operations: Record<string, Row> = {
  "GET /health/live": {},
  "GET /health/ready": {},
  "GET /health": {},
  "GET /openapi.json": {},
  "GET /docs": {},
};

/** Every route of the market. */
export const rows: Readonly<Record<string, Row>> = {
  ...signingIn,
  ...credentials,
  ...secondFactor,
  ...providers,
  ...profiles,
  ...cars,
  ...prediction,
  ...operations,
};
