/** The dashboard of the chart. */

/** What Grafana asks in a panel. */
export interface Target {
  readonly refId: string;
  readonly datasource: unknown;
  readonly expr: string;
  readonly legendFormat: string;
}

/** A panel of Grafana. */
export interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly datasource?: unknown;
  readonly gridPos: Readonly<Record<"h" | "w" | "x" | "y", number>>;
  readonly targets?: readonly Target[];
}

/** A dashboard of Grafana. */
export interface Dashboard {
  readonly title: string;
  readonly uid: string;
  readonly panels: readonly Panel[];
  readonly templating: {
    readonly list: readonly {
      readonly name: string;
      readonly type: string;
      readonly query: unknown;
      readonly datasource?: unknown;
    }[];
  };
}

/** Reads the file that the ConfigMap of the chart has in it. */
export function readDashboard(): Dashboard {
  const file = new URL("../../../chart/files/dashboard.json", import.meta.url);
  return JSON.parse(Deno.readTextFileSync(file));
}

/** What a dashboard asks, by the panel that does. */
export function queriesOf({ panels }: Dashboard): readonly (readonly [Panel, Target])[] {
  return panels.flatMap((panel) => (panel.targets ?? []).map((target) => [panel, target] as const));
}
