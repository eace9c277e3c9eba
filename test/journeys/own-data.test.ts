import { strFromU8, unzipSync } from "fflate";
import { eventually } from "../eventually.ts";
import { mailTo, tokenIn } from "../outbox.ts";
import { openWorld, type Client, type World } from "../world.ts";

const CAR = {
  ...{ brand: "Hyundai", model: "Tucson", year: 2018, mileage: 32_000, fuelType: "Petrol", transmission: "Manual" },
  ...{ engineSize: 1.6, price: 14_500, currency: "GBP" },
};

let world: World;
beforeAll(async () => void (world = await openWorld()));
afterAll(() => world.close());

interface Member {
  client: Client;
  email: string;
  handle: string;
}

/** Somebody who registered, followed the link of the mail and offers a car. */
async function member(name: string): Promise<Member> {
  const email = `${name}@example.com`;
  const client = world.visitor();
  const { body } = await client.post("/accounts/registration", { email, password: `the pass phrase of ${name}` });
  client.access = body.access;
  const token = tokenIn(await mailTo(world.dataDir, email, /Confirm|확인/));
  expect((await client.post("/accounts/email/verify", { token })).status).toBe(204);
  expect((await client.post("/cars", { ...CAR, title: `The car of ${name}` })).status).toBe(201);
  return { client, email, handle: body.user.handle };
}

/** Where the mail about an export leads, below our root. */
async function linkTo({ email }: Member): Promise<string> {
  const { text } = await mailTo(world.dataDir, email, /data|데이터/);
  const [, path] = /http:\/\/localhost:\d+(\/api\/accounts\/exports\/\S+)/.exec(text)!;
  return path!;
}

async function download(path: string, init: RequestInit = {}) {
  const answer = await fetch(world.url + path, init);
  const bytes = new Uint8Array(await answer.arrayBuffer());
  return { answer, bytes };
}

function unpacked(bytes: Uint8Array): Record<string, string> {
  return Object.fromEntries(Object.entries(unzipSync(bytes)).map(([name, file]) => [name, strFromU8(file)]));
}

test("a member asks, gets a mail, and finds everything of their own and nothing of others in the ZIP", async () => {
  const [ada, bob] = [await member("ada"), await member("bob")];
  const asked = await ada.client.post("/accounts/me/export", {});
  expect([asked.status, asked.body.state]).toEqual([202, "gathering"]);
  expect((await ada.client.post("/accounts/me/export", {})).body.id).toBe(asked.body.id);
  expect((await bob.client.get("/accounts/me/export")).body.code).toBe("EXPORT_NOT_FOUND");

  const link = await linkTo(ada);
  const { answer, bytes } = await download(link, { headers: { "accept-encoding": "gzip, br" } });
  const shown = (await ada.client.get("/accounts/me/export")).body;
  expect(shown).toMatchObject({ id: asked.body.id, state: "ready", bytes: bytes.length, reason: null });
  expect([
    answer.status,
    ...["content-type", "content-encoding", "cache-control"].map((h) => answer.headers.get(h)),
  ]).toEqual([200, "application/zip", null, "no-store"]);
  expect(answer.headers.get("content-disposition")).toMatch(/^attachment; filename="hallabong-\d{4}-\d\d-\d\d\.zip"$/);

  const files = unpacked(bytes);
  expect(JSON.parse(files["accounts/account.json"]!)).toMatchObject([{ email: ada.email, handle: ada.handle }]);
  expect(JSON.parse(files["listings/cars.json"]!)).toMatchObject([{ ...CAR, title: "The car of ada" }]);
  const events = JSON.parse(files["accounts/security-events.json"]!) as { what: string }[];
  expect(events.map(({ what }) => what)).toEqual(
    expect.arrayContaining(["registered", "emailVerified", "exportAsked"]),
  );
  expect(files["README.txt"]).toMatch(/accounts.*listings/s);
  const all = JSON.stringify(files);
  expect([all.includes("bob"), all.includes(bob.handle)]).toEqual([false, false]);
  expect(all).not.toMatch(/argon2|passwordHash|onceKey/);

  const second = await bob.client.post("/accounts/me/export", {});
  expect(second.status).toBe(202);
  const theirs = JSON.stringify(unpacked((await download(await linkTo(bob))).bytes));
  expect([theirs.includes("The car of bob"), theirs.includes(ada.email)]).toEqual([true, false]);
});

test("the link works again, says what it is without sending it, and ends with the account", async () => {
  const eve = await member("eve");
  await eve.client.post("/accounts/me/export", {});
  const link = await linkTo(eve);
  const [first, again] = [await download(link), await download(link)];
  expect(Buffer.from(again.bytes).equals(first.bytes)).toBe(true);
  const head = await download(link, { method: "HEAD" });
  expect([head.answer.headers.get("content-length"), head.bytes.length]).toEqual([String(first.bytes.length), 0]);

  expect((await eve.client.delete(`/accounts/users/${eve.handle}`)).status).toBe(204);
  await eventually(async () => {
    const { answer, bytes } = await download(link);
    expect([answer.status, JSON.parse(Buffer.from(bytes).toString()).code]).toEqual([410, "LINK_INVALID"]);
  });
});

test("without a verified address there is no export, and without a token no download", async () => {
  const client = await world.member("mal");
  const refused = await client.post("/accounts/me/export", {});
  expect([refused.status, refused.body.code]).toEqual([409, "ADDRESS_NOT_VERIFIED"]);
  const { status, body } = await world.visitor().get(`/accounts/exports/download?token=${"A".repeat(43)}`);
  expect([status, body.code]).toEqual([410, "LINK_INVALID"]);
  expect((await world.visitor().post("/accounts/me/export", {})).status).toBe(401);
});
