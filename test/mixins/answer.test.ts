import { ServiceBroker, type Service } from "moleculer";
import { z } from "zod";
import { answers, callerId, requireOwner, requireVersion, type CallerMeta } from "../../mixins/answer.ts";
import { contract, NoContent, type Auth } from "../../mixins/contract.ts";
import { failure, Forbidden, InvalidInput, Unauthenticated, VersionConflict } from "../../mixins/failure.ts";

const params = z.strictObject({});
const summary = "For the test";
const published = (auth: Auth) => ({ summary, http: `GET /${auth}` as const, auth, params, result: z.string() });

const Leaf = z.strictObject({ name: z.string().min(1), grams: z.int() });
const Doors = contract("doors", {
  public: published("public"),
  member: published("member"),
  advertiser: published("advertiser"),
  moderator: published("moderator"),
  admin: published("admin"),
  inner: { summary, params, result: z.string() },
  fill: { summary, params: z.strictObject({ leaves: z.array(Leaf), label: z.string() }), result: NoContent },
  hang: { summary, params, result: NoContent, timeoutMs: 90 },
  hangIdempotently: { summary, params, result: NoContent, timeoutMs: 600, idempotent: true },
  recover: { summary, params, result: z.string(), timeoutMs: 6000, idempotent: true },
  outer: { summary, params, result: z.string(), timeoutMs: 6000 },
  lie: { summary, params, result: z.strictObject({ cups: z.int() }) },
  refuse: { summary, params, result: NoContent },
  whoAmI: { summary, params, result: z.string() },
});
const Locked = failure<{ keyId: string }>("LOCKED", 423, "The door is locked");

/** How often each handler was entered. */
const entered: Record<string, number> = {};
const enter = (action: string) => (entered[action] = (entered[action] ?? 0) + 1);
const never = () => new Promise<never>(() => {});

const actions = answers(Doors, {
  public: () => "open",
  member: () => "open",
  advertiser: () => "open",
  moderator: () => "open",
  admin: () => "open",
  inner: () => "open",
  fill: () => null,
  hang: () => (enter("hang"), never()),
  hangIdempotently: () => (enter("hangIdempotently"), never()),
  recover: () => (enter("recover") < 3 ? never() : "recovered"),
  outer: (_, ctx) => Doors.recover(ctx, {}),
  lie: () => ({ cups: "many" }) as never,
  refuse: () => {
    throw Locked({ keyId: "k1", detail: "Since noon" });
  },
  whoAmI: (_, ctx) => callerId(ctx),
});

const brokers: ServiceBroker[] = [];
const startBroker = async (nodeID: string, options: object = {}, services: object[] = []) => {
  const broker = new ServiceBroker({
    logger: false,
    nodeID,
    transit: { serviceChangedDebounceTime: 0 } as never,
    registry: { stopDelay: 0 } as never,
    ...options,
  });
  for (const service of services) broker.createService(service as never);
  await broker.start();
  brokers.push(broker);
  return broker;
};
const as = (meta: CallerMeta) => ({ meta });

let local: ServiceBroker;
let strict: ServiceBroker;
let remote: ServiceBroker;

beforeAll(async () => {
  const doors = { name: Doors.$name, actions };
  local = await startBroker("local", {}, [doors]);
  strict = await startBroker("strict", { strictResults: true }, [doors]);
  await startBroker("owner", { transporter: "Fake" }, [doors]);
  remote = await startBroker("caller", { transporter: "Fake" });
  await remote.waitForServices(Doors.$name);
});
afterAll(() => Promise.all(brokers.map((broker) => broker.stop())));
beforeEach(() => Object.keys(entered).forEach((action) => delete entered[action]));

