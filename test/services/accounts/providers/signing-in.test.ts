import type { ServiceBroker } from "moleculer";
import { Accounts, type SignedIn } from "../../../../services/accounts/accounts.contract.ts";
import { changeAccount } from "../../../../services/accounts/accounts.store.ts";
import { addWithHandle, newAccount } from "../../../../services/accounts/credentials/registration.ts";
import type { Vouched } from "../../../../services/accounts/providers/identity-provider.ts";
import { codeOf, logOf, openDesk, type Desk } from "../desk.ts";
import { homeWith, somebody, vouchingFor } from "./people.ts";

const MINJI = "minji@example.com";
const PASSWORD = "correct horse battery";

let people: Record<string, Vouched>;
let desk: Desk;
let node: ServiceBroker;
const byGoogle = async (code: string, at = node) => (await Accounts.googleLogin(at, homeWith(code))) as SignedIn;
const byKakao = async (code: string) => (await Accounts.kakaoLogin(node, homeWith(code))) as SignedIn;
const eventsOf = async (accountId: string) => (await logOf(desk.office, accountId)).map(({ what }) => what);

beforeEach(async () => {
  people = { minji: somebody("g1", MINJI) };
  desk = await openDesk(2, { google: vouchingFor(people), kakao: vouchingFor(people) });
  node = desk.nodes[0]!;
});
afterEach(() => desk.close());

test("somebody new gets an account with a verified address, no password, and what the provider tells", async () => {
  people.minji = {
    ...people.minji!,
    email: " Minji@Example.com ",
    name: "김민지",
    picture: "https://example.com/m.webp",
  };
  const { user } = await byGoogle("minji");
  expect(user).toMatchObject({
    ...{ email: MINJI, emailVerified: true, hasPassword: false, role: "member" },
    ...{ username: "김민지", picture: "https://example.com/m.webp" },
  });
  expect(await eventsOf(user.id)).toContain("registered");
  expect(await eventsOf(user.id)).not.toContain("identityLinked");
});

test.each<[string, Partial<Vouched>]>([
  ["a name with control characters", { name: "Min\u0000ji" }],
  ["a name longer than a name may be", { name: "m".repeat(51) }],
  ["an empty name", { name: "" }],
  ["a picture that is no address", { picture: "javascript:alert(1)" }],
])("%s is left out", async (_what, told) => {
  people.minji = { ...people.minji!, ...told };
  expect((await byGoogle("minji")).user).toMatchObject({ username: null, picture: null });
});

test("the same somebody signs in to the same account, whatever their address is now", async () => {
  const { user } = await byGoogle("minji");
  people.minji = { ...somebody("g1", "minji@new.example"), emailVerified: false };
  const again = await byGoogle("minji");
  expect(again.user).toMatchObject({ id: user.id, email: MINJI });
});

test("somebody else who has the address now does not get the account of who had it", async () => {
  await byGoogle("minji");
  people.other = somebody("g2", MINJI);
  expect(await codeOf(byGoogle("other"))).toBe("ACCOUNT_EXISTS");
});

test("somebody at one provider is nobody at another one", async () => {
  const { user } = await byGoogle("minji");
  people.sooyoung = somebody("g1", "sooyoung@example.com");
  expect((await byKakao("sooyoung")).user.id).not.toBe(user.id);
});

test.each<[string, Partial<Vouched>]>([
  ["is not verified", { emailVerified: false }],
  ["is missing", { email: null }],
  ["is none", { email: "minji" }],
])("an address that %s opens nothing", async (_how, told) => {
  people.minji = { ...people.minji!, ...told };
  expect(await codeOf(byGoogle("minji"))).toBe("EMAIL_NOT_VERIFIED");
  expect(await desk.office.accounts.byEmail(MINJI)).toBeUndefined();
});

describe("an account with a password", () => {
  beforeEach(() => Accounts.register(node, { email: MINJI, password: PASSWORD }));

  test("is not opened by its address, verified or not", async () => {
    expect(await codeOf(byGoogle("minji"))).toBe("ACCOUNT_EXISTS");
    const { id } = (await desk.office.accounts.byEmail(MINJI))!;
    await changeAccount(desk.office.accounts, id, () => ({ emailVerifiedAt: new Date().toISOString() }));
    expect(await codeOf(byGoogle("minji"))).toBe("ACCOUNT_EXISTS");
    expect(await desk.office.identities.of(id)).toEqual([]);
  });

  test("keeps nobody who waits in it: the owner of the address is told, and nothing is linked", async () => {
    await codeOf(byGoogle("minji"));
    expect(await desk.office.identities.bySubject("google", "g1")).toBeUndefined();
    expect(await codeOf(Accounts.login(node, { email: MINJI, password: PASSWORD }))).toHaveProperty("result");
  });
});

