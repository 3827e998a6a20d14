/** Ages the way kubectl's tables show them. */

const SECONDS_PER = { minute: 60, hour: 3600, day: 86_400, year: 365 * 86_400 } as const;

/**
 * Formats the time between two moments with two or three significant digits: `45s`, `3m16s`, `5h`,
 * `2d3h`, `400d`, `2y12d` (the form of `kubectl get`).
 *
 * @param sinceText RFC 3339 time, or anything else for `<unknown>`.
 */
export function formatAge(sinceText: unknown, nowMs: number): string {
  const sinceMs = typeof sinceText === "string" ? Date.parse(sinceText) : Number.NaN;
  if (Number.isNaN(sinceMs)) return "<unknown>";
  const seconds = Math.trunc((nowMs - sinceMs) / 1000);
  // A small difference between two clocks must not alarm the reader.
  if (seconds < -1) return "<invalid>";
  return formatSeconds(Math.max(seconds, 0));
}

function formatSeconds(seconds: number): string {
  const { minute, hour, day, year } = SECONDS_PER;
  const minutes = Math.floor(seconds / minute);
  const hours = Math.floor(seconds / hour);
  const days = Math.floor(seconds / day);
  const years = Math.floor(seconds / year);
  if (seconds < 2 * minute) return `${seconds}s`;
  if (minutes < 10) return `${minutes}m${suffix(seconds % minute, "s")}`;
  if (minutes < 3 * 60) return `${minutes}m`;
  if (hours < 8) return `${hours}h${suffix(minutes % 60, "m")}`;
  if (hours < 48) return `${hours}h`;
  if (days < 8) return `${days}d${suffix(hours % 24, "h")}`;
  if (days < 2 * 365) return `${days}d`;
  if (years < 8) return `${years}y${suffix(days % 365, "d")}`;
  return `${years}y`;
}

function suffix(count: number, unit: string): string {
  return count === 0 ? "" : `${count}${unit}`;
}
