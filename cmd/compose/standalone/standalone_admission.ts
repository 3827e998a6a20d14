/** The rules of admission over what standalone stores: those of the webhook, without a cluster around. */

import type { AdmissionWorld, NetworkUser, PoolFacts } from "../../../lib/admission/contract.ts";
import { defaultIPPool } from "../../../lib/admission/defaults.ts";
import { networkFactsOf, networkUserOf, poolFactsOf } from "../../../lib/admission/facts.ts";
import { judge } from "../../../lib/admission/judge.ts";
import { parseIPPool } from "../../../lib/api/ippool/parse_ippool.ts";
import { nameOfKey } from "../../../lib/api/meta.ts";
import {
  INTERFACE_ANNOTATION,
  type NetworkAttachmentDefinition,
  parseNetworkAttachmentDefinition,
} from "../../../lib/api/network_attachment_definition.ts";
import { defined } from "../../../lib/base/json.ts";
import {
  IPPOOLS,
  NETWORK_ATTACHMENT_DEFINITIONS,
  VIRTUAL_MACHINE_NETWORK_CONFIGS,
} from "../../../lib/api/resources.ts";
import type { Admission } from "../../../lib/apiserver/request/admission.ts";
import type { StoredObjects } from "../../../lib/apiserver/stored_objects.ts";
import { namedNicsOf } from "../../../lib/reconcile/kinds.ts";
import { usedNicsOf } from "../../../lib/reconcile/raw_fields.ts";
import { type OnAccepted, withAccepted } from "./logged_warnings.ts";

/** The rules for an API server. */
export function standaloneAdmission(stored: StoredObjects, onAccepted: OnAccepted): Admission {
  const world = standaloneWorld(stored);
  return {
    defaultsOf: (type, object) =>
      type.group === IPPOOLS.group && type.plural === IPPOOLS.plural
        ? defaultIPPool(object)
        : { ok: true, patch: [] },
    judge: withAccepted((request) => judge(request, world), onAccepted),
  };
}

/** What is stored at the moment of a question. There are neither nodes nor Services nor Pods. */
export function standaloneWorld(stored: StoredObjects): AdmissionWorld {
  const poolFacts = new PoolFactsOf(stored);
  return {
    network(name) {
      const nad = stored.get(NETWORK_ATTACHMENT_DEFINITIONS, nameOfKey(name));
      const parsed = nad && parseNetworkAttachmentDefinition(nad);
      // Networks come with --nic, or later in the manifests that name them.
      return parsed?.ok === true
        ? {
          ...networkFactsOf(parsed.value),
          ...defined({ interfaceName: interfaceOf(parsed.value) }),
        }
        : "unknown";
    },
    pools: () => poolFacts.read(),
    usersOf: (network) => usersOf(stored, network),
    nodeAddresses: () => [],
    serviceCidrs: [],
    clusterCidrs: [],
    deploysAgents: false,
  };
}

/** Reads pools again only when one was written: their records are long, and VMs come one by one. */
class PoolFactsOf {
  #version: number | undefined;
  #facts: readonly PoolFacts[] = [];

  constructor(readonly stored: StoredObjects) {}

  read(): readonly PoolFacts[] {
    const version = this.stored.versionOf(IPPOOLS);
    if (version === this.#version) return this.#facts;
    this.#facts = this.stored.list(IPPOOLS).flatMap((object) =>
      poolFactsOf({ object, parsed: parseIPPool(object) }) ?? []
    );
    this.#version = version;
    return this.#facts;
  }
}

function usersOf(stored: StoredObjects, network: string): readonly NetworkUser[] {
  return stored.list(VIRTUAL_MACHINE_NETWORK_CONFIGS)
    .filter((object) => namedNicsOf({ object }).some((nic) => nic.network === network))
    .map((object) => networkUserOf(object, usedNicsOf({ object }), network));
}

/** What an annotation names. Of interfaces that `--nic` names, only the agents know. */
function interfaceOf({ metadata }: NetworkAttachmentDefinition): string | undefined {
  return metadata.annotations?.[INTERFACE_ANNOTATION];
}
