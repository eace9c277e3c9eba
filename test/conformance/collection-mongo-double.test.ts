import { mongoStore } from "../../mixins/collection/mongo-store.ts";
import { startMongoDouble, type MongoDouble } from "../doubles/mongo-wire.ts";
import { collectionConformance } from "./collection.suite.ts";

let double: Promise<MongoDouble> | undefined;
const openStore = async (options: { now?: () => number }) =>
  mongoStore({ url: (await (double ??= startMongoDouble())).url, ...options });

collectionConformance("MongoDB's wire double", openStore, { runs: 15 });

afterAll(async () => {
  await (await double)?.close();
});
