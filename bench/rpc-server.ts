import { connect, JSONCodec } from "nats";
import type { ServiceBroker } from "moleculer";
import { answers } from "../mixins/answer.ts";
import type { CAR } from "./car.ts";
import { priceOf, SUBJECTS, Worth } from "./rpc-contract.ts";
import { bareBroker, productBroker } from "./rpc-brokers.ts";
import { nest } from "./rpc-nest.ts";

/**
 * The answering side of every contestant, in a process of its own. It tells its parent when all are ready, and on each
 * message how much processor time it has used so far, in microseconds.
 */
const natsUrl = process.argv[2]!;
type Question = typeof CAR & { request_id: string };

const ours = await productBroker(natsUrl, "service");
const plain = { ask: (ctx: { params: unknown }) => priceOf(ctx.params as typeof CAR) };
ours.createService({ name: Worth.$name, actions: answers(Worth, { ask: priceOf }) });
ours.createService({ name: "plain", actions: plain });
await ours.start();

const bare: ServiceBroker = bareBroker(natsUrl, "service");
bare.createService({ name: Worth.$name, actions: plain });
await bare.start();

const json = JSONCodec();
const connection = await connect({ servers: natsUrl });
connection.subscribe(SUBJECTS.raw, {
  callback: (_error, message) => void message.respond(json.encode(priceOf(json.decode(message.data) as typeof CAR))),
});
connection.subscribe(SUBJECTS.question, {
  callback: (_error, message) => {
    const { request_id, ...car } = json.decode(message.data) as Question;
    connection.publish(SUBJECTS.answer, json.encode({ request_id, ...priceOf(car) }));
  },
});

await (await nest()).serve(natsUrl, SUBJECTS.nest, priceOf);

process.on("message", () => {
  const { user, system } = process.cpuUsage();
  process.send!(user + system);
});
process.on("disconnect", () => process.exit());
process.send!("ready");
