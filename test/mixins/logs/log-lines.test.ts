import { ServiceBroker } from "moleculer";
import { jsonLines, logLines } from "../../../mixins/logs/log-lines.ts";
import { withinTrace } from "../../../mixins/trace-context.ts";

const TRACEPARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

/** A broker whose JSON lines are kept. */
function logged(level: "info" | "warn" = "info") {
  const lines: Record<string, unknown>[] = [];
  const logger = jsonLines({ level, to: { write: (line) => void lines.push(JSON.parse(line)) } });
  const broker = new ServiceBroker({ nodeID: "one", skipProcessEventRegistration: true, logger });
  lines.length = 0;
  return { broker, lines };
}

test("a line tells when, how bad, where, which request and what", () => {
  const { broker, lines } = logged();
  withinTrace({ requestId: "request-9", traceparent: TRACEPARENT }, () => {
    broker.getLogger("cellar").warn("The bottle", 7, "is gone", { bottle: 7, token: "hunter22" });
  });
  expect(lines).toEqual([
    {
      ...{ time: expect.stringMatching(/^\d{4}-.*Z$/), level: "warn", node: "one", service: "cellar" },
      ...{ requestId: "request-9", traceId: "4bf92f3577b34da6a3ce929d0e0e4736" },
      ...{ msg: "The bottle 7 is gone", details: { bottle: 7, token: "[redacted]" } },
    },
  ]);
});

test("an error stands in its own field with its stack, wherever it was among the parts", () => {
  const { broker, lines } = logged();
  broker.logger.error("It failed:", new Error("connect nats://ada:hunter22@nats:4222"));
  broker.logger.error(new Error("bare"));
  expect(lines).toMatchObject([
    { msg: "It failed:", err: { message: "connect nats://[redacted]@nats:4222", stack: expect.any(String) } },
    { msg: "bare", err: { type: "Error", message: "bare" } },
  ]);
  expect(JSON.stringify(lines)).not.toContain("hunter22");
});

test("lines below the level are not written", () => {
  const { broker, lines } = logged("warn");
  broker.logger.info("not this");
  broker.logger.warn("this");
  expect(lines.map(({ msg }) => msg)).toEqual(["this"]);
});

test("for people a line is short and has no secrets either", () => {
  const written: unknown[][] = [];
  const spies = (["warn", "error"] as const).map((name) =>
    jest.spyOn(console, name).mockImplementation((...parts: unknown[]) => void written.push(parts)),
  );
  const logger = logLines({ level: "warn", forPeople: true })!;
  const broker = new ServiceBroker({ nodeID: "one", logger, skipProcessEventRegistration: true });
  broker.logger.warn("connect redis://:hunter22@cache:6379", { password: "hunter22", id: 7 });
  broker.logger.error("It failed:", new Error("Bearer hunter22hunter22"));
  for (const spy of spies) spy.mockRestore();
  const text = written.flat().join(" ");
  expect(text).not.toContain("hunter22");
  expect(text).toMatch(/BROKER.*cache:6379.*id: 7[\s\S]*It failed:.*\n\s+at /);
});
