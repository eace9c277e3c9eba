import { Agent, request } from "node:http";
import { parentPort } from "node:worker_threads";
import { keepInFlight } from "./in-flight.ts";

/** One stretch of load: the same POST again and again. */
export type HttpLoad = { url: string; body: string; inFlight: number; durationMs: number };

const agent = new Agent({ keepAlive: true, maxSockets: 64 });

function post({ url, body }: HttpLoad): Promise<void> {
  return new Promise((resolve, reject) => {
    const headers = { "content-type": "application/json", "content-length": Buffer.byteLength(body) };
    const call = request(url, { method: "POST", agent, headers }, (response) => {
      response.resume();
      response.once("end", () =>
        response.statusCode === 200 ? resolve() : reject(new Error(`${url} answered ${response.statusCode}`)),
      );
    });
    call.once("error", reject);
    call.end(body);
  });
}

parentPort!.on("message", (load: HttpLoad) => {
  void keepInFlight(() => post(load), load).then((figures) => parentPort!.postMessage(figures));
});
