import { deadLetterCollection } from "../../mixins/bus/dead-letters.ts";
import { embeddedBus } from "../../mixins/bus/embedded-bus.ts";
import { sqliteStore } from "../../mixins/collection/sqlite-store.ts";
import { busLettersConformance } from "./bus-letters.suite.ts";
import { busOrderConformance } from "./bus-order.suite.ts";
import { busConformance, CONFORMANCE_TRIES } from "./bus.suite.ts";

const open = async () =>
  embeddedBus({
    tries: CONFORMANCE_TRIES,
    firstPauseMs: 5,
    openLetters: () => sqliteStore({ directory: ":memory:" }).open(deadLetterCollection),
  });

busConformance("The embedded bus", open);
busLettersConformance("The embedded bus", open);
busOrderConformance("The embedded bus", open);
