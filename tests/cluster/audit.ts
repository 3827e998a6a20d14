/** What an account has asked an API server for, by the server's own log. */

import type { Right } from "../support/cluster/account.ts";

const POLICY = { apiVersion: "audit.k8s.io/v1", kind: "Policy", rules: [{ level: "Metadata" }] };

/** Part of an entry of the log. */
interface AuditEvent {
  readonly stage: string;
  readonly verb: string;
  readonly user: { readonly username: string };
  readonly objectRef?: {
    readonly apiGroup?: string;
    readonly resource: string;
    readonly subresource?: string;
    readonly namespace?: string;
    readonly name?: string;
  };
  readonly responseStatus?: { readonly code: number };
}

/** A right that was used, and where. */
export interface UsedRight extends Right {
  /** Absent for all namespaces, and for objects without one. */
  readonly namespace: string | undefined;
  readonly isForbidden: boolean;
}

/** The log of an API server; disposing removes it. */
export class AuditLog implements AsyncDisposable {
  private constructor(readonly folder: string) {}

  static async make(): Promise<AuditLog> {
    const folder = await Deno.makeTempDir({ prefix: "vm-dhcp-audit-" });
    await Deno.writeTextFile(`${folder}/policy.json`, JSON.stringify(POLICY));
    return new AuditLog(folder);
  }

  /** Arguments of the API server. */
  get args(): readonly string[] {
    return [
      `--audit-policy-file=${this.folder}/policy.json`,
      `--audit-log-path=${this.folder}/audit.log`,
    ];
  }

  /** Every right that a user has asked for so far, each once for a namespace. */
  async rightsOf(username: string): Promise<readonly UsedRight[]> {
    const used = new Map<string, UsedRight>();
    for (const line of (await Deno.readTextFile(`${this.folder}/audit.log`)).split("\n")) {
      if (line === "") continue;
      const { user, verb, objectRef, responseStatus }: AuditEvent = JSON.parse(line);
      if (user.username !== username || objectRef === undefined) continue;
      const { apiGroup: group = "", resource, subresource, namespace } = objectRef;
      const right = {
        ...{ group, verb, namespace },
        resource: subresource === undefined ? resource : `${resource}/${subresource}`,
        isForbidden: responseStatus?.code === 403,
      };
      used.set(JSON.stringify(right), right);
    }
    return [...used.values()];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.folder, { recursive: true });
  }
}
