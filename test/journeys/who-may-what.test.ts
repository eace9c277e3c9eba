import { isPublished, NoContent, takesBody, type Action, type Published } from "../../mixins/contract.ts";
import { Gateway } from "../../services/gateway/gateway.contract.ts";
import { offered } from "../../services/gateway/gateway.service.ts";
import { eventually } from "../eventually.ts";
import { openWorld, type World } from "../world.ts";
import {
  anotherSession,
  CALLERS,
  everyKind,
  newcomer,
  newDevice,
  newPasskey,
  type Caller,
  type Person,
} from "../people.ts";
import { rows, type Outcome, type Row, type Sending } from "./who-may-what.rows.ts";

const published = [...offered, Gateway]
  .flatMap((contract): Action[] => Object.values(contract.$actions))
  .filter(isPublished);

let world: World;
let people: Record<Caller, Person>;

beforeAll(async () => {
  world = await openWorld();
  people = await everyKind(world);
});
afterAll(() => world.close());

test("every route says who may use it, and every one that is told of exists", () => {
  expect(Object.keys(rows).sort()).toEqual(published.map(({ http }) => http).sort());
});

test.each(published.map((spec) => [spec.http, spec] as const))("%s", async (route, spec) => {
  const row = rows[route]!;
  const outcomes: Partial<Record<Caller, Outcome>> = {};
  for (const caller of CALLERS) outcomes[caller] = await outcome(spec, row, caller);
  expect(outcomes).toEqual(Object.fromEntries(CALLERS.map((caller) => [caller, expected(spec, row, caller)])));
});

/** What the contract's `auth`, and the row where somebody owns the thing, let come of it. */
function expected({ auth, status, result }: Published, { gives, except = {} }: Row, caller: Caller): Outcome {
  if (auth !== "public" && caller === "nobody") return 401;
  if (auth !== "public" && auth !== "member" && caller !== auth && caller !== "admin") return 403;
  return except[caller] ?? gives ?? status ?? (result === NoContent ? 204 : 200);
}

/** What comes of it: 401 and 403 as the edge and the owner's rule say them; else the code of a refusal, or the status. */
async function outcome(spec: Published, row: Row, caller: Caller): Promise<Outcome> {
  const sender = row.spends && caller !== "nobody" ? await newcomerAs(caller) : people[caller];
  const scene = { world, caller: sender, owner: caller === "owner" ? sender : people.owner };
  const { status, body } = await send(spec, sender, (await row.sends?.(scene)) ?? {});
  if (body?.code === "UNAUTHENTICATED" || body?.code === "FORBIDDEN") return status;
  return status < 400 ? status : (body?.code ?? status);
}

const newcomerAs = (caller: Caller) =>
  newcomer(world, caller === "moderator" || caller === "admin" ? caller : "member");

function send(spec: Published, sender: Person, { path = {}, query, body = spec.example }: Sending) {
  const [method, template] = spec.http.split(" ") as [string, string];
  const at = template.replace(/:(\w+)/g, (_, name: string) => encodeURIComponent(path[name]!));
  const to = `${spec.atRoot ? "/" : ""}${at}${query ? `?${query}` : ""}`;
  return sender.send(method, to, takesBody(method) ? { body } : {});
}

describe("what is somebody's own", () => {
  const intruders: readonly Caller[] = ["nobody", "stranger", "moderator", "admin"];
  let owner: Person;
  beforeAll(async () => void (owner = await newcomer(world)));

  test.each([
    ["a session", "sessions", () => anotherSession(world, owner)],
    ["a device", "devices", () => newDevice(owner)],
    ["a passkey", "passkeys", () => newPasskey(owner)],
  ] as const)("%s is taken away by nobody else", async (_what, list, make) => {
    const id = await make();
    const read = async () => (await owner.get(`/accounts/${list === "passkeys" ? "second-factors" : list}`)).body[list];
    const before = await read();
    expect(JSON.stringify(before)).toContain(id);
    for (const intruder of intruders) {
      const { status } = await people[intruder].delete(`/accounts/${list}/${id}`);
      expect([intruder, status]).toEqual([intruder, intruder === "nobody" ? 401 : 404]);
    }
    expect(await read()).toEqual(before);
  });

  test("what belongs to staff is not a moderator's to change", async () => {
    const colleague = await newcomer(world, "moderator");
    for (const { account } of [colleague, people.admin]) {
      const to = `/accounts/users/${account!.handle}`;
      const before = (await owner.get(to)).body;
      expect((await people.moderator.patch(to, { bio: "mine now" })).status).toBe(403);
      expect((await people.moderator.delete(to)).status).toBe(403);
      expect((await owner.get(to)).body).toEqual(before);
    }
  });

  test("a car keeps its price when a stranger names another, and stays on sale", async () => {
    const { id } = (await owner.post("/cars", published.find(({ http }) => http === "POST /cars")!.example)).body;
    const before = (await owner.get(`/cars/${id}`)).body;
    expect((await people.stranger.patch(`/cars/${id}`, { price: 1 })).status).toBe(403);
    expect((await people.stranger.delete(`/cars/${id}`)).status).toBe(403);
    expect((await owner.get(`/cars/${id}`)).body).toMatchObject({ price: before.price, version: before.version });
  });

  test("a profile stays as it is, and shows its e-mail address and telephone to nobody else", async () => {
    const to = `/accounts/users/${owner.account!.handle}`;
    await owner.patch(to, { phone: "+82 10-1234-5678", birthdate: "1990-12-31", gender: "female" });
    const before = (await owner.get("/accounts/me")).body;
    expect((await people.stranger.patch(to, { bio: "mine now" })).status).toBe(403);
    expect((await people.stranger.send("PUT", to, { body: { bio: "mine now" } })).status).toBe(403);
    expect((await people.stranger.delete(to)).status).toBe(403);
    expect((await owner.get("/accounts/me")).body).toEqual(before);
    for (const caller of intruders) {
      const seen = JSON.stringify((await people[caller].get(to)).body);
      expect(["1234-5678", owner.email!, "1990-12-31", "female"].filter((secret) => seen.includes(secret))).toEqual([]);
    }
  });

  test("lists of sessions, devices, events, providers and factors hold the caller's own alone", async () => {
    const lists = ["sessions", "devices", "security-events", "identities", "second-factors"];
    await owner.post("/accounts/devices", { name: "Tablet", token: "fcm:owner-2" });
    await eventually(async () => expect((await owner.get("/accounts/security-events")).body.items).not.toEqual([]));
    const idsIn = (value: unknown): string[] => JSON.stringify(value).match(/[0-9a-f]{8}-[0-9a-f-]{27}/g) ?? [];
    for (const list of lists) {
      const own = idsIn((await owner.get(`/accounts/${list}`)).body);
      for (const caller of ["stranger", "moderator", "admin"] as const) {
        const theirs = idsIn((await people[caller].get(`/accounts/${list}`)).body);
        expect(theirs.filter((id) => own.includes(id))).toEqual([]);
      }
    }
  });

  test("a copy of one's data is asked for and looked at by oneself", async () => {
    const asked = (await owner.post("/accounts/me/export", {})).body;
    const stranger = await newcomer(world);
    expect((await stranger.get("/accounts/me/export")).body.code).toBe("EXPORT_NOT_FOUND");
    expect((await owner.get("/accounts/me/export")).body.id).toBe(asked.id);
  });
});
