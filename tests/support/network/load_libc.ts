/**
 * Loads the C library when a test file is loaded. It stays loaded until the process ends, for
 * which some versions of the test runner would blame the first test that reaches a system call.
 */

import { inspectInterface } from "../../../lib/sys/host/interface_info.ts";

inspectInterface("lo");
