import { Agent, request } from "node:http";
import { accessOf, openStall } from "./stall.ts";

test("a stop finishes what runs, takes nothing new and leaves no connection", async () => {
  const stall = await openStall();
  const authorization = `Bearer ${await accessOf("ada", "member")}`;
  let release = () => {};
  stall.hold = new Promise((resolve) => (release = resolve));
  const agent = new Agent({ keepAlive: true });
  const running = new Promise<number | undefined>((resolve, reject) => {
    const headers = { authorization, "content-type": "application/json" };
    request(`${stall.url}/api/things`, { agent, method: "POST", headers }, (answer) => {
      answer.resume().on("end", () => resolve(answer.statusCode));
    })
      .on("error", reject)
      .end(JSON.stringify({ name: "lamp" }));
  });
  while (stall.calls.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  const closed = stall.close();
  await expectRefused(stall.url);
  release();
  expect(await running).toBe(201);
  await closed;
  agent.destroy();
  await expectRefused(stall.url);
});

async function expectRefused(url: string): Promise<void> {
  for (let tries = 0; ; tries++) {
    const refused = await fetch(`${url}/api/health/live`).then(
      () => false,
      () => true,
    );
    if (refused) return;
    if (tries > 500) throw new Error("The server still takes connections");
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
