import { randomUUID } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { openLine, type Line } from "../doubles/cut-line.ts";
import { eventually } from "../eventually.ts";
import { describeWith, openServer, type TestServer } from "../servers.ts";
import { openWorld, type Client, type World } from "../world.ts";

const CAR = {
  ...{ brand: "Hyundai", model: "Tucson", year: 2018, mileage: 32_000, fuelType: "Petrol" },
  ...{ transmission: "Manual", engineSize: 1.6, price: 14_500, currency: "GBP" },
};

describeWith("redis-server", "The market with Redis", () => {
  let server: TestServer;
  let line: Line;
  let world: World;
  let seller: Client;
  let id: string;
  beforeAll(async () => {
    server = await openServer("redis-server");
    line = await openLine(server.port);
    world = await openWorld({
      env: {
        REDIS_URL: `redis://127.0.0.1:${line.port}/2`,
        CLUSTER: `redis-${randomUUID().slice(0, 8)}`,
        RATE_LIMITS: "on",
        TRUSTED_PROXIES: "127.0.0.1",
      },
    });
    seller = await world.member("seller");
    id = (await seller.post("/cars", CAR)).body.id;
  });
  afterAll(async () => {
    await world?.close();
    line?.close();
    await server?.discard();
  });

  const redisIsUp = () =>
    eventually(async () => expect((await world.visitor().get("/health/ready")).body.degraded).toEqual([]));
  const redisIsDown = () =>
    eventually(async () =>
      expect((await world.visitor().get("/health/ready")).body).toEqual({
        status: "ok",
        degraded: [{ name: "redis", reason: expect.any(String) }],
      }),
    );
  const brands = async () => (await world.visitor().get("/cars/top-brands?currency=GBP")).body.brands;

  /** Readers and a writer who looks after each edit, until stopped; answers every status and every stale sight. */
  function startLoad() {
    const statuses: number[] = [];
    const stale: string[] = [];
    let stopped = false;
    let price = CAR.price;
    const paths = [`/cars/${id}`, "/cars/top-brands?currency=GBP", "/cars/filter-search?brand=Hyundai", "/health/live"];
    const read = async (name: number) => {
      for (let at = name; !stopped; at++) {
        const { status } = await world
          .visitor()
          .get(paths[at % paths.length]!, { "x-forwarded-for": `198.51.100.${at % 200}` });
        statuses.push(status);
        await pause(10);
      }
    };
    const write = async () => {
      while (!stopped) {
        const edited = await seller.patch(`/cars/${id}`, { price: ++price }, { "idempotency-key": randomUUID() });
        const seen = await world.visitor().get(`/cars/${id}`, { "x-forwarded-for": `203.0.113.${price % 200}` });
        statuses.push(edited.status, seen.status);
        if (seen.body.price !== price) stale.push(`${seen.body.price} instead of ${price}`);
        await pause(250);
      }
    };
    const running = Promise.all([read(0), read(1), read(2), write()]);
    return {
      async stop() {
        stopped = true;
        await running;
        return { statuses, stale };
      },
    };
  }

  /** Answered without fault, and never with what was no longer so. */
  const allGood = ({ statuses, stale }: { statuses: number[]; stale: string[] }) => {
    expect(statuses.length).toBeGreaterThan(30);
    expect(statuses.filter((status) => status !== 200)).toEqual([]);
    expect(stale).toEqual([]);
  };

  test("goes on without a failed request while Redis is killed and started again, and says so", async () => {
    await redisIsUp();
    const load = startLoad();
    for (let round = 0; round < 2; round++) {
      await pause(500);
      await server.stop();
      await redisIsDown();
      expect((await world.visitor().get("/health")).body).toMatchObject({
        status: "degraded",
        dependencies: expect.arrayContaining([{ name: "redis", status: "down", latencyMs: null }]),
      });
      await pause(500);
      await server.start();
      await redisIsUp();
    }
    allGood(await load.stop());
  });

  test("goes on while Redis hangs", async () => {
    const load = startLoad();
    await pause(300);
    server.signal("SIGSTOP");
    await redisIsDown();
    await pause(1500);
    server.signal("SIGCONT");
    await redisIsUp();
    allGood(await load.stop());
  });

  test("shows after an outage what was changed during it, though Redis kept everything", async () => {
    await redisIsUp();
    const before = await brands();
    await world.visitor().get(`/cars/${id}`);
    line.cut();
    await redisIsDown();
    await seller.patch(`/cars/${id}`, { price: 99 });
    await seller.post("/cars", { ...CAR, brand: "Kia", model: "Ceed" });
    line.mend();
    await redisIsUp();
    expect((await world.visitor().get(`/cars/${id}`)).body.price).toBe(99);
    expect(await brands()).toHaveLength(before.length + 1);
  });

  test("limits clients all the time, by its own count while Redis is gone", async () => {
    const refresh = async () => {
      const headers = { "x-forwarded-for": "192.0.2.7" };
      const answer = await world.visitor().post("/accounts/token/refresh", { refresh: "none" }, headers);
      return Number(answer.headers.get("ratelimit-remaining"));
    };
    expect([await refresh(), await refresh()]).toEqual([59, 58]);
    line.cut();
    await redisIsDown();
    expect([await refresh(), await refresh(), await refresh()]).toEqual([59, 58, 57]);
    line.mend();
    await redisIsUp();
    expect(await refresh()).toBe(57);
  });
});
