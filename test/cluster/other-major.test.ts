import { ServiceBroker } from "moleculer";
import { Errors as OlderErrors, ServiceBroker as OlderBroker, type BrokerOptions } from "moleculer-0.14";
import { NatsTransporter } from "../../mixins/calls/nats-transporter.ts";
import { eventually } from "../eventually.ts";
import { describeWith } from "../servers.ts";
import { openCluster, type Cluster } from "./cluster.ts";

jest.setTimeout(300_000);

const OFFER = {
  ...{ brand: "Hyundai", model: "Tucson", year: 2018, mileage: 32_000, fuelType: "Petrol" },
  ...{ transmission: "Manual", engineSize: 1.6, price: 14_500, currency: "GBP" },
};

describeWith("nats-server", "a node of Moleculer 0.14", () => {
  let cluster: Cluster;
  let older: OlderBroker;

  beforeAll(async () => {
    cluster = await openCluster({ market: ["gateway", "accounts", "listings", "search", "prediction"] });
    const options: BrokerOptions = {
      ...{ namespace: cluster.name, nodeID: "older", logger: false },
      transporter: { type: "NATS", options: { url: cluster.nats.url } },
      transit: { disableVersionCheck: true } as NonNullable<BrokerOptions["transit"]>,
    };
    older = new OlderBroker(options);
    const refuse = () => Promise.reject(new OlderErrors.MoleculerError("Not so", 409, "OLDER_REFUSES", { why: "age" }));
    older.createService({ name: "older", actions: { refuse } });
    await older.start();
    await older.waitForServices(["listings", "prediction"], 60_000);
  });
  afterAll(async () => {
    await older?.stop();
    await cluster?.close();
  });

  const health = async () =>
    (await (await fetch(`${cluster.gateways[0]}/api/health`)).json()) as { nodes: { id: string }[] };

  test("calls prediction and listings by name and gets right answers", async () => {
    const { transmission: _transmission, currency: _currency, ...car } = OFFER;
    const quote = await older.call<{ price: number; currency: string }, typeof car>("prediction.predict", car);
    expect(quote).toMatchObject({ currency: "GBP" });
    const imported = await older.call("listings.importCars", { importId: "older", cars: [OFFER] });
    expect(imported).toEqual({ inserted: 1, duplicates: 0 });
    const { cars } = await older.call<{ cars: { id: string }[] }, object>("listings.browse", { currency: "GBP" });
    const shown = await older.call<object, { id: string }>("listings.car", { id: cars[0]!.id });
    expect(shown).toMatchObject({ ...OFFER, prediction: { price: expect.any(Number) } });
  });

  test("gets refusals with code, status and data", async () => {
    const missing = older.call("listings.car", { id: "0193b5a0-7d3c-7c3e-9f5e-0d8f4d1c2b3a" });
    await expect(missing).rejects.toMatchObject({ type: "CAR_NOT_FOUND", code: 404 });
    const faulty = older.call("prediction.predict", { brand: "Hyundai" });
    await expect(faulty).rejects.toMatchObject({
      type: "INVALID_INPUT",
      code: 422,
      data: { errors: expect.anything() },
    });
  });

  test("refuses a node of ours with code, status and data", async () => {
    const ours = new ServiceBroker({
      ...{ namespace: cluster.name, nodeID: "ours", logger: false },
      transporter: new NatsTransporter({ servers: [cluster.nats.url] }),
      transit: { disableVersionCheck: true },
    });
    await ours.start();
    await ours.waitForServices("older");
    const refused = { type: "OLDER_REFUSES", code: 409, data: { why: "age" } };
    await expect(ours.call("older.refuse")).rejects.toMatchObject(refused);
    await ours.stop();
  });

  test("is seen by our nodes, and leaves without harm", async () => {
    await eventually(async () => expect((await health()).nodes.map(({ id }) => id)).toContain("older"));
    await older.stop();
    await eventually(async () => expect((await health()).nodes.map(({ id }) => id)).toEqual(["market"]));
    const found = await fetch(`${cluster.gateways[0]}/api/cars/top-brands`);
    expect(found.status).toBe(200);
    expect(cluster.node("market").output()).not.toMatch(/protocol|"level":"(error|fatal)"/i);
  });
});
