/** The rules of this project that `deno lint` checks. */

import { layerOrder } from "./layer_order.ts";
import { importCycle, secondOfBase } from "./one_of_each.ts";
import { denoAtEdges, exitInMain, pureZone } from "./purity.ts";
import { fileSize, functionSize, topLevelArrow } from "./shape.ts";

export default {
  name: "vm-dhcp",
  rules: {
    "layer-order": layerOrder,
    "import-cycle": importCycle,
    "second-of-base": secondOfBase,
    "pure-zone": pureZone,
    "deno-at-edges": denoAtEdges,
    "exit-in-main": exitInMain,
    "file-size": fileSize,
    "function-size": functionSize,
    "top-level-arrow": topLevelArrow,
  },
} satisfies Deno.lint.Plugin;
