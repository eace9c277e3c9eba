import type { ServiceBroker } from "moleculer";
import { Accounts, type SignedIn } from "../../../../services/accounts/accounts.contract.ts";
import { changeAccount } from "../../../../services/accounts/accounts.store.ts";
import type { IdentityProvider, Vouched } from "../../../../services/accounts/providers/identity-provider.ts";
import { forgetIdentities } from "../../../../services/accounts/providers/linking.ts";
import { FRESH_MS } from "../../../../services/accounts/second-factor/step-up.ts";
import { callerOf, codeOf, logOf, openDesk, type Desk } from "../desk.ts";
import { homeWith, somebody, vouchingFor } from "./people.ts";

const HOME = "https://market.example/signed-in";
const people: Record<string, Vouched> = {
  minji: somebody("g1", "minji@gmail.example"),
  minjiToo: somebody("g2", "minji@work.example"),
  minjiAtKakao: somebody("k1", "minji@kakao.example"),
};

let providers: Record<"google" | "kakao", IdentityProvider>;
let desk: Desk;
let node: ServiceBroker;
let minji: { id: string; as: object };

beforeEach(async () => {
  providers = { google: vouchingFor(people), kakao: vouchingFor(people) };
  desk = await openDesk(2, providers);
  node = desk.nodes[0]!;
  minji = await caller(Accounts.register(node, { email: "minji@example.com", password: "correct horse battery" }));
});
afterEach(() => desk.close());

/** Somebody signed in, and what their calls carry. */
async function caller(signingIn: Promise<unknown>) {
  const signedIn = (await signingIn) as SignedIn;
  return { id: signedIn.user.id, as: callerOf(signedIn) };
}
const link = (code: string, as = minji.as, provider: "google" | "kakao" = "google") =>
  codeOf(Accounts.linkIdentity(node, { provider, ...homeWith(code) }, as));
const unlink = (provider: "google" | "kakao", as = minji.as, at = node) =>
  codeOf(Accounts.unlinkIdentity(at, { provider }, as));
const linked = async (as = minji.as) =>
  (await Accounts.identities(node, {}, as)).identities.map(({ provider }) => provider);
const events = async () => (await logOf(desk.office, minji.id)).map(({ what }) => what);

test("a member links a provider under another address, and signs in by it from then on", async () => {
  expect(await link("minji")).toMatchObject({ result: { provider: "google" } });
  expect(await linked()).toEqual(["google"]);
  const { user } = (await Accounts.googleLogin(node, homeWith("minji"))) as SignedIn;
  expect(user).toMatchObject({ id: minji.id, email: "minji@example.com", hasPassword: true });
  expect(await events()).toContain("identityLinked");
});

test("linking what is linked changes nothing and tells nobody", async () => {
  const first = await link("minji");
  expect(await link("minji")).toEqual(first);
  expect((await events()).filter((what) => what === "identityLinked")).toHaveLength(1);
});

test("somebody who is a member already is not taken from there", async () => {
  const other = await caller(Accounts.googleLogin(node, homeWith("minji")));
  expect(await link("minji")).toBe("IDENTITY_TAKEN");
  expect(await linked(other.as)).toEqual(["google"]);
});

test("somebody whose account was deleted can be linked to another one", async () => {
  const other = await caller(Accounts.googleLogin(node, homeWith("minji")));
  await changeAccount(desk.office.accounts, other.id, () => ({ status: "deleted", email: null }));
  expect(await link("minji")).toMatchObject({ result: { provider: "google" } });
});

test("an account has one identity of a provider", async () => {
  await link("minji");
  expect(await link("minjiToo")).toBe("PROVIDER_LINKED");
});

test("of two members who link the same somebody at once one gets them", async () => {
  const other = await caller(
    Accounts.register(node, { email: "other@example.com", password: "correct horse battery" }),
  );
  const answers = await Promise.all([link("minji"), link("minji", other.as)]);
  expect(answers.filter((answer) => answer === "IDENTITY_TAKEN")).toHaveLength(1);
  expect([...(await linked()), ...(await linked(other.as))]).toEqual(["google"]);
});

test("linking and unlinking ask for a fresh proof, before a code is spent", async () => {
  await link("minji");
  desk.clock.nowMs += FRESH_MS + 1;
  expect(await link("minjiAtKakao", minji.as, "kakao")).toBe("STEP_UP_REQUIRED");
  expect(await unlink("google")).toBe("STEP_UP_REQUIRED");
  expect(await linked()).toEqual(["google"]);
});

test("a provider is taken off; its somebody is nobody then", async () => {
  await link("minji");
  expect(await unlink("google")).toEqual({ result: null });
  expect(await linked()).toEqual([]);
  expect(await events()).toContain("identityUnlinked");
  const { user } = (await Accounts.googleLogin(node, homeWith("minji"))) as SignedIn;
  expect(user.id).not.toBe(minji.id);
});

test("a session that ends while the provider is asked has linked nothing", async () => {
  const exchange = providers.google.exchange;
  jest.spyOn(providers.google, "exchange").mockImplementationOnce(async (grant) => {
    await desk.office.sessions.endAll(minji.id, "passwordChange");
    return exchange(grant);
  });
  expect(await link("minji")).toBe("UNAUTHENTICATED");
  expect(await desk.office.identities.of(minji.id)).toEqual([]);
});

test("what is not linked cannot be taken off", async () => {
  expect(await unlink("kakao")).toBe("IDENTITY_NOT_FOUND");
});

describe("an account without a password", () => {
  beforeEach(async () => {
    minji = await caller(Accounts.googleLogin(node, homeWith("minji")));
  });

  test("keeps its last provider", async () => {
    expect(await unlink("google")).toBe("LAST_SIGN_IN_METHOD");
    expect(await linked()).toEqual(["google"]);
  });

  test("keeps one of two that are taken off at once on two nodes", async () => {
    await link("minjiAtKakao", minji.as, "kakao");
    const answers = await Promise.all([unlink("google"), unlink("kakao", minji.as, desk.nodes[1])]);
    expect(answers.filter((answer) => answer === "LAST_SIGN_IN_METHOD")).toHaveLength(1);
    expect(await linked()).toHaveLength(1);
  });

  test("forgets all it was linked to when it is deleted, and once more does no harm", async () => {
    await link("minjiAtKakao", minji.as, "kakao");
    await forgetIdentities(desk.office, minji.id);
    await forgetIdentities(desk.office, minji.id);
    expect(await linked()).toEqual([]);
  });
});

describe("a state that was begun", () => {
  const begin = async (as: object) => Accounts.googleAuthorization(node, { redirectUri: HOME }, as);
  const home = ({ state, codeVerifier }: { state: string; codeVerifier: string }) => ({
    ...{ provider: "google" as const, code: "minji", redirectUri: HOME, state, codeVerifier },
  });

  test("by the member links", async () => {
    const begun = await begin(minji.as);
    expect(await codeOf(Accounts.linkIdentity(node, home(begun), minji.as))).toHaveProperty("result");
  });

  test("by nobody or by somebody else links nothing", async () => {
    const other = await caller(Accounts.googleLogin(node, homeWith("minjiToo")));
    for (const as of [{}, other.as]) {
      const begun = await begin(as);
      expect(await codeOf(Accounts.linkIdentity(node, home(begun), minji.as))).toBe("STATE_INVALID");
    }
    expect(await linked()).toEqual([]);
  });
});
