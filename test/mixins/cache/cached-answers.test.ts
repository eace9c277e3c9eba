import { setTimeout as pause } from "node:timers/promises";
import { ServiceBroker } from "moleculer";
import { z } from "zod";
import { answers, type CallerMeta } from "../../../mixins/answer.ts";
import { cacheMiddleware, dropResults } from "../../../mixins/cache/cache-middleware.ts";
import { memoryCache } from "../../../mixins/cache/memory-cache.ts";
import { redisCache } from "../../../mixins/cache/redis-cache.ts";
import type { ResultCache } from "../../../mixins/cache/result-cache.ts";
import { contract } from "../../../mixins/contract.ts";
import { redisLink, type RedisLink } from "../../../mixins/redis.ts";
import { eventually } from "../../eventually.ts";
import { describeWith, openServer, type TestServer } from "../../servers.ts";
import { closeHouses, Doors, openHouse, Storm } from "./doors.ts";

afterEach(closeHouses);

const as = (meta: CallerMeta) => ({ meta });

/** `openCaches` gives as many processes as asked their caches of one kind. */
function answersOnceComputed(name: string, openCaches: (count: number) => Promise<ResultCache[]>): void {
  describe(`With ${name}, a cached action`, () => {
    const openOne = async () => openHouse((await openCaches(1))[0]);

    test("runs once for the same parameters after parsing, whatever does not count", async () => {
      const { broker, runs } = await openOne();
      const first = await Doors.show(broker, { door: "front" });
      expect(await Doors.show(broker, { door: " front ", loud: true })).toEqual(first);
      await Doors.show(broker, { door: "back" });
      expect(runs).toEqual(["front", "back"]);
    });

    test("does not answer faulty parameters or strangers from what it kept", async () => {
      const { broker } = await openOne();
      await Doors.show(broker, { door: "front" });
      await expect(Doors.show(broker, { door: "front", size: 1 } as never)).rejects.toMatchObject({ code: 422 });
      await Doors.mine(broker, {}, as({ accountId: "ada" }));
      await expect(Doors.mine(broker, {})).rejects.toMatchObject({ code: 401 });
    });

    test("gives every caller their own", async () => {
      const { broker, runs } = await openOne();
      const [ada, bea] = [as({ accountId: "ada" }), as({ accountId: "bea" })];
      for (const who of [ada, bea, ada, bea]) await Doors.mine(broker, {}, who);
      expect(await Doors.mine(broker, {}, ada)).toBe("door 1 of ada");
      expect(await Doors.mine(broker, {}, bea)).toBe("door 2 of bea");
      await Doors.mine(broker, {}, as({ accountId: "ada", roles: ["moderator"] }));
      expect(runs).toHaveLength(3);
    });

    test("gives nobody what another one has changed in their copy", async () => {
      const house = await openOne();
      house.hold = pause(50);
      const shared = await Promise.all([1, 2, 3].map(() => Doors.show(house.broker, { door: "front" })));
      for (const answer of shared) answer.colour += "!";
      expect(shared.map(({ colour }) => colour)).toEqual(["bare!", "bare!", "bare!"]);
      expect(await Doors.show(house.broker, { door: "front" })).toMatchObject({ colour: "bare" });
    });

    test("runs once for many who ask at the same time", async () => {
      const house = await openOne();
      const gate = Promise.withResolvers<void>();
      house.hold = gate.promise;
      const asked = Array.from({ length: 50 }, () => Doors.show(house.broker, { door: "front" }));
      await pause(100);
      gate.resolve();
      expect(new Set((await Promise.all(asked)).map(({ run }) => run))).toEqual(new Set([1]));
      expect(house.runs).toEqual(["front"]);
    });

    test("keeps no failures, and nothing that its rule leaves out", async () => {
      const { broker, runs } = await openOne();
      for (let i = 0; i < 2; i++)
        await expect(Doors.sure(broker, { how: "empty" })).rejects.toMatchObject({ code: 409 });
      for (let i = 0; i < 2; i++) await Doors.sure(broker, { how: "perhaps" });
      for (let i = 0; i < 2; i++) await Doors.sure(broker, { how: "certain" });
      expect(runs).toEqual(["empty", "empty", "perhaps", "perhaps", "certain"]);
    });

    test("that hangs is tried again by a run of its own", async () => {
      const { broker, runs } = await openOne();
      expect(await Doors.sure(broker, { how: "slow" })).toBe("slow");
      expect(runs).toEqual(["slow", "slow", "slow"]);
    });

    test("answers a writer with what it has written, and others with it from then on", async () => {
      const { broker } = await openOne();
      await Doors.show(broker, { door: "back" });
      for (const colour of ["red", "green", "blue"]) {
        await Doors.show(broker, { door: "front" });
        await Doors.paint(broker, { door: "front", colour });
        expect(await Doors.show(broker, { door: "front" })).toMatchObject({ colour });
      }
      expect(await Doors.show(broker, { door: "back" })).toMatchObject({ run: 1 });
    });

    test("gives nobody what was computed before a change and finished after it", async () => {
      const house = await openOne();
      const gate = Promise.withResolvers<void>();
      house.hold = gate.promise;
      const early = Doors.show(house.broker, { door: "front" });
      await eventually(() => expect(house.runs).toHaveLength(1));
      house.hold = undefined;
      await Doors.paint(house.broker, { door: "front", colour: "red" });
      expect(await Doors.show(house.broker, { door: "front" })).toMatchObject({ colour: "red" });
      gate.resolve();
      expect(await early).toMatchObject({ colour: "bare" });
      expect(await Doors.show(house.broker, { door: "front" })).toMatchObject({ colour: "red" });
    });

    test("is dropped by its owner's word without a fact", async () => {
      const { broker, runs } = await openOne();
      await Doors.show(broker, { door: "front" });
      await dropResults(broker, Storm);
      await Doors.show(broker, { door: "front" });
      expect(runs).toHaveLength(2);
    });
  });
}

