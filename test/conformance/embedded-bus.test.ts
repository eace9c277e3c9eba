import { deadLetterCollection } from "../../mixins/bus/dead-letters.ts";
import { embeddedBus } from "../../mixins/bus/embedded-bus.ts";
import { sqliteStore } from "../../mixins/collection/sqlite-store.ts";
import { busConformance, CONFORMANCE_TRIES } from "./bus.suite.ts";

busConformance("The embedded bus", async () =>
  embeddedBus({
    tries: CONFORMANCE_TRIES,
    firstPauseMs: 5,
    openLetters: () => sqliteStore({ directory: ":memory:" }).open(deadLetterCollection),
  }),
);
