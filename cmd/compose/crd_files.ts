/** The CustomResourceDefinitions that the executable carries. */

import ipPool from "../../crds/ippool.yaml" with { type: "text" };
import networkConfig from "../../crds/virtualmachinenetworkconfig.yaml" with { type: "text" };

/** Texts of the files in `crds/`, one definition each. */
export const CRD_TEXTS: readonly string[] = [ipPool, networkConfig];