describe("An answer", () => {
  test("to faulty parameters lists every fault by its path, at once", async () => {
    const leaves = [
      { name: "", grams: 1.5 },
      { name: "green", grams: 2, sugar: 1, milk: 2 },
    ];
    const error = await Doors.fill(local, { leaves, lid: true } as never).catch((thrown: unknown) => thrown);
    expect(InvalidInput.is(error)).toBe(true);
    const { errors } = (error as { data: { errors: { path: string; message: string }[] } }).data;
    expect(errors.map(({ path }) => path).sort()).toEqual([
      "label",
      "leaves.0.grams",
      "leaves.0.name",
      "leaves.1.milk",
      "leaves.1.sugar",
      "lid",
    ]);
    expect(errors.every(({ message }) => message.length > 0)).toBe(true);
  });

  test.each([undefined, null, 7, "text", []])("to %p instead of parameters is a refusal", async (input) => {
    await expect(Doors.fill(local, input as never)).rejects.toMatchObject({ type: "INVALID_INPUT", code: 422 });
  });

  const callers: [string, CallerMeta, string[]][] = [
    ["nobody", {}, ["public"]],
    ["somebody with a role but no account", { roles: ["admin"] }, ["public"]],
    ["a member", { accountId: "a" }, ["public", "member"]],
    ["an advertiser", { accountId: "a", roles: ["advertiser"] }, ["public", "member", "advertiser"]],
    ["a moderator", { accountId: "a", roles: ["moderator"] }, ["public", "member", "moderator"]],
    ["an admin", { accountId: "a", roles: ["admin"] }, ["public", "member", "advertiser", "moderator", "admin"]],
  ];
  test.each(callers)("to %s opens the right doors", async (_, caller, open) => {
    for (const door of ["public", "member", "advertiser", "moderator", "admin"] as const) {
      const answered = Doors[door](local, {}, as(caller));
      if (open.includes(door)) await expect(answered).resolves.toBe("open");
      else {
        const expected = caller.accountId ? Forbidden : Unauthenticated;
        await expect(answered).rejects.toMatchObject({ type: expected.code, code: expected.status });
      }
    }
  });

  test("checks who calls before it looks at the parameters", async () => {
    await expect(Doors.member(local, { surplus: 1 } as never)).rejects.toMatchObject({ type: "UNAUTHENTICATED" });
  });

  test("of an internal action is for services, whoever started the request", async () => {
    await expect(Doors.inner(local, {})).resolves.toBe("open");
  });

  test("is published only where the contract has a route", () => {
    const service = local.getLocalService(Doors.$name) as Service;
    const visibility = (action: string) => (service.schema.actions?.[action] as { visibility: string }).visibility;
    expect([visibility("member"), visibility("inner")]).toEqual(["published", "public"]);
  });

  test("that a broker does not check may be anything; a strict one refuses what the contract does not allow", async () => {
    await expect(Doors.lie(local, {})).resolves.toEqual({ cups: "many" });
    await expect(Doors.lie(strict, {})).rejects.toThrow(z.ZodError);
    await expect(Doors.public(strict, {})).resolves.toBe("open");
  });

  test("comes before the deadline or not at all, after one attempt", async () => {
    await expect(Doors.hang(local, {})).rejects.toMatchObject({ type: "REQUEST_TIMEOUT" });
    expect(entered).toEqual({ hang: 1 });
  });

  test("of an idempotent action is tried three times within its deadline", async () => {
    await expect(Doors.hangIdempotently(local, {})).rejects.toMatchObject({ type: "REQUEST_TIMEOUT" });
    expect(entered).toEqual({ hangIdempotently: 3 });
  });

  test("of an idempotent action is tried three times in all across nodes, too", async () => {
    await expect(Doors.hangIdempotently(remote, {})).rejects.toMatchObject({ type: "REQUEST_TIMEOUT" });
    expect(entered).toEqual({ hangIdempotently: 3 });
  });

  test("of an idempotent action called by another one still has its three attempts", async () => {
    await expect(Doors.outer(local, {})).resolves.toBe("recovered");
    expect(entered).toEqual({ recover: 3 });
  });

  test("of an idempotent action called by one on another node still has its three attempts", async () => {
    const nested = await startBroker("nested", { transporter: "Fake" }, [
      { name: "nested", actions: { outer: { timeout: 6000, handler: (ctx: never) => Doors.recover(ctx, {}) } } },
    ]);
    await nested.waitForServices(Doors.$name);
    await expect(nested.call("nested.outer")).resolves.toBe("recovered");
    expect(entered).toEqual({ recover: 3 });
  });

  test("that is a refusal is not tried again", async () => {
    await expect(Doors.refuse(local, {})).rejects.toMatchObject({ retryable: false });
  });

  test("knows the signed-in caller", async () => {
    await expect(Doors.whoAmI(local, {}, as({ accountId: "a" }))).resolves.toBe("a");
    await expect(Doors.whoAmI(local, {})).rejects.toMatchObject({ type: "UNAUTHENTICATED" });
  });
});

describe("A failure", () => {
  test("keeps its code, status, title and data across nodes", async () => {
    const error = await Doors.refuse(remote, {}).catch((thrown: unknown) => thrown);
    expect(Locked.is(error)).toBe(true);
    expect(error).toMatchObject({
      type: "LOCKED",
      code: 423,
      message: "The door is locked",
      data: { keyId: "k1", detail: "Since noon" },
      retryable: false,
    });
  });

  test("of the input keeps its faults across nodes", async () => {
    const error = await Doors.fill(remote, { leaves: [], label: 1 } as never).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ type: "INVALID_INPUT", data: { errors: [{ path: "label" }] } });
  });

  test("of authorization keeps its code across nodes", async () => {
    await expect(Doors.admin(remote, {}, as({ accountId: "a" }))).rejects.toMatchObject({ type: "FORBIDDEN" });
  });

  test("is recognised by its code, and nothing else is", () => {
    expect(Locked.is(Locked({ keyId: "k1" }))).toBe(true);
    expect(Locked.is({ type: "LOCKED" })).toBe(true);
    for (const other of [Forbidden(), new Error("LOCKED"), undefined, null, "LOCKED"])
      expect(Locked.is(other)).toBe(false);
  });
});

describe("A guard", () => {
  test("lets owners, moderators and admins pass, and nobody else", () => {
    for (const caller of [
      { accountId: "owner" },
      { accountId: "x", roles: ["moderator"] },
      { accountId: "x", roles: ["admin"] },
    ]) {
      expect(() => requireOwner("owner", caller)).not.toThrow();
    }
    expect(() => requireOwner("owner", { accountId: "x", roles: ["advertiser"] })).toThrow(Forbidden().message);
    expect(() => requireOwner("owner", {})).toThrow(Unauthenticated().message);
  });

  test("lets an edit pass that is based on the current version or on none", () => {
    expect(() => requireVersion(undefined, 3)).not.toThrow();
    expect(() => requireVersion(3, 3)).not.toThrow();
    for (const stale of [2, 4, -1])
      expect(() => requireVersion(stale, 3)).toThrow(VersionConflict({ currentVersion: 3 }).message);
  });
});
