/** Objects on which a definition in crds/ and a parser of lib/api have to agree. */

import type { JsonObject } from "../../../lib/base/json.ts";
import assert from "node:assert/strict";
import type { FieldError } from "../../../lib/api/meta.ts";
import { parseIPPool } from "../../../lib/api/ippool/parse_ippool.ts";
import { parseVirtualMachineNetworkConfig } from "../../../lib/api/vmnetcfg/parse_vmnetcfg.ts";
import { compileCrd, type CrdName } from "../../support/apiserver/crds.ts";
import { ippoolSample } from "../../support/apiserver/samples.ts";

export interface Sample {
  readonly name: string;
  readonly object: unknown;
  /** Fields that the parser must name; none for a valid object. */
  readonly bad: readonly string[];
  /** Why the verdict of the definition differs from the parser's. */
  readonly differs?: string;
}

/** What parsers name, be it that the object is of no use or only the value. */
const READERS: Readonly<Record<CrdName, (raw: unknown) => readonly FieldError[]>> = {
  ippool(raw) {
    const parsed = parseIPPool(raw);
    if (!parsed.ok) return parsed.errors;
    const { unreadable, unreadableLimits } = parsed.value.spec;
    return [...unreadable, ...unreadableLimits];
  },
  virtualmachinenetworkconfig(raw) {
    const parsed = parseVirtualMachineNetworkConfig(raw);
    return parsed.ok ? [] : parsed.errors;
  },
};

/** A pool with changes of `spec.ipv4Config`, and the fields that are bad then. */
export function ipv4Sample(name: string, ipv4Config: JsonObject, ...bad: string[]): Sample {
  return {
    name,
    object: ippoolSample({ ipv4Config }),
    bad: bad.map((field) => `spec.ipv4Config.${field}`),
  };
}

/** Registers a test for each sample. */
export function testSamples(crd: CrdName, samples: readonly Sample[]): void {
  for (const sample of samples) {
    Deno.test(`${crd}.yaml and its parser agree on ${sample.name}`, () => {
      // JSON has no undefined: such a field is absent.
      const raw = JSON.parse(JSON.stringify(sample.object));
      const bad = READERS[crd](raw).map(({ field }) => field);
      assert.deepEqual(bad, sample.bad);
      const accepted = compileCrd(crd)(raw);
      assert.equal(accepted === (bad.length === 0), sample.differs === undefined, sample.differs);
    });
  }
}
