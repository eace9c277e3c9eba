import { mongoStore } from "../../mixins/collection/mongo-store.ts";
import { collectionConformance } from "./collection.suite.ts";

const given = process.env["MONGO_URL"];

if (given === undefined) {
  test.skip("A collection in MongoDB – skipped: no MONGO_URL", () => {});
} else {
  const url = new URL(given);
  url.pathname = `/conformance_${Date.now().toString(36)}_${process.pid}`;
  collectionConformance("MongoDB", async (options) => mongoStore({ url: url.href, ...options }), { runs: 40 });

  afterAll(async () => {
    const { default: mongoose } = await import("mongoose");
    const connection = await mongoose.createConnection(url.href).asPromise();
    await connection.dropDatabase().finally(() => connection.close());
  });
}
