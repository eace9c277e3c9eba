import { constants, monitorEventLoopDelay, PerformanceObserver } from "node:perf_hooks";
import { gauge, histogram, type Reading } from "./metrics.ts";

/** Names and units are those that dashboards for Node processes know (of prom-client). */
const cpu = gauge("process_cpu_seconds_total", "Processor time, user and system");
const startTime = gauge("process_start_time_seconds", "Start of the process, since 1970");
const resident = gauge("process_resident_memory_bytes", "Memory that the process holds");
const heapUsed = gauge("nodejs_heap_size_used_bytes", "Heap in use");
const heapTotal = gauge("nodejs_heap_size_total_bytes", "Heap that is reserved");
const external = gauge("nodejs_external_memory_bytes", "Memory of buffers and of C++ objects");
const version = gauge("nodejs_version_info", "1, with the version of Node", ["version"]);
const delay = {
  p50: gauge("nodejs_eventloop_lag_p50_seconds", "Delay of the event loop since the last look, median"),
  p99: gauge("nodejs_eventloop_lag_p99_seconds", "Delay of the event loop since the last look, 99th percentile"),
  max: gauge("nodejs_eventloop_lag_max_seconds", "Delay of the event loop since the last look, longest"),
};
const collection = histogram("nodejs_gc_duration_seconds", "Garbage collection", {
  buckets: [0.001, 0.01, 0.1, 1, 2, 5],
  labels: ["kind"],
});

const RESOLUTION_MS = 10;
const COLLECTIONS: Readonly<Record<number, string>> = {
  [constants.NODE_PERFORMANCE_GC_MAJOR]: "major",
  [constants.NODE_PERFORMANCE_GC_MINOR]: "minor",
  [constants.NODE_PERFORMANCE_GC_INCREMENTAL]: "incremental",
  [constants.NODE_PERFORMANCE_GC_WEAKCB]: "weakcb",
};

/** Begins to watch this process: processor, memory, garbage collection and the delay of the event loop. */
export function watchProcess(): () => void {
  const readers = [
    cpu.read(() => {
      const { user, system } = process.cpuUsage();
      return (user + system) / 1e6;
    }),
    startTime.read(() => Math.round(Date.now() / 1000 - process.uptime())),
    resident.read(() => process.memoryUsage.rss()),
    heapUsed.read(() => process.memoryUsage().heapUsed),
    heapTotal.read(() => process.memoryUsage().heapTotal),
    external.read(() => process.memoryUsage().external),
    version.read((): Reading<"version">[] => [{ labels: { version: process.version }, value: 1 }]),
    watchEventLoop(),
    watchCollections(),
  ];
  return () => readers.forEach((stop) => stop());
}

function watchEventLoop(): () => void {
  const delays = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  delays.enable();
  // The histogram holds the whole time between two ticks of its timer, which is due every RESOLUTION_MS.
  const seconds = (nanoseconds: number) => Math.max(0, nanoseconds / 1e9 - RESOLUTION_MS / 1000);
  const readers = [
    delay.p50.read(() => seconds(delays.percentile(50))),
    delay.p99.read(() => seconds(delays.percentile(99))),
    delay.max.read(() => {
      const longest = seconds(delays.max);
      delays.reset();
      return longest;
    }),
  ];
  return () => {
    delays.disable();
    readers.forEach((stop) => stop());
  };
}

function watchCollections(): () => void {
  const observer = new PerformanceObserver((list) => {
    for (const { duration, detail } of list.getEntries() as { duration: number; detail?: { kind?: number } }[]) {
      const kind = COLLECTIONS[detail?.kind ?? 0] ?? "other";
      collection.observe(duration / 1000, { kind });
    }
  });
  observer.observe({ entryTypes: ["gc"] });
  return () => observer.disconnect();
}