answersOnceComputed("a cache in memory", async () => [memoryCache()]);

test("What a version of the product with another kind of result has kept is not taken for one's own", async () => {
  const cache = memoryCache();
  const ask = async (unit: "cm" | "inch") => {
    const result = z.strictObject({ [unit]: z.int() });
    const height = { summary: "Tells", idempotent: true, params: z.strictObject({}), result };
    const Sizes = contract("sizes", { height: { ...height, cache: { keys: [], ttlSeconds: 60 } } });
    const broker = new ServiceBroker({ logger: false, strictResults: true, middlewares: [cacheMiddleware(cache)] });
    broker.createService({ name: "sizes", actions: answers(Sizes, { height: () => ({ [unit]: 7 }) }) });
    await broker.start();
    return Sizes.height(broker, {}).finally(() => broker.stop());
  };
  expect([await ask("cm"), await ask("inch")]).toEqual([{ cm: 7 }, { inch: 7 }]);
});

describeWith("redis-server", "On Redis", () => {
  let server: TestServer;
  let links: RedisLink[] = [];
  beforeAll(async () => void (server = await openServer("redis-server")));
  afterEach(() => links.forEach((link) => link.close()));
  afterAll(() => server?.discard());
  let opened = 0;

  const openCaches = async (count: number): Promise<ResultCache[]> => {
    const prefix = `test-${opened++}:`;
    links = Array.from({ length: count }, () => redisLink({ url: server.url, prefix }));
    await Promise.all(links.map((link) => link.settled()));
    return links.map(redisCache);
  };
  answersOnceComputed("a cache in Redis", openCaches);

  test("a change made through one process is seen through all others at once", async () => {
    const [one, two] = await Promise.all((await openCaches(2)).map(openHouse));
    for (const colour of ["red", "green", "blue", "white"]) {
      await Promise.all([one!, two!].map(({ broker }) => Doors.show(broker, { door: "front" })));
      await Doors.paint(one!.broker, { door: "front", colour });
      expect(await Doors.show(two!.broker, { door: "front" })).toMatchObject({ colour });
    }
  });

  test("a run that began before a change elsewhere is not shared with who asks after it", async () => {
    const [one, two] = await Promise.all((await openCaches(2)).map(openHouse));
    const gate = Promise.withResolvers<void>();
    two!.hold = gate.promise;
    const early = Doors.show(two!.broker, { door: "front" });
    await eventually(() => expect(two!.runs).toHaveLength(1));
    two!.hold = undefined;
    await Doors.paint(one!.broker, { door: "front", colour: "red" });
    expect(await Doors.show(two!.broker, { door: "front" })).toMatchObject({ colour: "red" });
    gate.resolve();
    expect(await early).toMatchObject({ colour: "bare" });
    expect(await Doors.show(two!.broker, { door: "front" })).toMatchObject({ colour: "red" });
  });

  test("without Redis every call runs, facts go out, and nothing is stale when it is back", async () => {
    const house = await openHouse((await openCaches(1))[0]);
    await Doors.show(house.broker, { door: "front" });
    await server.stop();
    await Doors.paint(house.broker, { door: "front", colour: "red" });
    for (let i = 0; i < 3; i++)
      expect(await Doors.show(house.broker, { door: "front" })).toMatchObject({ colour: "red" });
    expect(house.runs).toHaveLength(4);
    await server.start();
    await eventually(() => links[0]!.ping());
    expect(await Doors.show(house.broker, { door: "front" })).toMatchObject({ colour: "red" });
    const runs = house.runs.length;
    await Doors.show(house.broker, { door: "front" });
    expect(house.runs).toHaveLength(runs);
  });
});
