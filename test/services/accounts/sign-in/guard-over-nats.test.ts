import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { ServiceBroker } from "moleculer";
import { sqliteStore } from "../../../../mixins/collection/sqlite-store.ts";
import { Accounts } from "../../../../services/accounts/accounts.contract.ts";
import { accountsService } from "../../../../services/accounts/accounts.service.ts";
import { eventually } from "../../../eventually.ts";
import { describeWith, openServer, type TestServer } from "../../../servers.ts";
import { codeOf, SETTINGS } from "../desk.ts";

const RIGHT = { email: "minji@example.com", password: "correct horse battery" };
const GUESSES = 40;

describeWith("nats-server", "the login guard over a real message server", () => {
  let server: TestServer;
  let edge: ServiceBroker;
  let nodes: ServiceBroker[];
  let stores: ReturnType<typeof sqliteStore>[];
  const directory = mkdtempSync(path.join(tmpdir(), "accounts-"));
  const brokerAt = (nodeID: string) =>
    new ServiceBroker({
      ...{ nodeID, namespace: "guard", logger: false, skipProcessEventRegistration: true },
      transporter: { type: "NATS", options: { servers: [server.url] } },
    });

  beforeAll(async () => {
    server = await openServer("nats-server");
    stores = [0, 1].map(() => sqliteStore({ directory }));
    edge = brokerAt("edge");
    nodes = stores.map(({ open }, n) => {
      const node = brokerAt(`accounts-${n}`);
      node.createService(accountsService({ open: () => open, settings: () => ({ ...SETTINGS, dataDir: directory }) }));
      return node;
    });
    await Promise.all([edge, ...nodes].map((broker) => broker.start()));
    for (const { nodeID } of nodes) {
      await eventually(async () =>
        expect(await codeOf(Accounts.verify(edge, { token: "none" }, { nodeID }))).toBe("INVALID_TOKEN"),
      );
    }
  });
  afterAll(async () => {
    await Promise.all([edge, ...nodes].map((broker) => broker.stop()));
    await Promise.all(stores.map((store) => store.close()));
    await server.discard();
    rmSync(directory, { recursive: true, force: true });
  });

  test("lets five of forty guesses through, however they are spread over two nodes", async () => {
    await Accounts.register(edge, RIGHT);
    const guess = (n: number) =>
      codeOf(Accounts.login(edge, { ...RIGHT, password: `guess ${n}` }, { nodeID: nodes[n % 2]!.nodeID }));
    const answers = await Promise.all(Array.from({ length: GUESSES }, (_, n) => guess(n)));
    expect(answers.filter((answer) => answer === "INVALID_CREDENTIALS")).toHaveLength(5);
    expect(answers.filter((answer) => answer === "TOO_MANY_ATTEMPTS")).toHaveLength(GUESSES - 5);
    for (const { nodeID } of nodes)
      expect(await codeOf(Accounts.login(edge, RIGHT, { nodeID }))).toBe("TOO_MANY_ATTEMPTS");
  });
});
