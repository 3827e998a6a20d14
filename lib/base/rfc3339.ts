/** Points in time as Kubernetes writes them. */

/**
 * Formats a time as `metav1.Time` does: RFC 3339, UTC, whole seconds.
 *
 * @param ms Milliseconds since the epoch.
 */
export function formatInstant(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}