test("a second provider of the same address opens no account that another one opens", async () => {
  const { user } = await byGoogle("minji");
  people.minjiAtKakao = somebody("k1", MINJI);
  expect(await codeOf(byKakao("minjiAtKakao"))).toBe("ACCOUNT_EXISTS");
  expect((await desk.office.identities.of(user.id)).map(({ provider }) => provider)).toEqual(["google"]);
});

test("a provider that was taken off an account without a password stays off", async () => {
  const { user } = await byGoogle("minji");
  await desk.office.identities.add({ accountId: user.id, provider: "kakao", subject: "k1" });
  const [google] = await desk.office.identities.of(user.id, "google");
  await desk.office.identities.remove(google!.id);
  expect(await codeOf(byGoogle("minji"))).toBe("ACCOUNT_EXISTS");
});

test.each(["ｖictim@example.com", "victim@ｅxample.com", "victim@exämple.com"])(
  "%s is not taken for an address of ours",
  async (email) => {
    await addWithHandle(desk.office.accounts, {
      ...newAccount({}),
      ...{ email: "victim@example.com", emailVerifiedAt: new Date().toISOString() },
    });
    people.minji = { ...people.minji!, email };
    expect(await codeOf(byGoogle("minji"))).toBe("EMAIL_NOT_VERIFIED");
  },
);

test("a suspended account is neither signed in to nor linked", async () => {
  const { user } = await byGoogle("minji");
  await changeAccount(desk.office.accounts, user.id, () => ({ status: "suspended" }));
  people.minjiAtKakao = somebody("k1", MINJI);
  expect(await codeOf(byGoogle("minji"))).toBe("ACCOUNT_SUSPENDED");
  expect(await codeOf(byKakao("minjiAtKakao"))).toBe("ACCOUNT_EXISTS");
  expect(await desk.office.identities.of(user.id)).toHaveLength(1);
});

test("an account with an authenticator app is asked for its code, as with any other sign-in", async () => {
  const { user } = await byGoogle("minji");
  const app = { secret: "sealed", pendingSecret: null, pendingUntilMs: 0, lastStep: 0 };
  await desk.office.secondFactors.addAuthenticator(user.id, { ...app, recoverySalt: "", recoveryHashes: [] });
  const answer = await byGoogle("minji");
  expect(answer).toMatchObject({ methods: ["totp"] });
  expect(answer).not.toHaveProperty("access");
});

test("of twenty first sign-ins at once on two nodes all are signed in, to one account", async () => {
  const answers = await Promise.all(Array.from({ length: 20 }, (_, n) => byGoogle("minji", desk.nodes[n % 2]!)));
  const ids = new Set(answers.map(({ user }) => user.id));
  expect(ids.size).toBe(1);
  expect(await desk.office.identities.of([...ids][0]!)).toHaveLength(1);
});

test("a first sign-in by two providers at once gives one account, to whoever came in", async () => {
  people.minjiAtKakao = somebody("k1", MINJI);
  const answers = await Promise.allSettled([byGoogle("minji", desk.nodes[1]!), byKakao("minjiAtKakao")]);
  const signedIn = answers.flatMap((answer) => (answer.status === "fulfilled" ? [answer.value.user.id] : []));
  expect(new Set(signedIn).size).toBe(1);
  expect(await desk.office.identities.of(signedIn[0]!)).toHaveLength(signedIn.length);
});

test("a first sign-in that was cut off between its two writes is finished by the next one", async () => {
  const fields = { ...newAccount({}), email: MINJI, emailVerifiedAt: new Date().toISOString() };
  const left = await addWithHandle(desk.office.accounts, fields);
  expect((await byGoogle("minji")).user.id).toBe(left.id);
  expect((await byGoogle("minji")).user.id).toBe(left.id);
  expect(await eventsOf(left.id)).not.toContain("identityLinked");
});

test("who deleted their account is somebody new, even if a crash left their identity behind", async () => {
  const { user } = await byGoogle("minji");
  await changeAccount(desk.office.accounts, user.id, () => ({ status: "deleted", email: null }));
  const again = await byGoogle("minji");
  expect(again.user.id).not.toBe(user.id);
  expect((await desk.office.identities.bySubject("google", "g1"))!.accountId).toBe(again.user.id);
});

test("without credentials nobody is asked", async () => {
  const bare = await openDesk();
  try {
    const [at] = bare.nodes;
    for (const call of [
      Accounts.googleLogin(at!, homeWith("minji")),
      Accounts.kakaoLogin(at!, homeWith("minji")),
      Accounts.googleAuthorization(at!, { redirectUri: "https://market.example/signed-in" }),
    ]) {
      expect(await codeOf(call)).toBe("PROVIDER_NOT_CONFIGURED");
    }
  } finally {
    await bare.close();
  }
});
