import type { AccountFields } from "../../services/accounts/accounts.store.ts";
import { alter, carefulNewcomer, newcomer, type Person } from "../people.ts";
import { openWorld, type Answer, type World } from "../world.ts";

// Whether an address has an account is told by nothing but a registration, which would have to lie otherwise.

let world: World;
/** Addresses of accounts in every state, each with what must not be told of it. */
let addresses: Record<string, string>;
/** One that has no account, of the same length. */
const UNKNOWN = "nobody01@example.com";

beforeAll(async () => {
  world = await openWorld({ roles: ["accounts", "gateway"] });
  addresses = {
    "of a member": (await newcomer(world)).email!,
    "in capitals": (await newcomer(world)).email!.toUpperCase(),
    "of a member with an app": (await carefulNewcomer(world)).email!,
    "of an admin": (await newcomer(world, "admin")).email!,
    "without a password": await inState({ passwordHash: null }),
    "that was never verified": await inState({ emailVerifiedAt: null }),
    "of somebody suspended": await inState({ status: "suspended" }),
    "that an account had": await inState({ status: "deleted", email: null, passwordHash: null }),
  };
});
afterAll(() => world.close());

const inState = async (patch: Partial<AccountFields>) => (await personIn(patch)).email!;

async function personIn(patch: Partial<AccountFields>): Promise<Person> {
  const person = await newcomer(world);
  await alter(person, patch);
  return person;
}

/** Headers that differ from one answer to the next whoever asks. */
const OF_THE_ANSWER = new Set(["date", "x-request-id", "etag"]);

/** All that a client gets, as it would see it; waiting times to a few seconds. */
function seen({ status, headers, body }: Answer) {
  const { requestId: _requestId, retryAfterSeconds, ...told } = typeof body === "object" ? body : { body };
  const kept = [...headers].filter(([name]) => !OF_THE_ANSWER.has(name));
  const wait = Number(headers.get("retry-after") ?? 0);
  expect(retryAfterSeconds ?? wait).toBe(wait);
  return {
    status,
    headers: Object.fromEntries(kept.map(([name, value]) => [name, name === "retry-after" ? "a while" : value])),
    body: told,
    waits: wait === 0 ? "not" : wait > 25 && wait <= 30 ? "half a minute" : wait,
  };
}

const everywhere = (ask: (address: string) => Promise<unknown>) =>
  Promise.all(Object.entries(addresses).map(async ([kind, address]) => [kind, await ask(address)] as const)).then(
    (answers) => Object.fromEntries(answers),
  );
const likeUnknown = (answer: unknown) => Object.fromEntries(Object.keys(addresses).map((kind) => [kind, answer]));

test("a sign-in that fails", async () => {
  const wrong = (email: string) => world.visitor().post("/accounts/login", { email, password: "a wrong guess" });
  const guesses = async (email: string) => {
    const answers: unknown[] = [];
    for (let time = 1; time <= 7; time += 1) answers.push(seen(await wrong(email)));
    return answers;
  };
  const unknown = await guesses(UNKNOWN);
  expect(unknown).toMatchObject([...Array<object>(5).fill({ status: 401 }), { status: 429 }, { status: 429 }]);
  expect(await everywhere(guesses)).toEqual(likeUnknown(unknown));
});

test("a lost password", async () => {
  const ask = async (email: string) => {
    const answers: unknown[] = [];
    // More of them than there are mails to one address.
    for (let time = 1; time <= 6; time += 1) {
      answers.push(seen(await world.visitor().post("/accounts/password/reset", { email })));
    }
    return answers;
  };
  const unknown = await ask(UNKNOWN);
  expect(unknown).toMatchObject(Array<object>(6).fill({ status: 202, body: {} }));
  expect(await everywhere(ask)).toEqual(likeUnknown(unknown));
});

test.each([
  ["options for a passkey", "/accounts/passkeys/login/options", {}],
  ["the way to Google", "/accounts/google/authorization", { redirectUri: "https://market.example/signed-in" }],
  ["the way to Kakao", "/accounts/kakao/authorization", { redirectUri: "https://market.example/signed-in" }],
])("%s: no address is taken", async (_what, to, body) => {
  const ask = async (email: string) => seen(await world.visitor().post(to, { ...body, email }));
  const unknown = await ask(UNKNOWN);
  expect(unknown).toMatchObject({ status: 422, body: { errors: [{ path: "email" }] } });
  expect(await everywhere(ask)).toEqual(likeUnknown(unknown));
});

test("the search for members knows no addresses", async () => {
  const member = await newcomer(world);
  const ask = async (search: string) => seen(await member.get(`/accounts/users?search=${encodeURIComponent(search)}`));
  const unknown = await ask(UNKNOWN);
  expect(unknown).toMatchObject({ status: 200, body: { items: [], total: 0 } });
  expect(await everywhere(ask)).toEqual(likeUnknown(unknown));
});

test("a suspended member and one who left look like nobody, to strangers and members alike", async () => {
  const gone = [await personIn({ status: "suspended" }), await personIn({ status: "deleted" })];
  const viewers: Person[] = [world.visitor(), await newcomer(world)];
  for (const viewer of viewers) {
    const nobody = seen(await viewer.get("/accounts/users/nobody.here"));
    expect(nobody.status).toBe(404);
    for (const { account } of gone)
      expect(seen(await viewer.get(`/accounts/users/${account!.handle}`))).toEqual(nobody);
  }
});
