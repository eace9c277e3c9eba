import type { ServiceSchema } from "moleculer";
import { answers } from "../../mixins/answer.ts";
import { Exports } from "./exports.contract.ts";

/** Copies of what the market holds about a member, for that member. */
export const exportsService = (): ServiceSchema => ({
  name: Exports.$name,
  actions: answers(Exports, { request: notYet, latest: notYet, download: notYet }),
});

function notYet(): never {
  throw new Error("Not built yet");
}

export default exportsService();
