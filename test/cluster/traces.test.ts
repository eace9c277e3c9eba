import { OtlpCollector } from "../doubles/otlp-collector.ts";
import { eventually } from "../eventually.ts";
import { describeWith } from "../servers.ts";
import { Client } from "../world.ts";
import { openCluster, type Cluster } from "./cluster.ts";

const TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
const PARENT = "00f067aa0ba902b7";
const TUCSON = {
  ...{ brand: "Hyundai", model: "Tucson", year: 2018, mileage: 32_000, mileageUnit: "mi" },
  ...{ fuelType: "Petrol", transmission: "Manual", engineSize: 1.6, price: 14_500, currency: "GBP" },
};

describeWith("nats-server", "A trace over several processes", () => {
  let collector: OtlpCollector;
  let cluster: Cluster;
  beforeAll(async () => {
    collector = await new OtlpCollector().start();
    const layout = { edge: ["gateway"], owners: ["accounts", "listings"], prices: ["prediction"], view: ["search"] };
    cluster = await openCluster(layout, { TRACING_URL: collector.url, TRACING_SHARE: "0" });
  });
  afterAll(async () => {
    await cluster?.close();
    await collector?.stop();
  });

  const named = (name: string) => collector.ofTrace(TRACE).find((span) => span.name === name)!;

  test("goes from HTTP through NATS to other nodes, into JetStream and out of it", async () => {
    const seller = await new Client(cluster.gateways[0]!).signUp("tracer");
    const { status } = await seller.post("/cars", TUCSON, { traceparent: `00-${TRACE}-${PARENT}-01` });
    expect(status).toBe(201);

    await eventually(() =>
      expect(collector.ofTrace(TRACE).map(({ node, name }) => `${node}: ${name}`)).toEqual(
        expect.arrayContaining([
          "edge: POST /api/cars",
          "owners: listings.publishCar",
          "prices: prediction.value",
          "view: process listings.changed",
          "owners: listings.carsById",
          "prices: prediction.rate",
        ]),
      ),
    );
    const [root, publish] = [named("POST /api/cars"), named("listings.publishCar")];
    const delivery = named("process listings.changed");
    expect(root.parentSpanId).toBe(PARENT);
    expect(publish.parentSpanId).toBe(root.spanId);
    expect(named("prediction.value").parentSpanId).toBe(publish.spanId);
    expect(delivery.parentSpanId).toBe(publish.spanId);
    expect(named("listings.carsById").parentSpanId).toBe(delivery.spanId);
    expect(delivery.attributes).toMatchObject({ delivery: "1" });
  });

  test("a node that is stopped sends what it has before it goes", async () => {
    const trace = "f".repeat(32);
    const visitor = new Client(cluster.gateways[0]!);
    await visitor.get("/cars/top-brands", { traceparent: `00-${trace}-${PARENT}-01` });
    await cluster.node("view").end("SIGTERM");
    expect(collector.ofTrace(trace).map(({ name }) => name)).toContain("search.topBrands");
  });
});
