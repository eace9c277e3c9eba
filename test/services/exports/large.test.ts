import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { unzipSync } from "fflate";
import { ServiceBroker } from "moleculer";
import { uuidv7 } from "uuidv7";
import { sqliteStore } from "../../../mixins/collection/sqlite-store.ts";
import { largeAnswers } from "../../../mixins/large-answers.ts";
import { Accounts } from "../../../services/accounts/accounts.contract.ts";
import { Exports } from "../../../services/exports/exports.contract.ts";
import { exportsService } from "../../../services/exports/exports.service.ts";
import { Listings } from "../../../services/listings/listings.contract.ts";
import { eventually } from "../../eventually.ts";
import { describeWith, openServer, type TestServer } from "../../servers.ts";
import { SECRET } from "./bureau.ts";

const CARS = 300;

describeWith("nats-server", "an export of several megabytes over NATS", () => {
  const directory = mkdtempSync(path.join(tmpdir(), "exports-"));
  const store = sqliteStore({ directory });
  const words = Array.from({ length: CARS }, () => randomBytes(12_000).toString("base64"));
  let nats: TestServer;
  let brokers: ServiceBroker[];
  let link: string | undefined;

  const openBroker = (nodeID: string) =>
    new ServiceBroker({
      ...{ namespace: "exports", nodeID, logger: false, strictResults: true, skipProcessEventRegistration: true },
      transporter: { type: "NATS", options: { servers: [nats.url] } },
      middlewares: [largeAnswers()],
    });

  beforeAll(async () => {
    nats = await openServer("nats-server");
    const [edge, owners, exporter] = ["edge", "owners", "exporter"].map(openBroker) as [
      ...[ServiceBroker, ServiceBroker, ServiceBroker],
    ];
    brokers = [edge, owners, exporter];
    owners.createService({
      name: Accounts.$name,
      actions: {
        personalData: { large: true, handler: () => ({ records: [], nextCursor: null }) },
        approveExport: () => null,
        mailTo(ctx: { params: { letter: { link: string } } }) {
          link = ctx.params.letter.link;
          return { language: "en" };
        },
      },
    });
    owners.createService({
      name: Listings.$name,
      actions: {
        personalData: {
          large: true,
          handler: () => ({
            records: words.map((text) => ({ kind: "cars", record: { text } })),
            nextCursor: null,
          }),
        },
      },
    });
    exporter.createService(
      exportsService({
        open: () => store.open,
        settings: () => ({ publicUrl: "https://market.test", jwtSecret: SECRET }),
      }),
    );
    await Promise.all(brokers.map((broker) => broker.start()));
    await edge.waitForServices(["exports"]);
    await exporter.waitForServices(["accounts", "listings"]);
  });
  afterAll(async () => {
    await Promise.all(brokers?.map((broker) => broker.stop()) ?? []);
    await nats?.discard();
    await store.close();
    rmSync(directory, { recursive: true, force: true });
  });

  test("reaches the edge whole, with its headers", async () => {
    const caller = { meta: { accountId: uuidv7(), roles: ["member"], sessionId: "a session" } };
    await Exports.request(brokers[0]!, {}, caller);
    const token = await eventually(() => new URL(link!).searchParams.get("token")!);
    const meta: { $responseHeaders?: Record<string, string> } = {};
    const zip = Buffer.from(await Exports.download(brokers[0]!, { token }, { meta }), "base64");
    expect(zip.length).toBeGreaterThan(3_500_000);
    const cars = JSON.parse(Buffer.from(unzipSync(zip)["listings/cars.json"]!).toString()) as { text: string }[];
    expect(cars.map(({ text }) => text).join() === words.join()).toBe(true);
    expect(meta.$responseHeaders).toMatchObject({ "Cache-Control": "no-store" });
  });
});
