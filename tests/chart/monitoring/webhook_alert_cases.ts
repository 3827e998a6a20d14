/** When the alerts about the webhook fire, and when they do not. */

import type { AlertCase } from "./alert_case.ts";
import { latenciesOf, ofOther, ofWebhook, VALIDATION, WEBHOOK_POD } from "./alert_world.ts";

const FAILURES = "vmdhcp_webhook_failures_total";
const EXPIRY = "vmdhcp_webhook_certificate_expiry_timestamp_seconds";

/** All answers take between one and two and a half seconds. */
const SLOW = { "0.005": "0x120", "0.5": "0x120", "1": "0x120", "2.5": "0+30x120" };

export const WEBHOOK_CASES: readonly AlertCase[] = [
  {
    alert: "VmDhcpWebhookDown",
    fault: [0, 1].map((which) => ofWebhook(FAILURES, {}, "_x120", which)),
    labels: {},
    quiet: {
      "one of two webhooks down": [ofWebhook(FAILURES, {}, "_x120", 1)],
      "webhooks that are replaced": [
        ofWebhook(FAILURES, {}, "0x10 _x110"),
        ofWebhook(FAILURES, {}, "0x10 _x3 0x107", 1),
      ],
    },
  },
  {
    alert: "VmDhcpWebhookFailures",
    fault: [ofWebhook(FAILURES, {}, "0 0 1x118")],
    labels: WEBHOOK_POD,
    delayMinutes: 2,
    quiet: { "a webhook that was started again": [ofWebhook(FAILURES, {}, "1x10 0x110")] },
  },
  {
    alert: "VmDhcpWebhookCertificateExpires",
    // A day and a half when it fires.
    fault: [ofWebhook(EXPIRY, {}, `${36 * 3600 + 20 * 60}x120`)],
    labels: WEBHOOK_POD,
    value: "1d 12h 0m 0s",
    quiet: {
      "a certificate that is renewed in time": [
        ofWebhook(EXPIRY, {}, `${57 * 3600}x60 ${7 * 24 * 3600}x60`),
      ],
    },
  },
  {
    alert: "VmDhcpWebhookSlow",
    fault: latenciesOf(ofWebhook, VALIDATION, SLOW),
    labels: { ...WEBHOOK_POD, webhook: VALIDATION },
    value: "2.485s",
    delayMinutes: 1,
    quiet: {
      "another program with slow webhooks": latenciesOf(ofOther, "/validate", SLOW),
      "a webhook that was slow for a few minutes": latenciesOf(ofWebhook, VALIDATION, {
        ...SLOW,
        "1": "0x9 0+30x111",
      }),
    },
  },
];
