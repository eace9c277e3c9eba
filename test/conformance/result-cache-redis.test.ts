import { redisCache } from "../../mixins/cache/redis-cache.ts";
import { redisLink, type RedisLink } from "../../mixins/redis.ts";
import { openLine, type Line } from "../doubles/cut-line.ts";
import { eventually } from "../eventually.ts";
import { describeWith, openServer, type TestServer } from "../servers.ts";
import { resultCacheConformance } from "./result-cache.suite.ts";

describeWith("redis-server", "On Redis", () => {
  let server: TestServer;
  let line: Line;
  let near: RedisLink;
  let far: RedisLink;
  beforeAll(async () => {
    server = await openServer("redis-server");
    line = await openLine(server.port);
    near = redisLink({ url: server.url, prefix: "test:" });
    far = redisLink({ url: `redis://127.0.0.1:${line.port}`, prefix: "test:" });
    await Promise.all([near.settled(), far.settled()]);
  });
  afterAll(async () => {
    near?.close();
    far?.close();
    line?.close();
    await server?.discard();
  });

  resultCacheConformance("The cache in Redis", () => redisCache(near));

  describe("The cache in Redis", () => {
    const tags = ["shared"];
    const compute = async (cache: ReturnType<typeof redisCache>, text: string) => {
      const { versions } = await cache.look("entry", tags);
      await cache.keep("entry", { text, versions: versions!, ttlSeconds: 60 });
    };

    test("is one for all processes", async () => {
      const [mine, theirs] = [redisCache(near), redisCache(far)];
      await compute(mine, "kept by me");
      expect(await theirs.look("entry", tags)).toMatchObject({ text: "kept by me" });
      await theirs.drop(tags);
      expect((await mine.look("entry", tags)).text).toBeUndefined();
    });

    test("gives what was kept to nobody after Redis lost the versions", async () => {
      const cache = redisCache(near);
      await compute(cache, "old");
      await near.client().del("cache:tag:shared");
      expect((await cache.look("entry", tags)).text).toBeUndefined();
    });

    test("has nothing and stops nobody while it is out of reach, and makes up for what was dropped meanwhile", async () => {
      const [mine, theirs] = [redisCache(near), redisCache(far)];
      await compute(theirs, "from before");
      expect(await mine.look("entry", tags)).toMatchObject({ text: "from before" });
      line.cut();
      await eventually(async () => expect(await theirs.look("entry", tags)).toEqual({}));
      await theirs.drop(tags);
      await theirs.keep("entry", { text: "lost", versions: "none", ttlSeconds: 60 });
      line.mend();
      await eventually(async () => expect((await theirs.look("entry", tags)).versions).toEqual(expect.any(String)));
      expect((await theirs.look("entry", tags)).text).toBeUndefined();
      expect((await mine.look("entry", tags)).text).toBeUndefined();
      await compute(mine, "from after");
      expect(await theirs.look("entry", tags)).toMatchObject({ text: "from after" });
    });

    test("does not keep what was computed before an outage", async () => {
      const cache = redisCache(far);
      const { versions } = await cache.look("entry", ["slow"]);
      line.cut();
      await eventually(async () => expect(await cache.look("entry", ["slow"])).toEqual({}));
      line.mend();
      await eventually(() => far.ping());
      await cache.keep("entry", { text: "stale", versions: versions!, ttlSeconds: 60 });
      expect((await cache.look("entry", ["slow"])).text).toBeUndefined();
    });

    test("forgets all it knew when the server was started anew", async () => {
      const cache = redisCache(near);
      await compute(cache, "old");
      await server.stop();
      await cache.drop(tags);
      await server.start();
      await eventually(async () => expect((await cache.look("entry", tags)).versions).toBeDefined());
      expect((await cache.look("entry", tags)).text).toBeUndefined();
    });
  });
});
