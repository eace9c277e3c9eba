import { Redis } from "ioredis";
import { redisLink, RedisUnavailable, type RedisLink } from "../../mixins/redis.ts";
import { eventually } from "../eventually.ts";
import { describeWith, freePort, openServer, type TestServer } from "../servers.ts";

describeWith("redis-server", "A link to Redis", () => {
  let server: TestServer;
  let link: RedisLink;
  let log: string[];
  beforeAll(async () => void (server = await openServer("redis-server")));
  afterAll(() => server.discard());
  beforeEach(async () => {
    log = [];
    link = redisLink({ url: `${server.url}/3`, prefix: "town:" });
    link.reportTo({ warn: (message: string) => void log.push(message) });
    await link.settled();
  });
  afterEach(() => link.close());

  const onServer = async <T>(work: (redis: Redis) => Promise<T>): Promise<T> => {
    const redis = new Redis(server.url);
    return work(redis).finally(() => redis.disconnect());
  };

  test("keeps its keys in its database, below its prefix", async () => {
    await link.client().set("street", "Main");
    const found = await onServer(async (redis) => (await redis.select(3), redis.get("town:street")));
    expect(found).toBe("Main");
  });

  test("is gone while the database of its URL is not there, and leaves the others alone", async () => {
    const misplaced = redisLink({ url: `${server.url}/999`, prefix: "town:" });
    misplaced.reportTo({ warn: (message: string) => void log.push(message) });
    await misplaced.settled();
    const until = Date.now() + 2000;
    while (Date.now() < until) {
      await expect(misplaced.ping()).rejects.toMatchObject({ type: RedisUnavailable.code });
      await expect(misplaced.client().set("street", "Main")).rejects.toThrow();
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    misplaced.close();
    expect(log).toEqual([expect.stringMatching(/out of reach.* REDIS_URL .*out of range/)]);
    expect(await onServer((redis) => redis.dbsize())).toBe(0);
  });

  test("reports an outage once and its end once, and comes back by itself", async () => {
    await link.ping();
    await server.stop();
    for (let tries = 0; tries < 5; tries++) {
      await expect(link.ping()).rejects.toMatchObject({ type: RedisUnavailable.code });
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    expect(link.outages()).toBe(1);
    expect(log).toEqual([expect.stringMatching(/out of reach/)]);
    await server.start();
    await eventually(() => link.ping());
    expect(log).toEqual([expect.anything(), "Redis is back"]);
  });

  test("does not let anybody wait for a server that hangs", async () => {
    await onServer((redis) => redis.client("PAUSE", 5000, "ALL"));
    const started = performance.now();
    await Promise.all(Array.from({ length: 20 }, () => expect(link.client().get("street")).rejects.toThrow()));
    // Far from the five seconds of the pause, on the slowest machine.
    expect(performance.now() - started).toBeLessThan(3000);
    await eventually(() => link.ping());
  });
});

test("A link to nowhere lets its process start", async () => {
  const link = redisLink({ url: `redis://127.0.0.1:${await freePort()}`, prefix: "" });
  await link.settled();
  const refusal = await link.ping().catch((error: unknown) => error);
  link.close();
  expect([RedisUnavailable.is(refusal), link.outages()]).toEqual([true, 1]);
});
