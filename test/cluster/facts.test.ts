import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Bus } from "../../mixins/bus/bus.ts";
import type { Collection, Store } from "../../mixins/collection/collection.ts";
import { sqliteStore } from "../../mixins/collection/sqlite-store.ts";
import { eventually } from "../eventually.ts";
import { describeWith, openServer, type TestServer } from "../servers.ts";
import { countersDefinition, countingBus, Happened, SEALED, type Counter } from "./counting/counters.ts";

const PROGRAM = path.join(import.meta.dirname, "counting", "counting-program.ts");
const FACTS = 10_000;
const COUNTERS = 50;
/** So many facts are on their way to the server at once. */
const ABREAST = 100;
const LIMIT_MS = 120_000;

describeWith("nats-server", "Facts over NATS, subscribers in processes of their own:", () => {
  let server: TestServer;
  let directory: string;
  let store: Store;
  let counters: Collection<Counter>;
  let bus: Bus;
  const running = new Set<ChildProcess>();

  beforeEach(async () => {
    server = await openServer("nats-server");
    directory = mkdtempSync(path.join(tmpdir(), "counting-"));
    store = sqliteStore({ directory });
    counters = await store.open(countersDefinition);
    bus = countingBus(server.url, "facts", "publisher");
    await bus.start();
  });
  afterEach(async () => {
    for (const child of running) await kill(child);
    await bus.stop();
    await store.close();
    await server.discard();
    rmSync(directory, { recursive: true });
  });

  const start = async () => {
    const args = ["--disable-warning=ExperimentalWarning", PROGRAM, server.url, "facts", directory];
    const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
    running.add(child);
    const [ready] = await Promise.race([once(child.stdout, "data"), once(child, "exit")]);
    if (String(ready) !== "ready\n") throw new Error(`The program ended before it was ready: ${String(ready)}`);
    return child;
  };
  const kill = async (child: ChildProcess) => {
    running.delete(child);
    const exited = once(child, "exit");
    child.kill("SIGKILL");
    await exited;
  };
  const counted = async () => {
    const { items } = await counters.find({ limit: COUNTERS + 1, sort: ["id"] });
    return Object.fromEntries(items.map(({ id, times }) => [id, times]));
  };
  const total = async () => Object.values(await counted()).reduce((sum, times) => sum + times, 0);
  const counterOf = (number: number) => `counter-${number % COUNTERS}`;
  const publish = (number: number) => bus.publish(Happened({ counterId: counterOf(number) }));

  test("ten thousand, their subscriber killed again and again, are applied exactly once each", async () => {
    let child = await start();
    const publishing = (async () => {
      for (let first = 0; first < FACTS; first += ABREAST) {
        await Promise.all(Array.from({ length: ABREAST }, (_, n) => publish(first + n)));
      }
    })();
    for (const share of [0.1, 0.3, 0.6]) {
      await eventually(async () => expect(await total()).toBeGreaterThan(share * FACTS), LIMIT_MS);
      await kill(child);
      expect(await total()).toBeLessThan(FACTS);
      child = await start();
    }
    await publishing;
    await eventually(async () => expect(await bus.lag()).toMatchObject([{ waiting: 0 }]), LIMIT_MS);
    const each = Array.from({ length: COUNTERS }, (_, n) => [counterOf(n), FACTS / COUNTERS]);
    expect(await counted()).toEqual(Object.fromEntries(each));
    expect(await bus.deadLetters.list(10)).toEqual([]);
  }, 300_000);

  test("one that cannot be applied is set aside while others overtake it, and applied when it is replayed", async () => {
    await counters.insert({ id: SEALED, times: 0 });
    await Promise.all([start(), start()]);
    const poison = Happened({ counterId: SEALED });
    await bus.publish(poison);
    for (let number = 0; number < COUNTERS; number++) await publish(number);
    await eventually(async () => expect(await total()).toBe(COUNTERS));
    await eventually(async () =>
      expect(await bus.deadLetters.list(10)).toMatchObject([
        { subscriber: "counting", fact: poison, reason: "The counter is sealed" },
      ]),
    );
    const [letter] = await bus.deadLetters.list(1);
    await expect(bus.deadLetters.replay(letter!.id)).rejects.toThrow("The counter is sealed");
    await counters.remove(SEALED);
    await bus.deadLetters.replay(letter!.id);
    expect([(await counted())[SEALED], await bus.deadLetters.list(10)]).toEqual([1, []]);
  });
});
