/** `./dev kubectl`: prints the path of a kubectl that works here. */

import { kubectlPath } from "../support/kubectl_program.ts";

console.log(await kubectlPath());
