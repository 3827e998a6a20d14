/** The definitions in crds/ and the parsers of lib/api must agree on what an object may hold. */

import { testSamples } from "../samples/crd_sample.ts";
import { IPPOOL_SAMPLES } from "../samples/ippool_samples.ts";
import { VMNETCFG_SAMPLES } from "../samples/vmnetcfg_samples.ts";

testSamples("ippool", IPPOOL_SAMPLES);
testSamples("virtualmachinenetworkconfig", VMNETCFG_SAMPLES);
