import { equal, ok } from "node:assert/strict";
import { createElapsedTime } from "./elapsed_time.ts";

Deno.test("createElapsedTime() counts from the start of the host, as /proc/uptime does", () => {
  const uptimeSeconds = () => Number(Deno.readTextFileSync("/proc/uptime").split(" ")[0]);
  const elapsedMs = createElapsedTime();
  // The file has hundredths of a second.
  const beforeMs = uptimeSeconds() * 1000;
  const nowMs = elapsedMs();
  ok(nowMs >= beforeMs && nowMs <= uptimeSeconds() * 1000 + 10, `${beforeMs} ${nowMs}`);
  ok(elapsedMs() >= nowMs);
});

Deno.test("createElapsedTime() reads seconds and nanoseconds", () => {
  const elapsedMs = createElapsedTime(() => (timespec) => timespec.set([12n, 345_600_000n]));
  equal(elapsedMs(), 12_345.6);
});

Deno.test("createElapsedTime() takes the runtime's clock where the C library cannot be asked", () => {
  const elapsedMs = createElapsedTime(() => {
    throw new Error("no right to load libraries");
  });
  const before = performance.now();
  ok(elapsedMs() >= before);
});
