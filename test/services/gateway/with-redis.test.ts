import { redisLink, type RedisLink } from "../../../mixins/redis.ts";
import { openLine, type Line } from "../../doubles/cut-line.ts";
import { eventually } from "../../eventually.ts";
import { describeWith, openServer, type TestServer } from "../../servers.ts";
import { accessOf, openStall, type Stall } from "./stall.ts";

describeWith("redis-server", "Gateways with Redis", () => {
  let server: TestServer;
  let line: Line;
  let links: RedisLink[];
  let stalls: Stall[];
  let tests = 0;
  beforeAll(async () => {
    server = await openServer("redis-server");
    line = await openLine(server.port);
  });
  afterAll(async () => {
    line?.close();
    await server?.discard();
  });
  beforeEach(async () => {
    const prefix = `test-${tests++}:`;
    const open = () => redisLink({ url: `redis://127.0.0.1:${line.port}`, prefix });
    links = [open(), open()];
    await Promise.all(links.map((link) => link.settled()));
    await links[0]!.client().flushall();
    stalls = await Promise.all(
      links.map((redis) => openStall({ settings: { rateLimits: true, trustedProxies: ["127.0.0.1"], redis } })),
    );
  });
  afterEach(async () => {
    line.mend();
    await Promise.all(stalls.map((stall) => stall.close()));
    links.forEach((link) => link.close());
  });
  const back = () => Promise.all(links.map((link) => eventually(() => link.ping())));

  describe("count together:", () => {
    const say = (at: number, client = "203.0.113.1") =>
      stalls[at]!.send("POST", "/api/say", { headers: { "x-forwarded-for": client }, body: { text: "a" } });
    const left = async (answer: ReturnType<typeof say>) => Number((await answer).headers.get("ratelimit-remaining"));

    test("what a client asked of one is spent at the other", async () => {
      const remaining = [];
      for (const at of [0, 1, 0, 1, 1]) remaining.push(await left(say(at)));
      expect(remaining).toEqual([4, 3, 2, 1, 0]);
      const refused = await Promise.all([say(0), say(1)]);
      expect(refused.map(({ status }) => status)).toEqual([429, 429]);
      expect(Number(refused[0]!.headers.get("retry-after"))).toBeGreaterThan(500);
      expect((await say(0, "203.0.113.2")).status).toBe(200);
    });

    test("each by itself while Redis is gone, and together again after it", async () => {
      for (const at of [0, 1, 0]) await say(at);
      line.cut();
      await eventually(() => expect(links.map((link) => link.outages() > 0)).toEqual([true, true]));
      const alone = [];
      for (const at of [0, 0, 0, 0, 0, 0, 1]) alone.push((await say(at)).status);
      expect(alone).toEqual([200, 200, 200, 200, 200, 429, 200]);
      line.mend();
      await back();
      expect(await left(say(0))).toBe(1);
      expect(await left(say(1))).toBe(0);
    });
  });

  describe("keep finished requests at hand:", () => {
    const make = async (key: string, name = "lamp") =>
      stalls[0]!.send("POST", "/api/things", {
        headers: { authorization: `Bearer ${await accessOf("ada", "member")}`, "idempotency-key": key },
        body: { name },
      });
    const storedKeys = () => links[1]!.client().keys("*");

    test("a repetition is answered although the record is gone from the store", async () => {
      const first = await make("key-1");
      await eventually(async () => expect((await storedKeys()).join()).toMatch(/once:/));
      expect(await stalls[0]!.store.purge(Number.MAX_SAFE_INTEGER)).toBe(1);
      const again = await make("key-1");
      expect([again.status, again.text, again.headers.get("idempotency-replayed")]).toEqual([201, first.text, "true"]);
      expect(stalls[0]!.calls).toEqual(["make"]);
    });

    test("another request under the same key is refused from the copy, too", async () => {
      await make("key-2");
      await eventually(async () => expect((await storedKeys()).join()).toMatch(/once:/));
      expect(await make("key-2", "another lamp")).toMatchObject({ status: 422 });
      expect(stalls[0]!.calls).toEqual(["make"]);
    });

    test("what is in Redis can be read by nobody", async () => {
      await make("key-3", "a lamp that nobody should see");
      const key = await eventually(async () => {
        const found = (await storedKeys()).find((one) => one.includes("once:"));
        expect(found).toBeDefined();
        return found!;
      });
      const record = await links[1]!.client().get(key.slice(key.indexOf("once:")));
      expect(record).toMatch(/"state":"done"/);
      expect(record).not.toMatch(/lamp|key-3|of-ada/);
    });

    test("the store is the truth: while Redis is gone, and after it has lost everything", async () => {
      const first = await make("key-4");
      line.cut();
      expect((await make("key-4")).text).toBe(first.text);
      line.mend();
      await back();
      await links[0]!.client().flushall();
      expect((await make("key-4")).text).toBe(first.text);
      expect(stalls[0]!.calls).toEqual(["make"]);
    });
  });

  test("say in health that Redis is gone, stay ready, and say when it is back", async () => {
    const health = async (path: string) => (await stalls[0]!.send("GET", `/api/health${path}`)).body;
    const redisIn = (report: { dependencies: { name: string }[] }) =>
      report.dependencies.find(({ name }) => name === "redis");
    expect(redisIn(await health(""))).toEqual({ name: "redis", status: "ok", latencyMs: expect.any(Number) });
    expect(await health("/ready")).toEqual({ status: "ok", degraded: [] });
    line.cut();
    expect(await health("/ready")).toEqual({
      status: "ok",
      degraded: [{ name: "redis", reason: expect.stringMatching(/does not answer/) }],
    });
    const report = await health("");
    expect([report.status, redisIn(report)]).toEqual(["degraded", { name: "redis", status: "down", latencyMs: null }]);
    line.mend();
    await back();
    expect(await health("/ready")).toEqual({ status: "ok", degraded: [] });
  });
});
