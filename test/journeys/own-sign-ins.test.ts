import { eventually } from "../eventually.ts";
import { openWorld, type Client, type World } from "../world.ts";

const FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0";
const IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) Version/18.6 Mobile/15E148 Safari/604.1";
const PAIR = { email: "minji@example.com", password: "correct horse battery" };

let world: World;
beforeAll(async () => void (world = await openWorld({ roles: ["accounts", "gateway"], env: { RATE_LIMITS: "on" } })));
afterAll(() => world.close());

async function signIn(to: string, userAgent: string): Promise<Client> {
  const client = world.visitor();
  client.access = (await client.post(to, PAIR, { "user-agent": userAgent })).body.access;
  return client;
}

test("a member sees where it is signed in, ends what it does not know, and reads what happened", async () => {
  const laptop = await signIn("/accounts/registration", FIREFOX);
  const phone = await signIn("/accounts/login", IPHONE);
  const { sessions } = (await laptop.get("/accounts/sessions")).body;
  expect(sessions).toMatchObject([
    { current: false, device: "Safari on iPhone", ip: "127.0.0.1" },
    { current: true, device: "Firefox on Linux", ip: "127.0.0.1" },
  ]);
  expect((await laptop.delete(`/accounts/sessions/${sessions[0].id}`)).status).toBe(204);
  await eventually(async () => expect((await phone.get("/accounts/me")).status).toBe(401));
  expect((await laptop.get("/accounts/me")).status).toBe(200);
  const { items, nextCursor } = (await laptop.get("/accounts/security-events?limit=2")).body;
  expect(items.map(({ what }: { what: string }) => what)).toEqual(["sessionEnded", "signedInOnNewDevice"]);
  const older = (await laptop.get(`/accounts/security-events?cursor=${nextCursor}`)).body;
  expect(older.items.map(({ what }: { what: string }) => what)).toEqual(["signedIn", "signedIn", "registered"]);
  expect(older.nextCursor).toBeNull();
});

test("whoever guesses at one address after the other has to wait, and is told how long", async () => {
  const guesser = world.visitor();
  const guess = (n: number) =>
    guesser.post("/accounts/login", { email: `nobody${n}@example.com`, password: "a guess" });
  for (let n = 0; n < 5; n += 1) expect((await guess(n)).status).toBe(401);
  const refused = await guess(5);
  expect(refused).toMatchObject({ status: 429, body: { code: "TOO_MANY_ATTEMPTS" } });
  expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
});
