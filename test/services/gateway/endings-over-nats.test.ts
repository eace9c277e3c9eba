import { mkdtempSync, rmSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { ServiceBroker, type Middleware } from "moleculer";
import { sqliteStore } from "../../../mixins/collection/sqlite-store.ts";
import { Accounts } from "../../../services/accounts/accounts.contract.ts";
import { accountsService } from "../../../services/accounts/accounts.service.ts";
import { TOKENS_ENDED } from "../../../services/accounts/sign-in/sign-in.contract.ts";
import { gatewayService } from "../../../services/gateway/gateway.service.ts";
import { openGatewayStore } from "../../../services/gateway/gateway.store.ts";
import { tokenIssuer as issuer } from "../../../services/gateway/token-issuer.ts";
import { eventually } from "../../eventually.ts";
import { describeWith, openServer, type TestServer } from "../../servers.ts";
import { Client } from "../../world.ts";
import { SETTINGS } from "../accounts/desk.ts";

const SECRET = SETTINGS.jwtSecret;

describeWith("nats-server", "endings over a real message server", () => {
  const directory = mkdtempSync(path.join(tmpdir(), "endings-"));
  const stores: ReturnType<typeof sqliteStore>[] = [];
  let server: TestServer;
  let accounts: ServiceBroker;
  let gateways: ServiceBroker[];
  let told: number;
  let isLost: boolean;

  /** Loses what is told of endings while the test wants it. */
  const lossy = {
    name: "Lossy",
    broadcast: (next: (event: string, ...rest: unknown[]) => unknown) =>
      function (event: string, ...rest: unknown[]) {
        if (event !== TOKENS_ENDED) return next(event, ...rest);
        told += 1;
        return isLost ? Promise.resolve() : next(event, ...rest);
      },
  } as unknown as Middleware;

  const storeIn = (name: string) => {
    const store = sqliteStore({ directory: path.join(directory, name) });
    stores.push(store);
    return store;
  };
  const brokerAt = (nodeID: string, middlewares: Middleware[] = []) =>
    new ServiceBroker({
      ...{ nodeID, namespace: "endings", logger: false, skipProcessEventRegistration: true, middlewares },
      transporter: { type: "NATS", options: { servers: [server.url] } },
      requestTimeout: 3000,
    });
  async function startAccounts(nodeID: string): Promise<ServiceBroker> {
    const broker = brokerAt(nodeID, [lossy]);
    const { open } = storeIn("accounts");
    broker.createService(accountsService({ open: () => open, settings: () => ({ ...SETTINGS, dataDir: directory }) }));
    await broker.start();
    return broker;
  }
  async function startGateway(nodeID: string): Promise<ServiceBroker> {
    const broker = brokerAt(nodeID);
    const settings = { port: 0, jwtSecret: SECRET, publicUrl: SETTINGS.publicUrl };
    const open = { corsOrigins: [], trustedProxies: [], rateLimits: false };
    broker.createService(
      gatewayService({
        ...{ contracts: [Accounts], essential: [Accounts], dependencies: [], issuer },
        settings: () => ({ ...settings, ...open }),
        openStore: () => openGatewayStore(storeIn(nodeID).open),
      }),
    );
    await broker.start();
    return broker;
  }
  const at = (broker: ServiceBroker) => {
    const gateway = broker.getLocalService("gateway") as unknown as { server: { address(): AddressInfo } };
    return new Client(`http://127.0.0.1:${gateway.server.address().port}`);
  };
  const statusAt = async (broker: ServiceBroker, access: string) =>
    (await at(broker).get("/accounts/me", { authorization: `Bearer ${access}` })).status;
  const statuses = (access: string) => Promise.all(gateways.map((broker) => statusAt(broker, access)));
  /** Somebody new whose token is good at both gateways. */
  async function somebody(): Promise<Client> {
    const member = await eventually(() => at(gateways[0]!).signUp("minji"));
    await eventually(async () => expect(await statuses(member.access!)).toEqual([200, 200]));
    return member;
  }

  beforeAll(async () => {
    server = await openServer("nats-server");
    gateways = [await startGateway("gateway-1"), await startGateway("gateway-2")];
    accounts = await startAccounts("accounts-1");
  });
  afterAll(async () => {
    await Promise.all([...gateways, accounts].map((broker) => broker.stop()));
    await Promise.all(stores.map((store) => store.close()));
    await server.discard();
    rmSync(directory, { recursive: true, force: true });
  });
  beforeEach(() => {
    told = 0;
    isLost = false;
  });

  test.each([
    ["told", false],
    ["told in vain", true],
  ])("who signs out at one gateway with an access token alone is signed out at the other, %s", async (_how, lost) => {
    const member = await somebody();
    isLost = lost;
    expect((await member.post("/accounts/logout", {})).status).toBe(204);
    await eventually(async () => expect(await statuses(member.access!)).toEqual([401, 401]));
    expect(told).toBe(1);
  });

  test("a token that is taken back at one gateway is refused at the other", async () => {
    const member = await somebody();
    expect((await at(gateways[1]!).post("/accounts/token/revoke", { token: member.access })).status).toBe(204);
    await eventually(async () => expect(await statuses(member.access!)).toEqual([401, 401]));
  });

  test("a gateway that starts later refuses what ended before, from its first answer", async () => {
    const member = await somebody();
    await member.post("/accounts/logout", {});
    const late = await startGateway("gateway-late");
    const seen = await eventually(async () => {
      const status = await statusAt(late, member.access!);
      expect(status).not.toBe(503);
      return status;
    });
    expect(seen).toBe(401);
    await late.stop();
  });

  test("without accounts gateways go on with what they know, and learn what they missed afterwards", async () => {
    const [member, leaver] = [await somebody(), await somebody()];
    const health = (broker: ServiceBroker, access: string) =>
      at(broker).get("/health/live", { authorization: `Bearer ${access}` });
    await leaver.post("/accounts/logout", {});
    await eventually(async () => expect((await health(gateways[1]!, leaver.access!)).status).toBe(401));
    await accounts.stop();
    for (const gateway of gateways) {
      expect((await health(gateway, member.access!)).status).toBe(200);
      expect((await health(gateway, leaver.access!)).status).toBe(401);
    }
    isLost = true;
    accounts = await startAccounts("accounts-2");
    await eventually(async () => expect(await statuses(member.access!)).toEqual([200, 200]));
    await eventually(async () => expect((await member.post("/accounts/logout", {})).status).toBe(204));
    await eventually(async () => expect(await statuses(member.access!)).toEqual([401, 401]));
  });

  test("keys are published at the root for everybody", async () => {
    const { status, body } = await at(gateways[0]!).get("//.well-known/jwks.json");
    expect([status, body]).toEqual([200, { keys: [expect.objectContaining({ kty: "OKP", alg: "EdDSA" })] }]);
  });
});
