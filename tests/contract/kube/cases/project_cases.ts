/** The project's own kinds, and the few of Kubernetes that the embedded server has. */

import type { JsonObject } from "../../../../lib/base/json.ts";
import { ippoolSample, vmnetcfgSample } from "../../../support/apiserver/samples.ts";
import type { ContractCase } from "../recorded_api.ts";

const TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io";
const NAMESPACE_ONLY = { namespace: undefined };

export const PROJECT_CASES: readonly ContractCase[] = [
  {
    name: "when an IPPool is created, gets a status and is shown",
    async run(api) {
      await api.post(
        `${api.ippools}?fieldValidation=Strict`,
        ippoolSample({ metadata: NAMESPACE_ONLY }),
      );
      const status = {
        lastUpdate: "2026-01-02T03:04:05Z",
        ipv4: {
          allocated: { "192.168.48.81": "EXCLUDED", "192.168.48.82": "fa:cf:8e:50:82:fc" },
          used: 1,
          available: 7,
        },
        conditions: [{
          type: "AgentReady",
          status: "True",
          lastUpdateTime: "2026-01-02T03:04:05Z",
        }],
      };
      await api.patch(`${api.ippools}/ippool-1/status`, { status });
      await api.get(api.ippools, { accept: TABLE });
      await api.patch(`${api.ippools}/ippool-1`, { spec: { paused: true } });
      await api.patch(`${api.ippools}/ippool-1/status`, {
        status: { ipv4: { allocated: { "192.168.48.82": null } } },
      });
      await api.delete(`${api.ippools}/ippool-1`);
    },
  },
  {
    name: "when a VirtualMachineNetworkConfig is created, gets a status and is shown",
    async run(api) {
      const path = `${api.vmnetcfgs}/test-vm`;
      await api.post(api.vmnetcfgs, vmnetcfgSample({ metadata: NAMESPACE_ONLY }));
      await api.patch(`${path}/status`, {
        status: {
          networkConfigs: [{
            allocatedIPAddress: "192.168.48.82",
            macAddress: "fa:cf:8e:50:82:fc",
            networkName: "default/net-48",
            state: "Allocated",
          }],
          conditions: [
            { type: "Ready", status: "True", reason: "Allocated" },
            { type: "Allocated", status: "True", reason: "AddressesRecorded" },
            { type: "Served", status: "True", reason: "Answered" },
          ],
        },
      });
      await api.get(api.vmnetcfgs, { accept: TABLE });
      const networkConfig = [
        { macAddress: "fa:cf:8e:50:82:fd", networkName: "net-50" },
        { macAddress: "fa:cf:8e:50:82:fe", networkName: "net-51" },
      ];
      await api.post(
        api.vmnetcfgs,
        vmnetcfgSample({
          metadata: { ...NAMESPACE_ONLY, name: "two-nics" },
          spec: { networkConfigs: undefined, networkConfig },
        }),
      );
      await api.get(`${api.vmnetcfgs}/two-nics`, { accept: TABLE });
      await api.patch(path, { spec: { paused: true } });
    },
  },
  {
    name: "when namespaces are created",
    async run(api) {
      const namespace: JsonObject = { apiVersion: "v1", kind: "Namespace" };
      const dry = "/api/v1/namespaces?dryRun=All";
      await api.post(dry, { ...namespace, metadata: { name: `${api.namespace}-x` } });
      await api.post(dry, { ...namespace, metadata: { name: api.namespace } });
      await api.post(dry, { ...namespace, metadata: { name: "Bad_Name" } });
      await api.post(dry, { ...namespace, metadata: { generateName: `${api.namespace}-` } });
      await api.get(`/api/v1/namespaces/${api.namespace}`);
      await api.get("/api/v1/namespaces/none");
    },
  },
  {
    name: "when events of either API are made",
    async run(api) {
      const regarding = {
        apiVersion: "test.example.com/v1alpha1",
        kind: "Gadget",
        namespace: api.namespace,
        name: "g",
      };
      const newer = api.path("events.k8s.io/v1", "events");
      const older = api.path("v1", "events");
      await api.post(newer, {
        apiVersion: "events.k8s.io/v1",
        kind: "Event",
        metadata: { name: "newer" },
        regarding,
        type: "Warning",
        reason: "TooSmall",
        note: "The gadget is too small",
        action: "Measure",
        reportingController: "example.com/tester",
        reportingInstance: "tester-1",
        eventTime: "2026-01-02T03:04:05.000006Z",
      });
      await api.post(older, {
        apiVersion: "v1",
        kind: "Event",
        metadata: { name: "older" },
        involvedObject: regarding,
        type: "Normal",
        reason: "Painted",
        message: "The gadget is red",
        count: 2,
      });
      for (const name of ["newer", "older"]) {
        await api.get(`${newer}/${name}`);
        await api.get(`${older}/${name}`);
      }
      await api.get(`${older}?fieldSelector=reason%3DPainted`);
      await api.patch(`${newer}/newer`, {
        series: { count: 2, lastObservedTime: "2026-01-02T03:04:06.000007Z" },
      });
    },
  },
];
