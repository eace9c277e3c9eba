import { z } from "zod";
import { jetstreamBus } from "../../mixins/bus/jetstream-bus.ts";
import { on, type Bus } from "../../mixins/bus/bus.ts";
import { fact } from "../../mixins/contract.ts";
import { eventually } from "../eventually.ts";
import { describeWith, openServer, type TestServer } from "../servers.ts";
import { openProcesses } from "./processes.ts";

const BottleBroken = fact("cellar.bottleBroken", z.object({ bottle: z.string() }));

describeWith("nats-server", "an operator in a running cluster", () => {
  let nats: TestServer;
  let cluster: ReturnType<typeof openProcesses>;
  let edge: Awaited<ReturnType<typeof cluster.start>>;
  let spare: Awaited<ReturnType<typeof cluster.start>>;

  beforeAll(async () => {
    nats = await openServer("nats-server");
    cluster = openProcesses(nats.url);
    [edge, spare] = await Promise.all([
      cluster.start("edge", "gateway,accounts,listings,search"),
      cluster.start("spare", "listings,search"),
    ]);
  }, 240_000);
  afterAll(async () => {
    await cluster?.close();
    await nats?.discard();
  });

  test("health shows processes, instances, dependencies and what waits; the process ends after its input", async () => {
    const { exitCode, out, err } = await cluster.operate("health");
    expect(out).toMatch(/2 processes, 4 services/);
    expect(out).toMatch(/ {2}edge +accounts, gateway, listings, search\n/);
    expect(out).toMatch(/ {2}listings +2 +edge, spare\n/);
    expect(out).toMatch(/ {2}search-engine +ok +[\d.]+ ms\n/);
    expect(out).toMatch(/ {2}search +listings\.changed +0\n/);
    expect(out).toContain("Dead letters: 0");
    expect(err).toMatch(/^Joined repl-test as operator-\S+: 2 other processes\./);
    expect(exitCode).toBe(0);
  });

  test("what was piped in runs one line after the other; a failed line is told and makes the exit code 1", async () => {
    const { exitCode, out, err } = await cluster.operate(
      "drain nobody",
      "dead-letters drop",
      "lag",
      "dead-letters eat",
    );
    expect(err).toContain("There is no process nobody in the cluster. There are: ");
    expect(err).toContain("Name the letter by its id");
    expect(err).toContain("dead-letters eat: say list, replay or drop");
    expect(out).toContain("SUBSCRIBER");
    expect(err).not.toMatch(/\n\s+at /);
    expect(exitCode).toBe(1);
  });

  test.each([
    ["drain spare --foo", "unknown option '--foo'"],
    ["reindex --staus", "unknown option '--staus'"],
    ["drain", "missing required argument 'node'"],
    ["frobnicate", "unknown command 'frobnicate'"],
    ["lag extra args", "too many arguments for 'lag'"],
    ['call listings.car {"id":"x"}', "The input has faults"],
    ["call nobody.knows", "Service 'nobody.knows' is not found"],
    ["dead-letters drop x --all", "--all goes with replay only"],
  ])("what cannot be done, such as %s, is told without a stack and makes the exit code 1", async (line, told) => {
    const { exitCode, err } = await cluster.operate(line, "quit");
    expect(err).toContain(told);
    expect(err).not.toMatch(/\n\s+at |CommanderError/);
    expect(exitCode).toBe(1);
  });

  test("remarks and empty lines are none of the commands", async () => {
    const { exitCode, err } = await cluster.operate("# a remark", "", "  # another", "lag");
    expect([exitCode, err.trim().split("\n")]).toEqual([0, [expect.stringMatching(/^Joined/)]]);
  });

  test("a letter whose fact has an id of another kind is shown without its time", async () => {
    const cellar = await openCellar(nats.url);
    await cellar.bus.publish({ ...BottleBroken({ bottle: "green" }), id: "message-518" });
    const { out } = await eventually(async () => {
      const ran = await cluster.operate("dead-letters");
      expect(ran.out).toContain("fact        cellar.bottleBroken message-518");
      return ran;
    });
    expect(out).toMatch(/time {8}-\n/);
    const [id] = /(?<=^ {1,3})\S+(?=\n +time)/m.exec(out)!;
    await cluster.operate(`dead-letters drop ${id}`);
    await cellar.close();
  });

  test("every command tells its use", async () => {
    const commands = ["health", "lag", "reindex", "audit", "dead-letters", "drain"];
    const { exitCode, out } = await cluster.operate(...commands.map((name) => `${name} --help`));
    for (const name of commands) expect(out).toMatch(new RegExp(`Usage: .*${name} `));
    expect(exitCode).toBe(0);
  });

  test("a new index is filled and compared with the listings", async () => {
    const { exitCode, out, err } = await cluster.operate("reindex --status", "reindex", "audit --repair --sample 10");
    expect(err).not.toMatch(/not|error/i);
    expect(out).toMatch(/There was no reindexing yet\n.*Running since [\s\S]*Done 2/);
    expect(out).toMatch(/0 cars on sale, 0 in the index; [\s\S]*(The index is right|No difference found)/);
    expect(exitCode).toBe(0);
  });

  test("dead letters are shown, given again and dropped", async () => {
    const cellar = await openCellar(nats.url);
    const facts = ["red", "white"].map((bottle) => BottleBroken({ bottle }));
    for (const broken of facts) await cellar.bus.publish(broken);
    const listed = await eventually(async () => {
      const { out } = await cluster.operate("dead-letters");
      expect(out.match(/subscriber {2}cellar/g)).toHaveLength(2);
      return out;
    });
    expect(listed).toContain(`fact        cellar.bottleBroken ${facts[0]!.id}`);
    expect(listed).toMatch(/time +20\d\d-\d\d-\d\dT/);
    expect(listed).toContain("reason      The cellar is dark");
    expect(listed).toContain(`payload     {"bottle":"white"}`);
    const [id] = /(?<=^ {1,3})\S+(?=\n +time)/m.exec(listed)!;
    expect((await cluster.operate(`dead-letters drop ${id}`)).out).toContain("dropped: cellar will not learn of");
    cellar.light();
    const { exitCode, out } = await cluster.operate("dead-letters replay --all", "dead-letters list");
    expect(out).toMatch(/cellar has applied cellar\.bottleBroken\n\nNo dead letters/);
    expect([exitCode, cellar.applied]).toEqual([0, ["white"]]);
    await cellar.close();
  });

  test("the last of a service is not drained; another is, and ends when told to", async () => {
    const refused = await cluster.operate("drain edge");
    expect(refused.err).toContain("edge is the last that runs ");
    expect(refused.exitCode).toBe(1);
    const { out } = await cluster.operate("drain spare", "health");
    expect(out).toContain("spare has finished its work (listings, search) and stays up idle");
    expect(out).toMatch(/ {2}listings +1 +edge\n/);
    expect([await spare.ready(), await spare.live()]).toEqual([503, 200]);
    const market = await fetch(`http://127.0.0.1:${edge.port}/api/cars/filter-search`);
    expect(market.status).toBe(200);
    await cluster.operate("drain spare --stop");
    expect((await spare.ended).exitCode).toBe(0);
    await cluster.operate("drain edge --force");
    await expect(fetch(`http://127.0.0.1:${edge.port}/api/health/live`)).rejects.toThrow();
    expect([await edge.ready(), await edge.live()]).toEqual([503, 200]);
  });
});

/** A subscriber on the same bus that cannot apply anything until there is light. */
async function openCellar(url: string) {
  const bus: Bus = jetstreamBus({ url, cluster: "repl-test", name: "cellar", tries: 2, firstPauseMs: 10 });
  const applied: string[] = [];
  let dark = true;
  const handle = async ({ bottle }: { bottle: string }) => {
    if (dark) throw new Error("The cellar is dark");
    applied.push(bottle);
  };
  bus.subscribe("cellar", on(BottleBroken, handle));
  await bus.start();
  return { bus, applied, light: () => (dark = false), close: () => bus.stop() };
}
